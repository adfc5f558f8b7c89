import EngineABI
import IsolationCore

extension TestMachine {
  /// VMs in every state, for calls that have to fail:
  /// 1 loads (vCPU 0 has its entry, 1 is off; a block at 0x4020_0000, an empty table for
  /// 0x4060_0000), 2 is sealed and its vCPU 0 runs on CPU 1 and has shared a page, 3 is dying,
  /// 4 is free, 5 and 6 wait for a device read and write, 7 is sealed without vCPUs.
  static func zoo() -> TestMachine {
    let machine = TestMachine()
    machine.makeVM(1, block: 0, vcpus: 2, seal: false)
    machine.call(.donate, vm: 1, page(4), 0x4020_0000, 1)
    machine.call(.donateTable, vm: 1, page(0, 12), 0x4060_0000, 3)
    machine.call(.donate, vm: 1, page(6, 9), guestMemory + 0x10_0000)
    machine.makeVM(2, block: 1, vcpus: 2, seal: false)
    machine.call(.setEntry, vm: 2, 1, guestMemory)
    machine.call(.seal, vm: 2)
    machine.run(2, 0, cpu: 1)
    machine.guest(1).hvc(Call.hvcBase + UInt64(Call.share.rawValue), guestMemory + 4096)
    machine.makeVM(3, block: 2)
    machine.call(.destroyVM, vm: 3)
    for vm in 5...6 {
      machine.makeVM(vm, block: 5, root: 100 * vm)
      machine.run(vm)
      machine.guest().access(0x0900_0000, write: vm == 6)
    }
    machine.makeVM(7, block: 3, vcpus: 0)
    machine.checkStep()
    machine.checkAll()
    return machine
  }

  /// The same VM as `makeVM(_:block:)` further back in the block.
  private func makeVM(_ vm: Int, block: Int, root: Int) {
    call(.createVM, vm: vm, page(block, root))
    call(.donateTable, vm: vm, page(block, root + 2), guestMemory, 2)
    call(.donateTable, vm: vm, page(block, root + 3), guestMemory, 3)
    call(.donate, vm: vm, page(block, root + 4), guestMemory, 0)
    call(.createVCPU, vm: vm, 0)
    call(.setEntry, vm: vm, 0, guestMemory)
    call(.seal, vm: vm)
  }
}

/// A call that has to fail.
struct WrongCall: Sendable, CustomStringConvertible {
  var call: Call
  var vm: Int
  var a: UInt64 = 0
  var b: UInt64 = 0
  var c: UInt64 = 0
  var status: Status
  /// x1 of the answer.
  var first: UInt64 = 0

  init(
    _ call: Call, _ vm: Int, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0, _ status: Status,
    first: UInt64 = 0
  ) {
    (self.call, self.vm, self.a, self.b, self.c) = (call, vm, a, b, c)
    (self.status, self.first) = (status, first)
  }
  var description: String { "\(call) vm \(vm) \(hex(a)) \(hex(b)) \(hex(c))" }
}
