import AttackHostAssembly
import CRegisters
import EngineABI
import Runtime

/// Pages on their way from the host to a VM and back.
enum DonationAttacks {
  private static let mark: UInt64 = 0x484f_5354_4441_5441
  private static let secret: UInt64 = 0x5345_4352_4554_3333

  static func run(_ report: inout Report) {
    report.test("stale-translation-after-donate")
    pages(&report)
    report.test("stale-translation-after-donate-with-mmu")
    IdentityMap.turnOn()
    pages(&report)
    IdentityMap.turnOff()
    block(&report)
    tables(&report)
    walkThroughForeignTables(&report)
    life(&report)
  }

  /// Accessed first, so that the TLB knows it; then gone; then back as zeros.
  private static func pages(_ report: inout Report) {
    guard let vm = TestVM(&report, number: 1, block: 0, code: addressOfActor()) else { return }
    for index in 8..<UInt64(24) {
      let page = vm.page(index)
      store64(page, mark)
      report.expect(load64(page) == mark, "host page lost its content", page)
      let donated = vm.donate(page: index, at: index)
      report.expect(donated.isOK, "donate", page, donated.raw)
      EngineMemory.expectAbsentInEveryForm(&report, page)
    }
    // Pages between the donated ones are still the host's.
    store64(vm.page(24), mark)
    report.expect(load64(vm.page(24)) == mark, "neighbour lost", vm.page(24))
    report.expect(vm.seal().isOK, "seal")

    let kept = vm.act(.read, TestVM.guestPage(8))
    report.expect(kept.succeeded && kept.value == mark, "image not kept", kept.value, kept.fault)
    for index in 8..<UInt64(24) {
      let wrote = vm.act(.write, TestVM.guestPage(index), secret ^ index)
      report.expect(wrote.succeeded, "guest cannot write", index, wrote.fault)
      EngineMemory.expectAbsent(&report, vm.page(index))
    }
    // After sealing the host's content must not reach the guest.
    store64(vm.page(30), mark)
    report.expect(vm.donate(page: 30, at: 30).isOK, "donate after seal")
    let scrubbed = vm.act(.read, TestVM.guestPage(30))
    report.expect(scrubbed.succeeded && scrubbed.value == 0, "not scrubbed", scrubbed.value)

    report.expect(Host.destroy(vm: 1), "not destroyed")
    expectZero(&report, vm.base, bytes: 24 * PageSize.page)
    expectZero(&report, vm.page(30), bytes: PageSize.page)
  }

  /// A whole block: as one, and refused where part of it is gone.
  private static func block(_ report: inout Report) {
    report.test("block-donation")
    guard let vm = TestVM(&report, number: 1, block: 0, code: addressOfActor()) else { return }
    let block = Layout.block(1)
    let guest = TestVM.guestBase + PageSize.block
    each([0, 0x1000, PageSize.block / 2, PageSize.block - 8]) { store64(block + $0, mark) }
    let donated = Host.call(.donate, vm: 1, block, guest, 1)
    report.expect(donated.isOK, "donate", block, donated.raw)
    each([0, 0x1000, PageSize.block / 2, PageSize.block - 8]) {
      EngineMemory.expectAbsent(&report, block + $0)
    }
    // The block that holds the VM's tables is not whole any more.
    let again = Host.call(.donate, vm: 1, Layout.block(0), guest + PageSize.block, 1)
    report.expect(again.status == Status.notOwner.rawValue, "partial block", again.raw)
    let page = Host.call(.donate, vm: 1, block + 0x1000, TestVM.guestPage(50), 0)
    report.expect(page.status == Status.notOwner.rawValue, "page of a donated block", page.raw)
    _ = vm.seal()
    let seen = vm.act(.read, guest + PageSize.block / 2)
    report.expect(seen.succeeded && seen.value == mark, "content of block", seen.value, seen.fault)
    let wrote = vm.act(.write, guest + 0x1000, secret)
    report.expect(wrote.succeeded, "guest cannot write", wrote.fault)
    report.expect(Host.destroy(vm: 1), "not destroyed")
    expectZero(&report, block, bytes: PageSize.block)
  }

  /// Table pages are as absent as memory, and tell nothing when they come back.
  private static func tables(_ report: inout Report) {
    report.test("stage-2-tables")
    guard let vm = TestVM(&report, number: 1, block: 0, code: addressOfActor()) else { return }
    for index in 0..<UInt64(4) { EngineMemory.expectAbsentInEveryForm(&report, vm.page(index)) }
    report.expect(Host.destroy(vm: 1), "not destroyed")
    expectZero(&report, vm.base, bytes: 8 * PageSize.page)
  }

  /// Stage 1 of the host points its table at memory that is not the host's.
  private static func walkThroughForeignTables(_ report: inout Report) {
    report.test("stage-1-tables-in-foreign-memory")
    guard let vm = TestVM(&report, number: 1, block: 0, code: addressOfActor()) else { return }
    each([Layout.engineBase, vm.page(0), vm.page(4)]) { table in
      IdentityMap.turnOn(kernelTable: table)
      each([0xffff_ff80_0000_0000, 0xffff_ff80_4000_0000, 0xffff_ffff_ffff_f000]) { address in
        let read = probeRead64(address, 0)
        report.expect(read.isDataAbort, "walked through", table, read.value)
        let execute = probeExecute(address, 0)
        report.expect(execute.isInstructionAbort, "executed through", table, execute.syndrome)
      }
      IdentityMap.turnOff()
    }
    report.expect(Host.destroy(vm: 1), "not destroyed")
  }

  /// Twenty lives: every page accounted for at each step.
  private static func life(_ report: inout Report) {
    report.test("pages-accounted-for")
    for _ in 0..<20 {
      guard let vm = TestVM(&report, number: 2, block: 3, code: addressOfActor()) else { return }
      report.expect(Host.pages(vm: 2) == 5, "pages of the new VM", Host.pages(vm: 2))
      report.expect(vm.donate(page: 8, at: 8).isOK, "donate")
      report.expect(Host.pages(vm: 2) == 6, "pages", Host.pages(vm: 2))
      _ = vm.seal()
      report.expect(vm.act(.write, TestVM.guestPage(8), secret).succeeded, "guest")
      report.expect(Host.destroy(vm: 2), "not destroyed")
      report.expect(Host.state(vm: 2) == 0, "state", Host.state(vm: 2))
      report.expect(Host.pages(vm: 2) == 0, "pages left", Host.pages(vm: 2))
      expectZero(&report, vm.page(0), bytes: 9 * PageSize.page)
    }
  }

  static func expectZero(_ report: inout Report, _ base: UInt64, bytes: UInt64) {
    var offset: UInt64 = 0
    while offset < bytes {
      let read = probeRead64(base + offset, 0)
      report.expect(read.succeeded, "did not come back", base + offset, read.syndrome)
      report.expect(read.value == 0, "old content", base + offset, read.value)
      if !read.succeeded || read.value != 0 { return }
      offset += 8
    }
  }
}
