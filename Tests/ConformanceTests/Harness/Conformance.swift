import EngineABI
import Foundation
import IsolationCore
import IsolationSpec

/// A step that was made, and where.
public struct Act: CustomStringConvertible, Sendable {
  public var step: Step
  public var cpu: Int
  public var description: String { "CPU \(cpu): \(describe(step))" }
}

/// A sequence after which core and abstract machine differ.
public struct Failure: Sendable {
  public var acts: [Act]
  public var difference: Difference
}

/// Core and abstract machine side by side.
public final class Comparison {
  let concrete: ConcreteMachine
  public let abstract: AbstractMachine
  /// VMs whose lives are compared after each step.
  public static let vms = 4
  public static let cpus = 3
  /// How often everything is compared.
  static let interval = 256
  private var count = 0
  private var before = [UInt8](repeating: 0, count: bytes)
  private static let bytes = ConcreteMachine.pages * MemoryLayout<Page>.stride

  public init(mistake: Mistake = .none) {
    concrete = ConcreteMachine(cpus: Comparison.cpus, mistake: mistake)
    abstract = concrete.abstract()
    before.withUnsafeMutableBytes { copy(into: $0) }
  }

  private func copy(into bytes: UnsafeMutableRawBufferPointer) {
    memcpy(bytes.baseAddress!, abstract.pages, Comparison.bytes)
  }

  /// Makes a step on both; `nil` if they still agree.
  public func make(_ act: Act) -> Difference? {
    let guest = abstract.system.cpus[act.cpu].runs
    guard abstract.system.make(act.step, on: act.cpu) else { return nil }
    concrete.make(act.step, on: act.cpu)
    count += 1
    if let found = livesDiffer(
      concrete.core, concrete.banks, abstract.system, vms: Comparison.vms)
    {
      return found
    }
    if case .time = act.step { return nil }
    // Who acted took the exception, or who was let run.
    let actor = guest == Processor.host ? abstract.system.cpus[act.cpu].runs : guest
    let fault =
      actor == Processor.host
      ? abstract.system.cpus[act.cpu].fault : abstract.system.vcpus[actor].fault
    if concrete.faults[act.cpu] != fault {
      return Difference(
        .fault, act.cpu, UInt64(concrete.faults[act.cpu].rawValue), UInt64(fault.rawValue))
    }
    if fault == .external, actor != Processor.host,
      concrete.faultAddresses[act.cpu] != abstract.system.vcpus[actor].faultAddress
    {
      return Difference(
        .fault, act.cpu, concrete.faultAddresses[act.cpu],
        abstract.system.vcpus[actor].faultAddress)
    }
    return count % Comparison.interval == 0
      ? differsAnywhere(everyWord: false) : changedPagesDiffer()
  }

  /// The whole relation.
  public func differsAnywhere(everyWord: Bool = true) -> Difference? {
    if let found = constantsDiffer(concrete.core, abstract.system) { return found }
    if let found = livesDiffer(
      concrete.core, concrete.banks, abstract.system, vms: Limits.vms)
    {
      return found
    }
    before.withUnsafeMutableBytes { copy(into: $0) }
    return memoryDiffers(concrete.core, abstract.system, everyWord: everyWord)
  }

  /// Pages that the step changed, and who owns what.
  private func changedPagesDiffer() -> Difference? {
    for page in 0..<ConcreteMachine.pages {
      if let found = ownerDiffers(concrete.core, abstract.system, page) { return found }
    }
    let stride = MemoryLayout<Page>.stride
    let chunk = 64 * stride
    for start in Swift.stride(from: 0, to: Comparison.bytes, by: chunk) {
      let isSame = before.withUnsafeBytes {
        memcmp($0.baseAddress! + start, abstract.pages + start, chunk) == 0
      }
      if isSame { continue }
      for page in start / stride..<start / stride + 64 {
        if let found = pageDiffers(concrete.core, abstract.system, page) { return found }
      }
      before.withUnsafeMutableBytes {
        _ = memcpy($0.baseAddress! + start, abstract.pages + start, chunk)
      }
    }
    return nil
  }
}

/// Runs sequences, and makes those that fail short.
public enum Conformance {
  /// Steps after which a fresh machine begins.
  public static let length = 2000

  static func generator(seed: UInt64) -> Generator {
    Generator(
      seed: seed, cpus: UInt64(Comparison.cpus), vms: UInt64(Comparison.vms),
      blocks: UInt64(ConcreteMachine.blocks))
  }

  /// One random sequence.
  public static func run(
    seed: UInt64, steps: Int = length, mistake: Mistake = .none,
    watching: (Act, AbstractMachine) -> Void = { _, _ in }
  ) -> Failure? {
    let comparison = Comparison(mistake: mistake)
    var generator = generator(seed: seed)
    var acts: [Act] = []
    acts.reserveCapacity(steps)
    for _ in 0..<steps {
      let (step, cpu) = generator.next(comparison.abstract.system)
      let act = Act(step: step, cpu: cpu)
      acts.append(act)
      if let difference = comparison.make(act) {
        return Failure(acts: acts, difference: difference)
      }
      watching(act, comparison.abstract)
    }
    if let difference = comparison.differsAnywhere() {
      return Failure(acts: acts, difference: difference)
    }
    return nil
  }

  /// The same steps once more.
  static func replay(_ acts: [Act], _ mistake: Mistake, everyWord: Bool) -> Failure? {
    let comparison = Comparison(mistake: mistake)
    for (index, act) in acts.enumerated() {
      if let difference = comparison.make(act) {
        return Failure(acts: Array(acts[...index]), difference: difference)
      }
    }
    if let difference = comparison.differsAnywhere(everyWord: everyWord) {
      return Failure(acts: acts, difference: difference)
    }
    return nil
  }

  /// Takes out whatever is not needed for a difference, in ever smaller pieces.
  public static func shrink(_ failure: Failure, mistake: Mistake = .none) -> Failure {
    var best = failure
    let everyWord = failure.difference.field == .pageContents
    var piece = max(best.acts.count / 2, 1)
    while true {
      var start = 0
      var hasShrunk = false
      while start < best.acts.count {
        var shorter = best.acts
        shorter.removeSubrange(start..<min(start + piece, shorter.count))
        if let found = replay(shorter, mistake, everyWord: everyWord),
          found.acts.count < best.acts.count
        {
          best = found
          hasShrunk = true
        } else {
          start += piece
        }
      }
      if piece == 1 && !hasShrunk { return best }
      piece = max(piece / 2, 1)
    }
  }
}
