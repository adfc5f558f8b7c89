import ConformanceHarness
import Foundation

// conformance [STEPS] [SEED] [coverage]: the core against the abstract machine, on random
// sequences. The status is 0 only if they agree throughout; else the shortest sequence found is
// printed.

let words = Array(CommandLine.arguments.dropFirst())
let numbers = words.compactMap { UInt64($0) }
let showsCoverage = words.last == "coverage"
guard numbers.count + (showsCoverage ? 1 : 0) == words.count, numbers.count <= 2 else {
  print("conformance: takes how many steps, and a seed (try: conformance 1000000 1)")
  exit(2)
}
let steps = Int(numbers.first ?? 1_000_000)
var seed = numbers.dropFirst().first ?? 1
let start = Date()
var coverage = Coverage()
var done = 0
while done < steps {
  let length = min(Conformance.length, steps - done)
  let failure = Conformance.run(seed: seed, steps: length) { act, machine in
    if showsCoverage { coverage.note(act, machine) }
  }
  if let failure {
    print("conformance: seed \(seed): \(Conformance.shrink(failure))")
    exit(1)
  }
  done += length
  seed += 1
}
let seconds = Date().timeIntervalSince(start)
for (name, count) in coverage.counts.sorted(by: { $0.key < $1.key }) { print("\(name): \(count)") }
print("conformance: \(steps) steps agree, \(Int(Double(steps) / seconds)) a second")
