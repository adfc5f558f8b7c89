import Foundation

// `judge FILES -- FUNCTIONS`: whether programs come out as they say, by the tests' own judgement.
// `run BUILD FOLDER [--sample N] [--seed S] [TEXT…]`: whether each fault is caught by that.

/// At once, also where the output is a file.
func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

func judge(_ words: [String]) throws -> Int32 {
  let parts = words.split(separator: "--", maxSplits: 1, omittingEmptySubsequences: false)
  let files = parts[0].map { ProgramFile(named: $0) }
  let run = try ProgramRun(of: files, only: Set(parts.dropFirst().joined()))
  let mismatches = files.flatMap(run.mismatches)
  for mismatch in mismatches { say(mismatch) }
  return mismatches.isEmpty ? 0 : 1
}

func run(_ words: [String]) throws -> Int32 {
  guard words.count >= 2 else { throw FaultError("run takes two folders") }
  let run = FaultRun(build: words[0], folder: words[1])
  var faults = try Fault.read()
  try run.checkTexts(faults)
  var rest = words.dropFirst(2)
  var sample: Int?
  var state: UInt64 = 1
  var texts: [String] = []
  while let word = rest.popFirst() {
    switch word {
    case "--sample", "--seed":
      guard let number = rest.popFirst().flatMap({ UInt64($0) }) else {
        throw FaultError("'\(word)' takes a number")
      }
      if word == "--sample" { sample = Int(number) } else { state = number }
    default: texts.append(word)
    }
  }
  if !texts.isEmpty {
    faults = faults.filter { fault in texts.contains { fault.title.contains($0) } }
  }
  if let sample {
    while faults.count > sample {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      faults.remove(at: Int((state >> 33) % UInt64(faults.count)))
    }
  }
  try run.checkUnchanged(faults)
  var caught = 0
  for fault in faults {
    switch try run.outcome(of: fault) {
    case .caught(let how):
      caught += 1
      say("caught      \(fault.title)\n            \(how)")
    case .missed: say("NOT CAUGHT  \(fault.title)")
    }
  }
  say("\(caught) caught, \(faults.count - caught) not caught")
  return caught == faults.count && caught > 0 ? 0 : 1
}

do {
  let words = Array(CommandLine.arguments.dropFirst())
  switch words.first {
  case "judge": exit(try judge(Array(words.dropFirst())))
  case "run": exit(try run(Array(words.dropFirst())))
  default: throw FaultError("'judge' or 'run' (try: Scripts/prover-faults)")
  }
} catch {
  say("prover-faults: \(error)")
  exit(2)
}
