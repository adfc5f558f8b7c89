import Foundation
import Prover

Interruption.handle()
exit(ProveCommand.run(Array(CommandLine.arguments.dropFirst())))
