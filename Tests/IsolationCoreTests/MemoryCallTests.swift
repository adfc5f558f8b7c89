import EngineABI
import Testing

@testable import IsolationCore

@Suite struct MemoryCallTests {
  let machine = TestMachine()

  private func finish() {
    machine.checkStep()
    machine.checkAll()
    #expect(machine.violations == [])
  }

  private func state(_ block: Int, _ number: Int) -> PageState {
    machine.ownership(block * 512 + number)
  }

  private func guestFinds(_ vm: Int, _ address: UInt64) -> UInt64? {
    let guest = GuestPage(number: address / 4096)
    let found = machine.machine.memory.walk(root: machine.machine.spaces[vm - 1].root, guest)
    return found.isMapped ? found.page(of: guest).address : nil
  }

  private func hostFinds(_ address: UInt64) -> Bool {
    machine.machine.memory.walk(root: machine.map.root, GuestPage(number: address / 4096)).isMapped
  }

  @Test func createVMTakesTwoPagesForTheRootAndClearsThem() {
    machine.write(page: 10, Descriptor.block(PhysicalPage(number: 0), .normal).raw)
    machine.write(page: 11, 0xbad)
    #expect(machine.call(.createVM, vm: 1, page(0, 10)).status == .ok)
    #expect(machine.isZero(10) && machine.isZero(11))
    #expect(state(0, 10) == PageState(owner: 1, use: .table))
    #expect(state(0, 11) == PageState(owner: 1, use: .table))
    #expect(!hostFinds(page(0, 10)) && !hostFinds(page(0, 11)) && hostFinds(page(0, 12)))
    #expect(machine.machine.spaces[0].state == .loading)
    #expect(machine.machine.spaces[0].pages == 2)
    #expect(machine.machine.vms[0].counterOffset == machine.counter)
    finish()
  }

  @Test func donatedPagesKeepTheirContentsUntilTheVMIsSealed() {
    machine.makeVM(1, block: 0, pages: 0, seal: false)
    machine.write(page: 20, 0x1234)
    #expect(machine.call(.donate, vm: 1, page(0, 20), guestMemory).status == .ok)
    #expect(machine.memory[20 * 512] == 0x1234)
    #expect(guestFinds(1, guestMemory) == page(0, 20))
    #expect(!hostFinds(page(0, 20)))

    machine.call(.seal, vm: 1)
    machine.write(page: 21, 0x1234)
    #expect(machine.call(.donate, vm: 1, page(0, 21), guestMemory + 4096).status == .ok)
    #expect(machine.isZero(21))
    finish()
  }

  @Test func aBlockIsDonatedWhole() {
    machine.makeVM(1, block: 0, seal: false)
    machine.write(page: 3 * 512 + 77, 5)
    #expect(machine.call(.donate, vm: 1, page(3), 0x4020_0000, 1).status == .ok)
    #expect(guestFinds(1, 0x4020_0000 + 77 * 4096) == page(3, 77))
    #expect(!hostFinds(page(3)) && !hostFinds(page(3, 511)) && hostFinds(page(4)))
    #expect(machine.memory[(3 * 512 + 77) * 512] == 5)
    machine.call(.seal, vm: 1)
    machine.write(page: 4 * 512 + 511, 5)
    #expect(machine.call(.donate, vm: 1, page(4), 0x4040_0000, 1).status == .ok)
    #expect(machine.isZero(4 * 512 + 511))
    #expect(machine.machine.spaces[0].pages == 8 + 1024)
    finish()
  }

  @Test func tablesAreEmptyWhateverTheHostLeftInThem() {
    machine.call(.createVM, vm: 1, page(0))
    machine.write(page: 2, word: 0, Descriptor.block(PhysicalPage(number: 0), .normal).raw)
    #expect(machine.call(.donateTable, vm: 1, page(0, 2), 0, 2).status == .ok)
    #expect(guestFinds(1, 0) == nil)
    #expect(machine.isZero(2))
    finish()
  }

  @Test func theFirstPageOfABlockSplitsItAndTheLastMergesIt() {
    machine.call(.createVM, vm: 1, page(0))
    #expect(hostFinds(page(0, 2)))
    let split = machine.machine.memory.walk(
      root: machine.map.root, GuestPage(number: page(0) / 4096))
    #expect(split.level == 3)
    machine.endVM(1)
    let merged = machine.machine.memory.walk(
      root: machine.map.root, GuestPage(number: page(0) / 4096))
    #expect(merged.level == 2 && merged.isMapped)
    finish()
  }

  @Test func aWholeBlockGoesPageByPageAndComesBackAtOnce() {
    machine.call(.createVM, vm: 1, page(0, 0))
    machine.call(.donateTable, vm: 1, page(0, 2), guestMemory, 2)
    machine.call(.donateTable, vm: 1, page(0, 3), guestMemory, 3)
    for number in 4..<512 {
      #expect(
        machine.call(.donate, vm: 1, page(0, number), guestMemory + UInt64(number - 4) * 4096)
          .status == .ok)
    }
    machine.checkAll()
    #expect(machine.endVM(1) == 1, "one piece")
    finish()
  }

  @Test func reclaimedPagesAreZeroAndTheHostsAgain() {
    machine.makeVM(1, block: 0)
    for number in 0..<8 { machine.write(page: number, word: 3, 0x5ec2e7) }
    machine.endVM(1)
    for number in 0..<8 {
      #expect(state(0, number) == .host && machine.isZero(number), "page \(number)")
    }
    #expect(machine.machine.spaces[0].state == .free)
    finish()
  }

  @Test func reclaimSaysAgainWithAnAddressThatAdvances() {
    machine.makeVM(1, block: 1, pages: 3, vcpus: 0)
    machine.call(.donate, vm: 1, page(6), 0x4020_0000, 1)
    machine.call(.destroyVM, vm: 1)
    var from: UInt64 = 0
    var pieces = 0
    while pieces < 1000 {
      let answer = machine.call(.reclaim, vm: 1, from)
      pieces += 1
      guard answer.status == .again else {
        #expect(answer.status == .ok)
        break
      }
      #expect(answer.x[1] > from)
      #expect(answer.x[1] % 4096 == 0)
      from = answer.x[1]
    }
    #expect(pieces == 8, "7 pages, and a block at once")
    finish()
  }

  @Test func reclaimFromAnywhereEndsAsWell() {
    machine.makeVM(1, block: 1)
    machine.call(.destroyVM, vm: 1)
    var from = page(7)
    var calls = 0
    while machine.call(.reclaim, vm: 1, from).status == .again && calls < 50 {
      from = machine.answer().x[1]
      calls += 1
    }
    #expect(machine.answer().status == .ok)
    finish()
  }

  @Test func shareLetsTheHostInAndUnshareKeepsItOut() {
    machine.runVM()
    let guest = machine.guest()
    let share = Call.hvcBase + UInt64(Call.share.rawValue)
    let unshare = Call.hvcBase + UInt64(Call.unshare.rawValue)
    #expect(guest.hvc(share, guestMemory + 4096) == 0)
    #expect(hostFinds(page(0, 5)))
    #expect(state(0, 5) == PageState(owner: 1, use: .shared))
    #expect(guestFinds(1, guestMemory + 4096) == page(0, 5), "the guest keeps it")
    machine.checkAll()
    #expect(guest.hvc(share, guestMemory + 4096) == UInt64(bitPattern: -6), "twice")
    #expect(guest.hvc(unshare, guestMemory + 4096) == 0)
    #expect(!hostFinds(page(0, 5)))
    #expect(guest.hvc(unshare, guestMemory + 4096) == UInt64(bitPattern: -6), "twice")
    finish()
  }

  @Test func everyPageOfABlockCanBeSharedAndTheHostThenSeesABlock() {
    machine.makeVM(1, block: 0, seal: false)
    machine.call(.donate, vm: 1, page(3), 0x4020_0000, 1)
    machine.call(.seal, vm: 1)
    machine.run(1)
    let share = Call.hvcBase + UInt64(Call.share.rawValue)
    for number in 0..<UInt64(512) {
      #expect(machine.guest().hvc(share, 0x4020_0000 + number * 4096) == 0)
    }
    let found = machine.machine.memory.walk(
      root: machine.map.root, GuestPage(number: page(3) / 4096))
    #expect(found.level == 2 && found.isMapped)
    machine.checkAll()
    #expect(machine.guest().hvc(share + 1, 0x4020_0000 + 7 * 4096) == 0, "unshare splits it again")
    #expect(!hostFinds(page(3, 7)) && hostFinds(page(3, 8)))
    machine.guest().hvc(0x8400_0008)
    machine.write(page: 3 * 512 + 8, 0xabc)
    machine.endVM(1)
    #expect(machine.isZero(3 * 512 + 8), "what host and guest shared is scrubbed too")
    finish()
  }

  @Test(
    arguments: [
      (0x4000_0123, Status.invalidArgument), (1 << 40, .invalidArgument), (~0, .invalidArgument),
      (0x4000_9000, .notOwner), (0, .notOwner), (0x0800_0000, .notOwner), (0x4020_0000, .notOwner),
    ] as [(UInt64, Status)])
  func sharingRefusesWhatTheGuestHasNot(address: UInt64, status: Status) {
    machine.runVM()
    let guest = machine.guest()
    for number in [Call.share, .unshare] {
      let answer = guest.hvc(Call.hvcBase + UInt64(number.rawValue), address)
      #expect(Int64(bitPattern: answer) == status.rawValue)
      #expect(machine.performed.isEmpty)
    }
    finish()
  }

  @Test func noPageIsGivenTwice() {
    machine.makeVM(1, block: 0)
    machine.makeVM(2, block: 1)
    for vm in 1...2 {
      #expect(machine.call(.donate, vm: vm, page(0, 4), guestMemory + 0x10000).status == .notOwner)
      #expect(machine.call(.donate, vm: vm, page(0), 0x4020_0000, 1).status == .notOwner)
      #expect(machine.call(.donateTable, vm: vm, page(1, 4), 0, 2).status == .notOwner)
    }
    #expect(machine.call(.createVM, vm: 3, page(0)).status == .notOwner)
    finish()
  }
}
