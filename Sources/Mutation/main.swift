// mutate: changes the core in small ways, and tells whether its tests notice.
import Foundation

do {
  let arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
  try Commands(arguments).run()
} catch let end as Exit {
  exit(end.status)
} catch {
  FileHandle.standardError.write(Data("[mutate] error: \(error)\n".utf8))
  exit(1)
}
