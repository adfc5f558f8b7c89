import Contracts
import EngineABI
import Foundation
import IsolationSpec

/// The abstract machine with memory of its own.
public final class AbstractMachine {
  public var system: System
  private let regions: [UnsafeMutableRawPointer]

  public init(constants: Constants, pages: Int) {
    let memory = AbstractMachine.make(Page(), pages)
    let vms = AbstractMachine.make(Guest(), Limits.vms)
    let vcpus = AbstractMachine.make(VirtualCPU(), Limits.vms * Limits.vcpusPerVM)
    let cpus = AbstractMachine.make(Processor(), Limits.cpus)
    regions = [memory, vms, vcpus, cpus]
    system = System(
      constants: constants, pages: Table(unsafeAt: memory, count: pages),
      vms: Table(unsafeAt: vms, count: Limits.vms),
      vcpus: Table(unsafeAt: vcpus, count: Limits.vms * Limits.vcpusPerVM),
      cpus: Table(unsafeAt: cpus, count: Limits.cpus))
  }

  deinit { for region in regions { region.deallocate() } }

  static func make<T: BitwiseCopyable>(_ value: T, _ count: Int) -> UnsafeMutableRawPointer {
    let bytes = MemoryLayout<T>.stride * count
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    memset(raw, 0, bytes)
    let first = raw.bindMemory(to: T.self, capacity: count)
    for index in 0..<count { (first + index).initialize(to: value) }
    return raw
  }

  public func looks(to observer: Observer, like other: AbstractMachine) -> Bool {
    sameView(observer, system, other.system)
  }

  /// Another machine in the same state.
  public func copy() -> AbstractMachine {
    let other = AbstractMachine(constants: system.constants, pages: system.pages.count)
    for index in 0..<system.pages.count { other.system.pages[index] = system.pages[index] }
    for index in 0..<system.vms.count { other.system.vms[index] = system.vms[index] }
    for index in 0..<system.vcpus.count { other.system.vcpus[index] = system.vcpus[index] }
    for index in 0..<system.cpus.count { other.system.cpus[index] = system.cpus[index] }
    other.system.now = system.now
    return other
  }

  /// The pages as they lie in memory, to find those that a step changes.
  var pages: UnsafeRawPointer { UnsafeRawPointer(regions[0]) }
}
