import Dispatch
import Foundation
import Synchronization

/// From a program to what is to be proved of it.
public struct Translator {
  private let program: Program
  private let isWanted: (Function) -> Bool

  /// Functions that are not wanted are still known to those that call them.
  public init(_ program: Program, wanted: @escaping (Function) -> Bool = { _ in true }) {
    self.program = program
    isWanted = wanted
  }

  /// Several functions at a time: each thread has an index of its own, which remembers what it found.
  public func translate() -> Translation {
    let wanted = program.functions.sorted { $0.name < $1.name }.filter(isWanted)
    let threads = max(1, min(Translator.threads, wanted.count / Translator.functionsPerThread))
    let found = Mutex([Int: Translation]())
    let program = program
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
      let index = ProgramIndex(program)
      // Neighbours are alike: each thread gets some of them.
      for place in stride(from: thread, to: wanted.count, by: threads) {
        let translation = Translator.translate(wanted[place], index)
        found.withLock { $0[place] = translation }
      }
    }
    let all = found.withLock { $0 }
    return wanted.indices.reduce(into: Translation(units: [], refused: [])) { result, place in
      result.units += all[place]!.units
      result.refused += all[place]!.refused
    }
  }

  private static let threads = ProcessInfo.processInfo.activeProcessorCount
  /// For fewer than so many an index is more work than they are.
  private static let functionsPerThread = 16

  private static func translate(_ function: Function, _ index: ProgramIndex) -> Translation {
    var translation = Translation(units: [], refused: [])
    do {
      try mayBeProved(function, index)
      let writer = UnitWriter(index, function)
      var units: [ProofUnit] = []
      if !function.contract.requires.isEmpty || !function.contract.ensures.isEmpty {
        units.append(try writer.unit(.contract))
      }
      if function.contract.trusted == nil {
        units.insert(try writer.unit(.body), at: 0)
        units.append(try writer.unit(.smoke))
      }
      translation.units += units
    } catch let refusal as Refusal {
      translation.refused.append(
        Diagnostic(
          refusal.message, at: refusal.location ?? function.location, in: function.name))
    } catch {
      translation.refused.append(
        Diagnostic("\(error)", at: function.location, in: function.name))
    }
    return translation
  }

  private static func mayBeProved(_ function: Function, _ index: ProgramIndex) throws {
    if function.contract.trusted != nil { return }
    if function.body == nil {
      throw Refusal("the body could not be read: callers have the contract alone")
    }
    if function.throwsType != nil {
      throw Refusal("functions that throw are not translated yet: return an enum")
    }
    if index.recursive.contains(function.name) {
      throw Refusal(
        "it calls itself, in its body or its contract, directly or through others; recursion is not proved: write a loop with variant(…)"
      )
    }
  }
}
