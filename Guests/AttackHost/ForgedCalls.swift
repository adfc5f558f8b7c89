import AttackHostAssembly
import CRegisters
import EngineABI
import Runtime

/// Every call with every kind of wrong argument: refused, and nothing changed.
enum ForgedCalls {
  /// Addresses that nobody may give: misaligned, not RAM, the host's own, the engine's, too big.
  private static func each(wrongAddress body: (UInt64) -> Void) {
    let block = Layout.block(0)
    Runtime.each([
      block + 8 * 4096 + 1, block + 8 * 4096 + 0x800, 0, 0x0800_0000, 0x0900_0000,
      AbsentPage.base, Layout.engineBase, Layout.engineBase + 0x10_0000, Layout.work,
      Layout.carveOut - 4096, Layout.carveOut + Layout.carveOutBytes, 1 << 40,
      1 << 47, 1 << 52, 1 << 63, UInt64.max & ~0xfff, UInt64.max,
      block + 8 * 4096 | 1 << 40, block + 8 * 4096 | 1 << 48,
    ]) { body($0) }
  }

  /// Guest addresses that cannot be mapped.
  private static func each(wrongGuest body: (UInt64) -> Void) {
    Runtime.each([
      TestVM.guestPage(8) + 1, TestVM.guestPage(8) + 0x10, 1 << 40, TestVM.guestPage(8) | 1 << 40,
      1 << 48, 1 << 63, UInt64.max & ~0xfff, UInt64.max, GuestGIC.distributor,
      GuestGIC.redistributor, GuestGIC.redistributor + 0x1_0000,
    ]) { body($0) }
  }

  static func run(_ report: inout Report) {
    numbers(&report)
    guard let vm = TestVM(&report, number: 1, block: 0, code: addressOfActor()) else { return }
    create(&report, vm)
    donate(&report, vm)
    tables(&report, vm)
    processors(&report, vm)
    report.test("forged-clean-up")
    refuse(&report, Host.call(.reclaim, vm: 1, 0), "reclaim of a living VM")
    report.expect(Host.pages(vm: 1) == 5, "pages of the VM changed", Host.pages(vm: 1))
    report.expect(Host.call(.destroyVM, vm: 1).isOK, "destroy")
    refuse(&report, Host.call(.destroyVM, vm: 1), "destroy twice")
    refuse(&report, Host.call(.donate, vm: 1, vm.page(9), TestVM.guestPage(9), 0), "donate, dying")
    refuse(&report, Host.call(.run, vm: 1, 0, 0, 0), "run, dying")
    refuse(&report, Host.call(.createVM, vm: 1, vm.page(10)), "create, dying")
    each(wrongAddress: { refuse(&report, Host.call(.reclaim, vm: 1, $0 | 1), "reclaim from", $0) })
    report.expect(Host.destroy(vm: 1), "not destroyed")
    refuse(&report, Host.call(.reclaim, vm: 1, 0), "reclaim of no VM")
    DonationAttacks.expectZero(&report, vm.base, bytes: 5 * PageSize.page)
  }

  private static func refuse(
    _ report: inout Report, _ answer: Answer, _ what: StaticString, _ value: UInt64 = 0
  ) {
    report.expect(answer.isRefused, what, value, answer.raw)
  }

  /// Call numbers and VM numbers that do not exist.
  private static func numbers(_ report: inout Report) {
    report.test("forged-numbers")
    Runtime.each([12, 13, 15, 16, 64, 0xff, 0xffff, 0xffff_ffff]) {
      refuse(&report, Host.call(number: $0, vm: 1), "call", $0)
    }
    for number in UInt64(2)...14 where number != 12 && number != 13 {
      Runtime.each([0, 65, 66, 128, 0xffff, 0x8000_0000, 0xffff_ffff]) { vm in
        refuse(&report, Host.call(number: number, vm: vm, Layout.block(0)), "VM", vm)
      }
    }
    // The number in x0 and the one in the call word must agree.
    let mixed = rawHVC(
      Call.hvcBase, UInt64(Call.createVM.rawValue) | 1 << 32, Layout.block(0), 0, 0, 0, 0)
    report.expect(Int64(bitPattern: mixed.x0) < 0, "x0 and x1 differ", mixed.x0)
    Runtime.each([3, 4, 99, 1 << 32, UInt64.max]) {
      refuse(&report, Host.call(.info, $0), "info", $0)
    }
    Runtime.each([0, 14, 16, 255, 256, 268, UInt64.max]) {
      refuse(&report, Host.call(.counter, $0), "counter of VM 0", $0)
    }
    Runtime.each([0, 1, 15, 16, UInt64.max]) {
      refuse(&report, Host.call(.counter, vm: 9, $0), "counter of no VM", $0)
    }
  }

  private static func create(_ report: inout Report, _ vm: TestVM) {
    report.test("forged-create")
    each(wrongAddress: { refuse(&report, Host.call(.createVM, vm: 2, $0), "root", $0) })
    refuse(&report, Host.call(.createVM, vm: 2, vm.page(9)), "root not 8 KiB aligned")
    refuse(&report, Host.call(.createVM, vm: 1, vm.page(10)), "VM that exists")
    refuse(&report, Host.call(.createVM, vm: 2, vm.page(0)), "root of another")
    refuse(&report, Host.call(.createVM, vm: 2, vm.page(4)), "page of another")
    let last = Layout.carveOut + Layout.carveOutBytes
    refuse(&report, Host.call(.createVM, vm: 2, last - 4096), "half outside")
    report.expect(Host.state(vm: 2) == 0, "VM 2 exists", Host.state(vm: 2))
  }

  private static func donate(_ report: inout Report, _ vm: TestVM) {
    report.test("forged-donate")
    let good = vm.page(8)
    each(wrongAddress: { address in
      refuse(&report, Host.call(.donate, vm: 1, address, TestVM.guestPage(8), 0), "page", address)
      refuse(
        &report, Host.call(.donate, vm: 1, address, TestVM.guestBase + PageSize.block, 1), "block",
        address)
    })
    each(wrongGuest: {
      refuse(&report, Host.call(.donate, vm: 1, good, $0, 0), "guest address", $0)
      refuse(&report, Host.call(.donate, vm: 1, Layout.block(1), $0, 1), "guest block", $0)
    })
    Runtime.each([2, 3, 255, UInt64.max]) {
      refuse(&report, Host.call(.donate, vm: 1, good, TestVM.guestPage(8), $0), "kind", $0)
    }
    refuse(&report, vm.donate(page: 8, at: 0), "guest page that is taken")
    for index in 0..<UInt64(5) { refuse(&report, vm.donate(page: index, at: 9), "own page again") }
    let missing = Host.call(.donate, vm: 1, good, 0x8000_0000, 0)
    report.expect(missing.status == Status.noTable.rawValue, "no table", missing.raw)
    report.expect(missing.first == 2, "level of the missing table", missing.first)
    let deeper = Host.call(.donate, vm: 1, good, TestVM.guestBase + PageSize.block, 0)
    report.expect(deeper.status == Status.noTable.rawValue, "no table", deeper.raw)
    report.expect(deeper.first == 3, "level of the missing table", deeper.first)
    refuse(
      &report, Host.call(.donate, vm: 1, Layout.block(1), TestVM.guestBase, 1), "block on table")
    refuse(
      &report,
      Host.call(.donate, vm: 1, Layout.block(1) + 4096, TestVM.guestBase + PageSize.block, 1),
      "block misaligned")
    refuse(&report, Host.call(.donate, vm: 3, good, TestVM.guestPage(8), 0), "no VM")
    unchanged(&report, good)
  }

  private static func tables(_ report: inout Report, _ vm: TestVM) {
    report.test("forged-tables")
    let good = vm.page(8)
    each(wrongAddress: {
      refuse(&report, Host.call(.donateTable, vm: 1, $0, 0x8000_0000, 2), "table", $0)
    })
    Runtime.each([0, 1, 4, 255, UInt64.max]) {
      refuse(&report, Host.call(.donateTable, vm: 1, good, 0x8000_0000, $0), "level", $0)
    }
    Runtime.each([1 << 40, 1 << 48, UInt64.max & ~0xfff]) {
      refuse(&report, Host.call(.donateTable, vm: 1, good, $0, 2), "guest address", $0)
    }
    refuse(&report, Host.call(.donateTable, vm: 1, good, TestVM.guestBase, 2), "level 2 is there")
    refuse(&report, Host.call(.donateTable, vm: 1, good, TestVM.guestBase, 3), "level 3 is there")
    let early = Host.call(.donateTable, vm: 1, good, 0x8000_0000, 3)
    report.expect(early.status == Status.noTable.rawValue, "level 3 before 2", early.raw)
    unchanged(&report, good)
  }

  private static func processors(_ report: inout Report, _ vm: TestVM) {
    report.test("forged-processors")
    Runtime.each([8, 9, 64, 1 << 32, UInt64.max]) {
      refuse(&report, Host.call(.createVCPU, vm: 1, $0), "createVCPU", $0)
      refuse(&report, Host.call(.setEntry, vm: 1, $0, TestVM.guestBase, 0), "setEntry", $0)
      refuse(&report, Host.call(.run, vm: 1, $0, 0, 0), "run", $0)
    }
    refuse(&report, Host.call(.createVCPU, vm: 1, 0), "createVCPU twice")
    refuse(&report, Host.call(.setEntry, vm: 1, 1, TestVM.guestBase, 0), "entry of an absent vCPU")
    refuse(&report, Host.call(.setEntry, vm: 1, 0, TestVM.guestBase + 2, 0), "misaligned entry")
    refuse(&report, vm.run(), "run before seal")
    refuse(&report, Host.call(.setInterrupt, vm: 1, 40, 1), "interrupt before seal")
    report.expect(vm.seal().isOK, "seal")
    Runtime.each([3, 4, 255, UInt64.max]) {
      refuse(&report, Host.call(.run, vm: 1, 0, $0, 0), "completion", $0)
    }
    refuse(&report, vm.run(.value, 1), "value without a read")
    refuse(&report, vm.run(.abort), "abort without an access")
    Runtime.each([0, 15, 27, 31, 32 + UInt64(Limits.spis), 1020, UInt64.max]) {
      refuse(&report, Host.call(.setInterrupt, vm: 1, $0, 1), "interrupt", $0)
    }
    refuse(&report, Host.call(.setInterrupt, vm: 1, 40, 2), "line level")
    let exit = vm.run()
    report.expect(exit.status == Exit.deviceRead.rawValue, "first exit", exit.raw)
    refuse(&report, vm.run(.none), "read not completed")
  }

  /// The page of the forged calls is still the host's, and the VM has what it had.
  private static func unchanged(_ report: inout Report, _ page: UInt64) {
    let write = probeWrite64(page, 0x1234)
    report.expect(write.succeeded && load64(page) == 0x1234, "page lost", page, write.syndrome)
    report.expect(Host.pages(vm: 1) == 5, "pages of the VM changed", Host.pages(vm: 1))
  }
}
