import EngineABI
import IsolationCore
import Testing

/// VM numbers that are none.
private let noVMs = [0, 65, 0xffff_ffff]
private let unaligned: [UInt64] = [page(6, 4) + 1, page(6, 4) + 8, page(6, 4) + 4095]
/// Addresses that are not in the carve-out.
private let foreign: [UInt64] = [
  0, 0x4000_0000, 0x4080_0000, 0x7fff_e000, 0x8100_0000, 1 << 40, 1 << 52, ~0 - 8191,
]
private let free = page(6, 4)

/// Every combination of these arguments.
private func wrong(
  _ call: Call, _ status: Status, vm: [Int] = [1], _ a: [UInt64] = [0], _ b: [UInt64] = [0],
  _ c: [UInt64] = [0], first: UInt64 = 0
) -> [WrongCall] {
  var calls: [WrongCall] = []
  for vm in vm {
    for a in a {
      for b in b {
        for c in c { calls.append(WrongCall(call, vm, a, b, c, status, first: first)) }
      }
    }
  }
  return calls
}

private let createVM: [[WrongCall]] = [
  wrong(.createVM, .invalidArgument, vm: noVMs, [page(6)]),
  wrong(.createVM, .invalidArgument, vm: [4], unaligned),
  wrong(.createVM, .invalidArgument, vm: [4], foreign),
  wrong(.createVM, .invalidArgument, vm: [4], [page(6, 5)]),
  wrong(.createVM, .occupied, vm: [1, 2, 3], [page(6)]),
  wrong(.createVM, .notOwner, vm: [4], [page(0), page(1, 4), page(2, 4), page(6, 8), page(4)]),
]

private let donate: [[WrongCall]] = [
  wrong(.donate, .invalidArgument, vm: noVMs, [free], [0x4000_8000]),
  wrong(.donate, .invalidArgument, unaligned, [0x4000_8000]),
  wrong(.donate, .invalidArgument, foreign, [0x4000_8000]),
  wrong(.donate, .invalidArgument, [free], [0x4000_8001, 0x4000_8fff, 1 << 40, ~0, 1 << 63]),
  wrong(.donate, .invalidArgument, [page(6)], [0x4080_0000], [2, 3, ~0]),
  wrong(.donate, .invalidArgument, [free], [0x4080_0000], [1]),
  wrong(.donate, .invalidArgument, [page(7)], [0x4080_1000], [1]),
  wrong(.donate, .invalidArgument, [0x8100_0000], [0x4080_0000], [1]),
  // The interrupt controller's place is nobody's memory.
  wrong(.donate, .invalidArgument, [free], [0x0800_0000, 0x0800_f000, 0x080a_0000, 0x0819_f000]),
  wrong(.donate, .invalidArgument, [page(7)], [0x0800_0000], [1]),
  wrong(.donate, .wrongState, vm: [3, 4], [free], [0x4000_8000]),
  wrong(
    .donate, .notOwner,
    [page(0), page(0, 2), page(0, 4), page(1, 4), page(1, 5), page(2, 4), page(4, 9)],
    [0x4000_8000]),
  wrong(.donate, .notOwner, [page(0), page(1), page(4), page(6)], [0x4080_0000], [1]),
  wrong(.donate, .noTable, [free], [0, 0x081a_0000, (1 << 40) - 4096], first: 2),
  wrong(.donate, .noTable, [page(7)], [0x8000_0000], [1], first: 2),
  wrong(.donate, .noTable, [free], [0x4040_0000], first: 3),
  wrong(.donate, .occupied, [free], [0x4000_0000, 0x4020_5000]),
  // At 0x4060_0000 a table, if an empty one, is in the block's place.
  wrong(.donate, .occupied, [page(7)], [0x4000_0000, 0x4020_0000, 0x4060_0000], [1]),
]

private let donateTable: [[WrongCall]] = [
  wrong(.donateTable, .invalidArgument, vm: noVMs, [free], [0], [2]),
  wrong(.donateTable, .invalidArgument, unaligned, [0], [2]),
  wrong(.donateTable, .invalidArgument, foreign, [0], [2]),
  wrong(.donateTable, .invalidArgument, [free], [1, 1 << 40, ~0], [2]),
  wrong(.donateTable, .invalidArgument, [free], [0], [0, 1, 4, ~0, 1 << 32 | 2]),
  wrong(.donateTable, .wrongState, vm: [3, 4], [free], [0], [2]),
  wrong(.donateTable, .notOwner, [page(0), page(0, 4), page(1, 5), page(2), page(4, 1)], [0], [2]),
  wrong(.donateTable, .noTable, [free], [0], [3], first: 2),
  wrong(.donateTable, .occupied, [free], [0x4000_0000, 0x4020_0000, 0x4060_0000], [2, 3]),
]

private let lifeCycle: [[WrongCall]] = [
  wrong(.seal, .invalidArgument, vm: noVMs),
  wrong(.destroyVM, .invalidArgument, vm: noVMs),
  wrong(.reclaim, .invalidArgument, vm: noVMs),
  wrong(.stateOfVM, .invalidArgument, vm: noVMs),
  wrong(.seal, .wrongState, vm: [2, 3, 4]),
  wrong(.destroyVM, .wrongState, vm: [3, 4]),
  wrong(.destroyVM, .busy, vm: [2]),
  wrong(.reclaim, .wrongState, vm: [1, 2, 4]),
  wrong(.reclaim, .invalidArgument, vm: [3], unaligned),
  wrong(.reclaim, .invalidArgument, vm: [3], Array(foreign.dropFirst())),
]

private let vcpus: [[WrongCall]] = [
  wrong(.createVCPU, .invalidArgument, vm: noVMs),
  wrong(.setEntry, .invalidArgument, vm: noVMs),
  wrong(.createVCPU, .invalidArgument, [8, 9, 1 << 32, ~0]),
  wrong(.setEntry, .invalidArgument, [8, 9, 1 << 32, ~0]),
  wrong(.createVCPU, .wrongState, vm: [2, 3, 4, 7], [2]),
  wrong(.setEntry, .wrongState, vm: [2, 3, 4, 7], [0], [0x1000]),
  wrong(.createVCPU, .occupied, [0, 1]),
  wrong(.createVCPU, .wrongState, [3]),  // 2 comes first
  wrong(.setEntry, .wrongState, [2], [0x1000]),
  wrong(.setEntry, .invalidArgument, [0], [0x1001, 0x1002, ~0]),
]

private let run: [[WrongCall]] = [
  wrong(.run, .invalidArgument, vm: noVMs),
  wrong(.run, .invalidArgument, vm: [2], [8, 1 << 32, ~0]),
  wrong(.run, .wrongState, vm: [1, 3, 4, 7]),
  wrong(.run, .wrongState, vm: [2], [5]),
  wrong(.run, .busy, vm: [2], [0]),
  wrong(.run, .invalidArgument, vm: [2], [1], [3, ~0]),
  // Nothing to complete, a read without its value, a write with one.
  wrong(.run, .wrongState, vm: [2], [1], [1, 2]),
  wrong(.run, .wrongState, vm: [5], [0], [0]),
  wrong(.run, .wrongState, vm: [6], [0], [1]),
]

private let others: [[WrongCall]] = [
  wrong(.setInterrupt, .invalidArgument, vm: noVMs, [32], [1]),
  wrong(.setInterrupt, .invalidArgument, vm: [2], [0, 27, 31, 96, 1023, 1 << 32 | 32, ~0], [1]),
  wrong(.setInterrupt, .invalidArgument, vm: [2], [32], [2, ~0]),
  wrong(.setInterrupt, .wrongState, vm: [1, 3, 4], [32], [1]),
  wrong(.counter, .invalidArgument, vm: [2], [16, 256, ~0]),
  wrong(.counter, .invalidArgument, vm: [65, 0xffff_ffff]),
  wrong(.counter, .invalidArgument, vm: [0], [0, 14]),
  wrong(.counter, .wrongState, vm: [4]),
  wrong(.info, .invalidArgument, vm: [0], [3, 1 << 32, ~0]),
  wrong(.share, .notSupported, vm: [0, 1, 2], [guestMemory]),
  wrong(.unshare, .notSupported, vm: [0, 1, 2], [guestMemory + 4096]),
]

@Suite struct WrongArgumentTests {
  let machine = TestMachine.zoo()

  @Test func theZooIsSound() { #expect(machine.violations == []) }
  @Test func createVMRefuses() { expectRefusals(createVM) }
  @Test func donateRefuses() { expectRefusals(donate) }
  @Test func donateTableRefuses() { expectRefusals(donateTable) }
  @Test func sealDestroyAndReclaimRefuse() { expectRefusals(lifeCycle) }
  @Test func vcpuCallsRefuse() { expectRefusals(vcpus) }
  @Test func runRefuses() { expectRefusals(run) }
  @Test func otherCallsRefuse() { expectRefusals(others) }

  @Test(arguments: [15, 16, 0x7fff_ffff, 0xffff_ffff] as [UInt64])
  func unknownNumbersAreNotSupported(number: UInt64) {
    for vm in [0, 1, 4] as [UInt64] {
      expectRefusal("\(number)", .notSupported, 0) {
        machine.callRaw(number | vm << 32)
      }
      expectRefusal("\(number)", .notSupported, 0) {
        machine.hvc(function: Call.hvcBase + number, word: number | vm << 32)
      }
    }
  }

  @Test func aVMsPageServesNoOther() {
    for call in Call.donate.rawValue...Call.stateOfVM.rawValue {
      expectRefusal("\(call)", .denied, 0) {
        machine.callRaw(UInt64(call) | 2 << 32, free, 0x4000_8000, page: 1)
      }
    }
    for call in [Call.info, .counter] {
      expectRefusal("\(call)", .denied, 0) { machine.call(call, vm: 2, page: 1) }
    }
  }

  @Test func onlyPageZeroAndTheKernelCreateVMs() {
    expectRefusal("own page", .denied, 0) { machine.call(.createVM, vm: 4, page(6), page: 4) }
    expectRefusal("own page", .denied, 0) { machine.call(.createVM, page(6), page: 4) }
    #expect(machine.call(.createVM, vm: 4, page(6)).status == .ok)
  }

  @Test(
    arguments: [
      (0, 14 | 1 << 32, 0), (14, 14 | 1 << 32, 0), (Call.hvcBase + 14, 13 | 1 << 32, 0),
      (Call.hvcBase + 13, 14 | 1 << 32, 0), (Call.hvcBase + 14, 14 | 1 << 32, 1),
      (Call.hvcBase + 14 | 1 << 32, 14 | 1 << 32, 0), (0x8600_000e, 14 | 1 << 32, 0),
      (0xc500_000e, 14 | 1 << 32, 0), (~0, 14 | 1 << 32, 0), (0x8400_0000, 0, 0),
    ] as [(UInt64, UInt64, UInt64)])
  func forgedFunctionNumbersAreNotSupported(function: UInt64, word: UInt64, immediate: UInt64) {
    let before = Snapshot(machine)
    let refused = machine.machine.cpus[0].refused
    let answer = machine.hvc(function: function, word: word, 1, 2, immediate: immediate)
    #expect(answer.status == .notSupported)
    #expect(answer.x[1...] == [word, 1, 2], "the other registers stay")
    #expect(machine.performed.isEmpty)
    #expect(machine.machine.cpus[0].refused == refused + 1)
    #expect(before.difference(machine, cpu: 0) == nil)
  }

  // MARK: What a refusal is

  private func expectRefusals(_ calls: [[WrongCall]]) {
    for wrong in calls.joined() {
      machine.hostFrame(0) { $0.x[4] = wrong.c }
      expectRefusal("\(wrong) by page 0", wrong.status, wrong.first) {
        machine.call(wrong.call, vm: wrong.vm, wrong.a, wrong.b, wrong.c)
      }
      expectRefusal("\(wrong) by HVC", wrong.status, wrong.first) {
        machine.hvc(
          function: Call.hvcBase + UInt64(wrong.call.rawValue),
          word: CallWord(wrong.call, vm: wrong.vm).raw, wrong.a, wrong.b, wrong.c)
      }
      guard wrong.call != .createVM, (1...Limits.vms).contains(wrong.vm) else { continue }
      for vm in [0, wrong.vm] {
        expectRefusal("\(wrong) by its own page", wrong.status, wrong.first) {
          machine.call(wrong.call, vm: vm, wrong.a, wrong.b, wrong.c, page: wrong.vm)
        }
      }
    }
    #expect(machine.violations == [])
  }

  private func expectRefusal(
    _ name: String, _ status: Status, _ first: UInt64, _ body: () -> Answer
  ) {
    machine.hostFrame(0) { $0.pc = 0x1000 }
    let before = Snapshot(machine)
    let refused = machine.machine.cpus[0].refused
    let answer = body()
    #expect(answer.x == [UInt64(bitPattern: status.rawValue), first, 0, 0], "\(name)")
    #expect(machine.performed.isEmpty, "\(name): \(machine.performed)")
    #expect(machine.machine.cpus[0].refused == refused + 1, "\(name) is counted")
    // The call's own x4 was set before the call, in whatever way it came.
    let difference = before.difference(machine, cpu: 0)
    #expect(difference == nil, "\(name) changes state")
  }
}
