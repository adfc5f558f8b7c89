import AttackHostAssembly
import CRegisters
import EngineABI
import Runtime

/// Two VMs beside each other, and pages that a guest shares with the host and takes back.
enum TwoGuests {
  private static let secret: UInt64 = 0x5345_4352_4554_4444
  private static let hostWord: UInt64 = 0x484f_5354_574f_5244

  static func run(_ report: inout Report) {
    report.test("two-guests")
    guard let one = TestVM(&report, number: 1, block: 0, code: addressOfActor()),
      let two = TestVM(&report, number: 2, block: 2, code: addressOfActor())
    else { return }
    report.expect(one.donate(page: 8, at: 8).isOK, "donate 1")
    report.expect(two.donate(page: 8, at: 8).isOK, "donate 2")
    let foreign = Host.call(.donate, vm: 2, one.page(8), TestVM.guestPage(9), 0)
    report.expect(foreign.status == Status.notOwner.rawValue, "page of VM 1 to 2", foreign.raw)
    let table = Host.call(.donateTable, vm: 2, one.page(3), 0x8000_0000, 2)
    report.expect(table.status == Status.notOwner.rawValue, "table of VM 1 to 2", table.raw)
    _ = one.seal()
    _ = two.seal()

    // The same guest address, the same CPU, turn by turn: each sees its own page.
    for round in 0..<UInt64(50) {
      let wrote = one.act(.write, TestVM.guestPage(8), secret ^ round)
      let other = two.act(.write, TestVM.guestPage(8), round)
      report.expect(wrote.succeeded && other.succeeded, "write", wrote.fault, other.fault)
      let own = one.act(.read, TestVM.guestPage(8))
      report.expect(own.value == secret ^ round, "guest 1 sees", own.value, round)
      let seen = two.act(.read, TestVM.guestPage(8))
      report.expect(seen.value == round, "guest 2 sees", seen.value, round)
    }
    sharing(&report, one, two)
    entryAfterSeal(&report, one)
    report.expect(Host.destroy(vm: 1), "VM 1 not destroyed")
    let alive = two.act(.read, TestVM.guestPage(8))
    report.expect(alive.succeeded && alive.value == 49, "guest 2 after guest 1", alive.value)
    report.expect(Host.destroy(vm: 2), "VM 2 not destroyed")
    for index in 0..<UInt64(9) {
      DonationAttacks.expectZero(&report, one.page(index), bytes: 8)
    }
    DonationAttacks.expectZero(&report, one.page(8), bytes: PageSize.page)
  }

  private static func sharing(_ report: inout Report, _ one: TestVM, _ two: TestVM) {
    report.test("shared-page")
    let page = one.page(8)
    let guest = TestVM.guestPage(8)
    let share = Call.hvcBase + UInt64(Call.share.rawValue)
    let unshare = Call.hvcBase + UInt64(Call.unshare.rawValue)
    EngineMemory.expectAbsent(&report, page)
    for round in 0..<UInt64(20) {
      _ = one.act(.write, guest, secret ^ round)
      let shared = one.act(.call, share, guest)
      report.expect(shared.succeeded && shared.value == 0, "share", shared.value, shared.fault)
      let read = probeRead64(page, 0)
      report.expect(read.value == secret ^ round, "host does not see", read.value, read.syndrome)
      store64(page, hostWord ^ round)
      let seen = one.act(.read, guest)
      report.expect(seen.value == hostWord ^ round, "guest does not see", seen.value)
      // Shared is not given: the page stays the guest's.
      let stolen = Host.call(.donate, vm: 2, page, TestVM.guestPage(20), 0)
      report.expect(stolen.isRefused, "shared page donated to VM 2", stolen.raw)
      let back = one.act(.call, unshare, guest)
      report.expect(back.succeeded && back.value == 0, "unshare", back.value, back.fault)
      EngineMemory.expectAbsentInEveryForm(&report, page)
    }
    // Neighbours of the shared page stay private all the time.
    let shared = one.act(.call, share, guest)
    report.expect(shared.value == 0, "share", shared.value)
    for index in 0..<UInt64(5) { EngineMemory.expectAbsent(&report, one.page(index)) }
    // It stays shared: the end of VM 1 must take it from the host, scrub it and give it back.
    store64(page + 8, hostWord)
  }

  /// Where a vCPU starts is fixed once the VM is sealed.
  private static func entryAfterSeal(_ report: inout Report, _ vm: TestVM) {
    report.test("sealed")
    let entry = Host.call(.setEntry, vm: vm.number, 0, TestVM.guestBase + 0x100, 0)
    report.expect(entry.isRefused, "setEntry", entry.raw)
    let added = Host.call(.createVCPU, vm: vm.number, 1)
    report.expect(added.isRefused, "createVCPU", added.raw)
    let sealed = vm.seal()
    report.expect(sealed.isRefused, "seal", sealed.raw)
    let absent = Host.call(.run, vm: vm.number, 1, 0, 0)
    report.expect(absent.isRefused, "run of an absent vCPU", absent.raw)
  }
}
