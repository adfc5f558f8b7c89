import EngineABI

@testable import Contracts
@testable import IsolationCore

/// A state of the core, reached by calls, with the model of the tables that `handle` speaks of.
///
/// The core's own conditions are evaluated on it, the text that the proof is about. Where they speak of
/// all pages that any machine can have, tests look at ``points``: the pages of which the model says
/// something, and some others, of all of which it says the same: no VM's stage 2 leads there, and
/// entries are invalid.
struct Witness {
  let machine: TestMachine
  var tables: Tables

  /// VMs 1 and 2 run on CPUs 1 and 2, and VM 2 shares two pages; VM 3 is dying and has its pages still,
  /// VM 4 loads, VM 5 has been, all others are free. The host has blocks 5 and 6 whole, of block 4
  /// nothing, and of 0 to 3 what it has not given; block 7 is a gap between carve-outs.
  init() {
    machine = TestMachine()
    machine.machine.ownership.leaveOut(block: 7)
    machine.makeVM(1, block: 0, vcpus: 2, seal: false)
    machine.call(.donate, vm: 1, page(4), guestMemory + PageSize.block, 1)
    machine.call(.seal, vm: 1)
    machine.makeVM(2, block: 1, pages: 6)
    machine.run(1, cpu: 1)
    machine.run(2, cpu: 2)
    for number in UInt64(1)...2 {
      machine.guest(2).hvc(Call.hvcBase + UInt64(Call.share.rawValue), guestMemory + number * 4096)
    }
    machine.makeVM(3, block: 2)
    machine.call(.destroyVM, vm: 3)
    machine.makeVM(4, block: 3, seal: false)
    machine.makeVM(5, block: 5)
    machine.endVM(5)
    machine.checkStep()
    machine.checkAll()
    tables = Tables(
      written: GhostMap(), seen: GhostMap(), roles: GhostMap(), places: GhostMap())
    read()
  }

  /// The state that the boot makes.
  static func atBoot() -> Witness { Witness(machine: TestMachine()) }

  private init(machine: TestMachine) {
    self.machine = machine
    tables = Tables(
      written: GhostMap(), seen: GhostMap(), roles: GhostMap(), places: GhostMap())
    read()
  }

  static let firstTable = Int(TestMachine.tables / PageSize.page)
  static let first = Int(TestMachine.firstPage)
  /// Pages in which tables can lie.
  static let inMemory =
    Array(firstTable..<firstTable + Int(TestMachine.tablePages))
    + Array(first..<first + TestMachine.pages)

  /// First and last ones, and those about the ends of what the machine has.
  private static let somePages: Set<Int> = {
    let end = first + TestMachine.pages
    return [
      0, 1, firstTable - 1, firstTable, firstTable + Int(TestMachine.tablePages), first - 1, first,
      first + TestMachine.pages / 2, end - 1, end, end + 511, end + 512, Tables.pages - 513,
      Tables.pages - 1,
    ]
  }()

  private var points: GhostPoints {
    let pages = Array(
      Witness.somePages.union(tables.written.named).union(tables.seen.named)
        .union(tables.roles.named))
    var points = GhostPoints()
    points.pages = pages
    points.indices = [
      ObjectIdentifier(GhostMap<TableEntry>.self): pages,
      ObjectIdentifier(PageRole.self): pages,
      ObjectIdentifier(TableEntry.self): Array(0..<512),
      ObjectIdentifier(PageState.self): Array(0..<TestMachine.pages),
      ObjectIdentifier(AddressSpace.self): Array(0..<Limits.vms),
      // What blocks count. (Places are made by the test, and not compared.)
      ObjectIdentifier(Int.self): Array(0..<TestMachine.blocks),
    ]
    return points
  }
}

// The model, from what lies in memory.

extension Witness {
  /// All that is seen is what memory says, and each VM that lives is walked from its root.
  mutating func read() {
    let empty = GhostMap([:], rest: TableEntry.invalid)
    var written: [Int: GhostMap<TableEntry>] = [:]
    for page in Witness.inMemory {
      var entries: [Int: TableEntry] = [:]
      for entry in 0..<512 {
        let address = UInt64(page) * PageSize.page + UInt64(entry) * 8
        let descriptor = machine.machine.memory.descriptor(at: address)
        if descriptor.raw != 0 { entries[entry] = descriptor.entry }
      }
      if !entries.isEmpty { written[page] = GhostMap(entries, rest: .invalid) }
    }
    let nowhere = GhostMap([:], rest: GhostMap([:], rest: GhostMap([:], rest: -1)))
    tables = Tables(
      written: GhostMap(written, rest: empty), seen: GhostMap(written, rest: empty),
      roles: GhostMap([:], rest: .none), places: nowhere)
    for vm in 1...Limits.vms {
      let space = machine.machine.spaces[vm - 1]
      guard space.state == .loading || space.state == .sealed else { continue }
      for half in 0..<2 {
        plant(Int(space.root.number) + half, .root(vm, half * PageRole.guests / 2))
      }
    }
  }

  /// The page has the role, and what lies below it the roles that follow.
  private mutating func plant(_ page: Int, _ role: PageRole) {
    tables.roles[page] = role
    tables.places[role.vm][role.level][role.guest] = page
    guard role.isTable else { return }
    for entry in 0..<512 {
      let below = tables.written[page][entry]
      switch below.kind {
      case .invalid: break
      case .next: plant(below.page, role.below(entry, of: page))
      case .block:
        for distance in 0..<512 {
          plant(below.page + distance, role.block(entry, of: page).following(distance))
        }
      }
    }
  }
}

// What `handle` requires, and what it is made of.

extension Witness {
  enum Part: String, CaseIterable {
    case current, right, trees, apart, hidden, settled, theirs, rooted, inMemory
    case machine, ownership, elements
  }

  /// The condition of `handle` on ghost state, as it stands there.
  var isAgreed: Bool {
    GhostPoints.$current.withValue(points) {
      tables.agree(with: machine.machine.ownership, machine.machine.spaces)
        && tables.ofVMs().isIn(machine.machine.memory)
    }
  }

  /// Which of its parts, and of the invariants of what the core keeps, are broken.
  var broken: Set<Part> {
    GhostPoints.$current.withValue(points) {
      Set(Part.allCases.filter { !holds($0) })
    }
  }

  private func holds(_ part: Part) -> Bool {
    let host = machine.machine.ownership.host
    let first = machine.machine.ownership.first
    let blocks = machine.machine.ownership.blocks.count
    let pages = Tables.states(machine.machine.ownership.pages)
    let absents = Tables.absents(machine.machine.ownership.blocks)
    switch part {
    case .current: return Tables.areCurrent(tables.written, tables.seen, tables.roles)
    case .right: return Tables.areRight(tables.seen, tables.roles)
    case .trees: return Tables.areTrees(tables.seen, tables.roles, tables.places)
    case .apart: return Tables.areApart(tables.roles, first)
    case .hidden: return Tables.isHidden(tables.seen, host, first, blocks, pages)
    case .settled: return tables.areSettled(but: -1, host, first, blocks, pages, absents)
    case .theirs:
      return Tables.areTheirs(tables.roles, pages, machine.machine.ownership.pages.count, first)
    case .rooted:
      return tables.ofVMs().isRooted(in: Tables.spaces(machine.machine.spaces))
    case .inMemory: return tables.ofVMs().isIn(machine.machine.memory)
    case .machine:
      return machine.machine.typeInvariant && machine.machine.configuration.typeInvariant
        && machine.effects.typeInvariant && machine.effects.isUnlocked
        && machine.processors.indices.allSatisfy { machine.machine.isProcessor($0) }
    case .ownership: return machine.machine.ownership.typeInvariant
    case .elements:
      return (0..<Limits.vms).allSatisfy { machine.machine.spaces[$0].typeInvariant }
        && (0..<machine.machine.vcpus.count).allSatisfy { machine.machine.vcpus[$0].typeInvariant }
        && (0..<Limits.cpus).allSatisfy { machine.machine.cpus[$0].typeInvariant }
    }
  }
}
