import EngineABI
import Testing

@testable import Contracts
@testable import IsolationCore

/// That what is proved of states is true of some: the conditions of `handle` hold in one where VMs run,
/// share and die, and each part of them is false where what it forbids is done to that state.
@Suite struct WitnessTests {
  @Test func whatIsRequiredHoldsWhereVMsRunShareAndDie() {
    let witness = Witness()
    #expect(witness.machine.violations == [])
    #expect(witness.broken == [])
    #expect(witness.isAgreed)
  }

  @Test func whatIsRequiredHoldsAtBoot() {
    let witness = Witness.atBoot()
    #expect(witness.broken == [])
    #expect(witness.isAgreed)
    #expect(witness.machine.machine.spaces[0].state == .free)
  }

  /// The state is the one that is promised.
  @Test func theWitnessHasRunningAndDyingVMsAndSharedPages() {
    let witness = Witness()
    let core = witness.machine
    #expect(
      (0..<5).map { core.machine.spaces[$0].state } == [.sealed, .sealed, .dying, .loading, .free])
    #expect((0..<4).map { core.machine.cpus[$0].running } == [0, 1, 9, 0])
    let states = (0..<TestMachine.pages).map { core.machine.ownership.pages[$0] }
    #expect(states.count { $0.use == .shared && $0.owner == 2 } == 2)
    #expect(states.count { $0.owner == 1 } == 4 + 4 + 512)
    #expect(states.count { $0.owner == 3 } == 8)
    #expect(states.count { $0.owner == 5 } == 0)
    #expect((0..<8).map { core.machine.ownership.blocks[$0].absent } == [8, 8, 8, 8, 512, 0, 0, 0])
    let roles = (0..<TestMachine.pages).map { witness.tables.roles[Witness.first + $0] }
    #expect(roles.count { $0.vm == 1 && $0.level == 0 } == 4 + 512)
    #expect(roles.count { $0.vm == 2 && $0.level > 0 } == 4)
    #expect(roles.count { $0.vm == 3 } == 0)
  }

  @Test(arguments: Damage.all)
  func eachPartIsFalseWhereWhatItForbidsIsDone(_ damage: Damage) {
    var witness = Witness()
    damage.make(&witness)
    #expect(witness.broken == damage.breaks)
    #expect(witness.isAgreed == damage.breaks.isSubset(of: [.machine, .ownership, .elements]))
  }

  @Test func eachPartIsBrokenBySomeDamageAlone() {
    for part in Witness.Part.allCases {
      #expect(Damage.all.contains { $0.breaks == [part] }, "\(part)")
    }
  }
}

/// Something that must not be.
struct Damage: Sendable, CustomStringConvertible {
  var description: String
  var breaks: Set<Witness.Part>
  var make: @Sendable (inout Witness) -> Void

  init(
    _ description: String, _ breaks: Set<Witness.Part>,
    _ make: @escaping @Sendable (inout Witness) -> Void
  ) {
    (self.description, self.breaks, self.make) = (description, breaks, make)
  }

  static let all = ofMemory + ofModel + ofOwners + ofInvariants
}

/// Pages of the carve-out by block and number: a VM in block b has its root in pages 0 and 1, tables of
/// level 2 and 3 in 2 and 3, memory from 4 on.
private func number(_ block: Int, _ page: Int = 0) -> Int { Witness.first + block * 512 + page }

extension Witness {
  /// Writes an entry of a VM's table of level 3, behind the core's back.
  fileprivate func store(_ descriptor: Descriptor, _ block: Int, _ entry: UInt64) {
    machine.machine.memory.store(descriptor, at: page(block, 3) + entry * 8)
  }

  /// The host's table that is kept for a block, and its entry of level 2.
  fileprivate func hostTable(_ block: Int) -> Int {
    Int(machine.machine.ownership.host.level3.number) + block
  }
  fileprivate func hostSlot(_ block: Int) -> Slot { machine.machine.ownership.level2Slot(block) }
  fileprivate func storeHost(_ descriptor: Descriptor, _ block: Int, _ entry: Int) {
    machine.machine.memory.store(
      descriptor, at: UInt64(hostTable(block)) * PageSize.page + UInt64(entry) * 8)
  }

  fileprivate func setPage(_ block: Int, _ page: Int, _ state: PageState) {
    machine.machine.ownership.pages[block * 512 + page] = state
  }
}

private func memory(_ block: Int, _ page: Int) -> Descriptor {
  .page(PhysicalPage(number: UInt64(number(block, page))), .normal)
}

extension Damage {
  /// Entries that memory has, as the walk finds them.
  private static let ofMemory = [
    Damage("a page of VM 1 is mapped in VM 2", [.right, .theirs]) {
      $0.store(memory(0, 4), 1, 7)
      $0.read()
    },
    Damage("a page of VM 1 is mapped at two of its guest pages", [.right]) {
      $0.store(memory(0, 4), 0, 7)
      $0.read()
    },
    Damage("a page of the host is mapped in VM 1", [.theirs]) {
      $0.store(memory(5, 0), 0, 7)
      $0.read()
    },
    Damage("a page of a dying VM is mapped in VM 1", [.theirs]) {
      $0.store(memory(2, 4), 0, 7)
      $0.read()
    },
    Damage("a page of the engine is mapped in VM 1", [.apart, .theirs]) {
      $0.store(.page(PhysicalPage(number: UInt64(Witness.firstTable)), .normal), 0, 7)
      $0.read()
    },
    Damage("a table of VM 1 is mapped in it as memory", [.right, .trees, .theirs]) {
      $0.store(memory(0, 3), 0, 7)
      $0.read()
    },
    Damage("the host's table maps a private page", [.hidden, .settled]) {
      $0.storeHost(memory(0, 4), 0, 4)
      $0.read()
    },
    Damage("the host's table maps another page than it should", [.hidden]) {
      $0.storeHost(memory(0, 21), 0, 20)
      $0.read()
    },
    Damage("the host does not find a page of its own", [.settled]) {
      $0.storeHost(.invalid, 0, 20)
      $0.read()
    },
    Damage("the host does not find a shared page", [.settled]) {
      $0.storeHost(.invalid, 1, 5)
      $0.read()
    },
    Damage("the host has a VM's block whole", [.hidden, .settled]) {
      $0.machine.machine.memory.store(
        .block(PhysicalPage(number: UInt64(number(4))), .normal), at: $0.hostSlot(4).address)
      $0.read()
    },
    Damage("the host has another block in the place of its own", [.hidden, .settled]) {
      $0.machine.machine.memory.store(
        .block(PhysicalPage(number: UInt64(number(4))), .normal), at: $0.hostSlot(5).address)
      $0.read()
    },
    Damage("a VM's entry is written that the model does not have", [.inMemory]) {
      $0.store(memory(0, 8), 0, 7)
    },
    Damage("a VM's entry is lost that the model has", [.inMemory]) { $0.store(.invalid, 0, 1) },
  ]

  /// What is seen, and what pages are to VMs.
  private static let ofModel = [
    Damage("a CPU remembers a private page for the host", [.hidden, .settled]) {
      $0.tables.seen[$0.hostTable(0)][4] = TableEntry(kind: .next, page: number(0, 4))
    },
    Damage("a CPU remembers the host's own page, which is not mapped", [.settled]) {
      $0.tables.written[$0.hostTable(0)][20] = .invalid
    },
    Damage("a CPU remembers a block that is given away", [.hidden, .settled]) {
      let slot = $0.hostSlot(4)
      $0.tables.seen[slot.page][slot.index] = TableEntry(kind: .block, page: number(4))
    },
    Damage("a CPU remembers another entry than the valid one that is written", [.current]) {
      $0.tables.seen[Witness.firstTable][0] = .invalid
    },
    Damage("a CPU remembers nothing of a VM's entry", [.current, .trees]) {
      $0.tables.seen[number(0, 3)][1] = .invalid
    },
    Damage("a page has a place to which no entry leads", [.trees]) {
      $0.tables.seen[number(0, 3)][1] = .invalid
      $0.tables.written[number(0, 3)][1] = .invalid
      $0.store(.invalid, 0, 1)
    },
    Damage("another page has the place", [.trees]) {
      let role = $0.tables.roles[number(0, 5)]
      $0.tables.places[1][0][role.guest] = number(0, 6)
    },
    Damage("a page of a VM's block has no place", [.right]) {
      $0.tables.roles[number(4, 511)] = .none
    },
    Damage("a table has the place of another guest page", [.right, .trees]) {
      $0.tables.roles[number(0, 3)].guest += 512
    },
    Damage("a page before the carve-out has a role", [.apart]) {
      $0.tables.roles[3] = PageRole(vm: 0, level: 0, guest: 0, table: 1, entry: 0)
    },
    Damage("a page behind all memory is a VM's", [.trees, .theirs]) {
      $0.tables.roles[Tables.pages - 1] = PageRole(vm: 1, level: 0, guest: 0, table: 0, entry: 0)
    },
    Damage("a root is another page's", [.rooted]) {
      $0.machine.machine.spaces[0].root = PhysicalPage(number: UInt64(number(1)))
    },
    Damage("a VM lives that has no root", [.rooted]) {
      $0.machine.machine.spaces[4].state = .loading
    },
    Damage("a VM is dying that has tables", [.rooted]) {
      $0.machine.machine.spaces[1].state = .dying
    },
    Damage("a VM is free that has tables", [.rooted]) {
      $0.machine.machine.spaces[3].state = .free
    },
  ]

  /// Who owns what.
  private static let ofOwners = [
    Damage("a page that VM 1 finds is VM 2's", [.theirs]) {
      $0.setPage(0, 4, PageState(owner: 2, use: .normal))
    },
    Damage("a page that VM 1 finds is the host's", [.theirs, .settled, .ownership]) {
      $0.setPage(0, 4, .host)
    },
    Damage("a table is owned as memory", [.theirs]) {
      $0.setPage(0, 3, PageState(owner: 1, use: .normal))
    },
    Damage("memory is owned as a table", [.theirs]) {
      $0.setPage(0, 4, PageState(owner: 1, use: .table))
    },
    Damage("a page that the host finds is a VM's", [.hidden, .settled, .ownership]) {
      $0.setPage(0, 20, PageState(owner: 4, use: .normal))
    },
    Damage("a page of a whole block is a VM's", [.hidden, .ownership]) {
      $0.setPage(5, 20, PageState(owner: 4, use: .normal))
    },
    Damage("a shared page is private, and the host finds it", [.hidden, .settled, .ownership]) {
      $0.setPage(1, 5, PageState(owner: 2, use: .normal))
    },
    Damage("a private page is shared, and the host does not find it", [.settled, .ownership]) {
      $0.setPage(1, 4, PageState(owner: 2, use: .shared))
    },
  ]

  /// Invariants of what the core keeps.
  private static let ofInvariants = [
    Damage("a block counts a page that is not absent", [.settled, .ownership]) {
      $0.machine.machine.ownership.blocks[5].absent = 1
    },
    Damage("a block counts a page that nobody owns", [.ownership]) {
      $0.machine.machine.ownership.blocks[5].donated = 1
    },
    Damage("a page is no VM's that there is", [.ownership]) {
      $0.setPage(2, 5, PageState(owner: 65, use: .normal))
    },
    Damage("the host's page is a table", [.ownership]) {
      $0.setPage(5, 20, PageState(owner: 0, use: .table))
    },
    Damage("a part of a block is a gap", [.ownership]) { $0.setPage(5, 20, .fixed) },
    Damage("a CPU runs what is no vCPU", [.elements]) {
      $0.machine.machine.cpus[0].running = 513
    },
    Damage("a root is no page", [.elements]) {
      $0.machine.machine.spaces[10].root = PhysicalPage(number: PhysicalPage.limit - 1)
    },
    Damage("a vCPU has list registers that there are not", [.elements]) {
      $0.machine.machine.vcpus[9].lists = 1 << 4
    },
    Damage("a lock is held that the core is to take", [.machine]) {
      $0.machine.effects.memoryLocked = true
    },
    Damage("there are more CPUs than can be", [.machine]) {
      $0.machine.machine.configuration.cpuCount = Limits.cpus + 1
    },
    Damage("a CPU is none of the machine", [.machine]) {
      $0.machine.machine.configuration.cpuCount = 3
    },
  ]
}
