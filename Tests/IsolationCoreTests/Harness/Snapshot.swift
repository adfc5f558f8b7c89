import EngineABI
import Foundation
import IsolationCore

/// The whole state of the core, to find what a call changed.
final class Snapshot {
  private var copies:
    [(name: String, live: UnsafeMutableRawPointer, copy: UnsafeMutableRawPointer, bytes: Int)] = []

  init(_ machine: TestMachine) {
    let regions = machine.regions
    add("host tables", regions.tables, Int(TestMachine.tablePages) * Int(PageSize.page))
    add("pages", regions.pages, TestMachine.pages * MemoryLayout<PageState>.stride)
    add("blocks", regions.blocks, TestMachine.blocks * MemoryLayout<BlockState>.stride)
    add("VMs", regions.vms, Limits.vms * MemoryLayout<VirtualMachine>.stride)
    add(
      "vCPUs", regions.vcpus, Limits.vms * Limits.vcpusPerVM * MemoryLayout<VCPU>.stride)
    add("CPUs", regions.cpus, Limits.cpus * MemoryLayout<CPU>.stride)
    add("contexts", regions.contexts, Machine.contextCount * MemoryLayout<Context>.stride)
    for page in 0..<TestMachine.pages where machine.ownership(page).use == .table {
      add("table page \(page)", machine.memory + page * 512, Int(PageSize.page))
    }
  }

  deinit { for each in copies { each.copy.deallocate() } }

  private func add(_ name: String, _ live: UnsafeMutableRawPointer, _ bytes: Int) {
    let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    memcpy(copy, live, bytes)
    copies.append((name, live, copy, bytes))
  }

  /// Where the state differs, but for what a refused call of the host on a CPU may change: its
  /// x0...x3 and pc, and the count of refused requests.
  func difference(_ machine: TestMachine, cpu: Int) -> String? {
    let frame = machine.machine.contexts[cpu].frame
    let refused = machine.machine.cpus[cpu].refused
    defer {
      machine.machine.contexts[cpu].frame = frame
      machine.machine.cpus[cpu].refused = refused
    }
    let old = copies.first { $0.name == "contexts" }!.copy
      .assumingMemoryBound(to: Context.self)[cpu].frame
    for register in 0..<4 { machine.machine.contexts[cpu].frame.x[register] = old.x[register] }
    machine.machine.contexts[cpu].frame.pc = old.pc
    machine.machine.cpus[cpu].refused =
      copies.first { $0.name == "CPUs" }!.copy.assumingMemoryBound(to: CPU.self)[cpu].refused
    for each in copies where memcmp(each.live, each.copy, each.bytes) != 0 {
      for byte in 0..<each.bytes
      where each.live.load(fromByteOffset: byte, as: UInt8.self)
        != each.copy.load(fromByteOffset: byte, as: UInt8.self)
      {
        return "\(each.name) at byte \(byte)"
      }
    }
    return nil
  }
}

extension TestMachine {
  func ownership(_ page: Int) -> PageState { machine.ownership.pages[page] }
}
