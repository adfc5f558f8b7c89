import Contracts
import EngineABI

// A model of what stage 2 says, of the host and of every VM, for proofs alone: what its state is, and
// what is sound. TableSteps.swift has its steps.

/// What a page is to the VM whose stage 2 leads to it.
struct PageRole: BitwiseCopyable, Equatable {
  /// 0: no VM's stage 2 leads to the page.
  var vm: Int
  /// 1, 2, 3: a table of that level. 0: memory.
  var level: Int
  /// The first guest page that it translates, or the one that it is.
  var guest: Int
  /// The entry that leads to it: the page of that table, and the entry's number. A root has none.
  var table: Int
  var entry: Int

  static let none = PageRole(vm: 0, level: 0, guest: 0, table: 0, entry: 0)

  /// A table of level 1, of which a VM has two.
  static func root(_ vm: Int, _ guest: Int) -> PageRole {
    PageRole(vm: vm, level: 1, guest: guest, table: -1, entry: 0)
  }

  var isRoot: Bool {
    vm > 0 && (guest == 0 || guest == PageRole.guests / 2) && self == PageRole.root(vm, guest)
  }

  /// What an entry of this table leads to, which is page `table`.
  func below(_ entry: Int, of table: Int) -> PageRole {
    requires(isTable && entry >= 0 && entry < 512)
    return PageRole(
      vm: vm, level: level == 3 ? 0 : level + 1,
      guest: guest + (level == 1 ? entry * 512 * 512 : level == 2 ? entry * 512 : entry),
      table: table, entry: entry)
  }

  /// The first page of a block to which an entry of this table of level 2 leads.
  func block(_ entry: Int, of table: Int) -> PageRole {
    requires(isTable && level == 2 && entry >= 0 && entry < 512)
    return PageRole(vm: vm, level: 0, guest: guest + entry * 512, table: table, entry: entry)
  }

  /// The page that lies so many behind in a block.
  func following(_ distance: Int) -> PageRole {
    requires(guest >= 0 && guest <= PageRole.guests && distance >= 0 && distance < 512)
    return PageRole(vm: vm, level: level, guest: guest + distance, table: table, entry: entry)
  }

  /// A VM's table, which translates no page beyond the last.
  var isTable: Bool {
    vm > 0 && level >= 1 && level <= 3 && guest >= 0
      && guest
        <= PageRole.guests - (level == 1 ? 512 * 512 * 512 : level == 2 ? 512 * 512 : 512)
      && guest % (level == 1 ? 512 * 512 * 512 : level == 2 ? 512 * 512 : 512) == 0
  }

  /// The same VM and guest page, and the same level.
  func hasPlace(of other: PageRole) -> Bool {
    vm == other.vm && level == other.level && guest == other.guest
  }

  static let guests = Int(GuestPage.limit / PageSize.page)
}

/// What an entry of a table says.
struct TableEntry: BitwiseCopyable, Equatable {
  /// Bits 1:0 of a descriptor, which say the same at each level.
  enum Kind: UInt8 {
    case invalid
    /// A block of memory, above level 3.
    case block
    /// One page: a table above level 3, memory at level 3.
    case next
  }
  var kind: Kind
  /// The page's number, the first one of a block.
  var page: Int

  static let invalid = TableEntry(kind: .invalid, page: 0)
  var isValid: Bool { kind != .invalid }
}

/// The entries of all stage-2 tables, by the number of the table's page and the entry's.
///
/// A valid entry is only ever written over an invalid one that nobody remembers otherwise. So there
/// is at most one thing that a walk or a TLB can take an entry for: what is written there, or what was
/// written until the translations that depend on it are forgotten. That is what is *seen*, and it
/// is all that walks at any time and TLBs filled at any time can make of the tables.
struct Tables: Equatable {
  var written: GhostMap<GhostMap<TableEntry>>
  var seen: GhostMap<GhostMap<TableEntry>>
  /// By the page's number.
  var roles: GhostMap<PageRole>
  /// Which page has a role, by its VM, level and guest page.
  var places: GhostMap<GhostMap<GhostMap<Int>>>

  static let pages = Int(PhysicalPage.limit)

  static let unknown = Tables(
    written: GhostMap(), seen: GhostMap(), roles: GhostMap(), places: GhostMap())

  var isSound: Bool {
    Tables.areCurrent(written, seen, roles) && Tables.areRight(seen, roles)
      && Tables.areTrees(seen, roles, places)
  }

  func seen(_ slot: Slot) -> TableEntry { seen[slot.page][slot.index] }

  /// The entries are the same, whatever pages are to VMs.
  func isSame(as other: Tables) -> Bool { written == other.written && seen == other.seen }
}

extension Slot {
  /// The table's place in ``Tables``.
  var page: Int { Int(table.number) }
  var index: Int { Int(entry) }
}

// What is sound. Goals keep the names of conditions whose bodies are more than one expression.

extension Tables {
  /// What is written is seen; in tables of VMs nothing else is.
  static func areCurrent(
    _ written: GhostMap<GhostMap<TableEntry>>, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ roles: GhostMap<PageRole>
  ) -> Bool {
    forall(0..<Tables.pages) { isCurrent(written[$0], seen[$0], roles[$0]) }
  }

  static func isCurrent(
    _ written: GhostMap<TableEntry>, _ seen: GhostMap<TableEntry>, _ role: PageRole
  ) -> Bool {
    forall(0..<512) { written[$0].isValid || role.level > 0 ==> seen[$0] == written[$0] }
  }

  /// Each entry of a VM's tables leads to what has the role for it.
  static func areRight(
    _ seen: GhostMap<GhostMap<TableEntry>>, _ roles: GhostMap<PageRole>
  ) -> Bool {
    let pages = Tables.pages
    return forall(0..<pages) {
      roles[$0].level == 0 || roles[$0].isTable && isRight(seen[$0], roles[$0], $0, roles)
    }
  }

  /// What the entries of a table lead to.
  static func isRight(
    _ entries: GhostMap<TableEntry>, _ role: PageRole, _ table: Int, _ roles: GhostMap<PageRole>
  ) -> Bool {
    requires(role.isTable)
    return forall(0..<512) { entries[$0].isValid ==> leads(entries[$0], role, table, $0, roles) }
  }

  /// What an entry leads to is what it should be: a table of the next level, a page, or, from level 2,
  /// the pages of a block.
  static func leads(
    _ descriptor: TableEntry, _ role: PageRole, _ table: Int, _ entry: Int,
    _ roles: GhostMap<PageRole>
  ) -> Bool {
    requires(role.isTable && entry >= 0 && entry < 512)
    let page = descriptor.page
    if page < 0 || page >= Tables.pages - 512 { return false }
    if descriptor.kind == .next { return roles[page] == role.below(entry, of: table) }
    return role.level == 2 && page % 512 == 0
      && forall(page..<page + 512) {
        roles[$0] == role.block(entry, of: table).following($0 - page)
      }
  }

  /// Each page with a role is where its role says, and no other page is.
  static func areTrees(
    _ seen: GhostMap<GhostMap<TableEntry>>, _ roles: GhostMap<PageRole>,
    _ places: GhostMap<GhostMap<GhostMap<Int>>>
  ) -> Bool {
    let pages = Tables.pages
    return forall(0..<pages) { isHeld($0, roles[$0], seen, roles, places) }
  }

  static func isHeld(
    _ page: Int, _ role: PageRole, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ roles: GhostMap<PageRole>, _ places: GhostMap<GhostMap<GhostMap<Int>>>
  ) -> Bool {
    role.vm == 0
      || places[role.vm][role.level][role.guest] == page
        && (role.isRoot
          || isBelow(page, role, seen[role.table][role.entry], roles[role.table]))
  }

  /// The entry that its role names leads to it.
  static func isBelow(
    _ page: Int, _ role: PageRole, _ entry: TableEntry, _ parent: PageRole
  ) -> Bool {
    if role.table < 0 || role.table >= Tables.pages || role.entry < 0 || role.entry >= 512 {
      return false
    }
    if !parent.isTable { return false }
    if entry.kind == .next {
      return entry.page == page && role == parent.below(role.entry, of: role.table)
    }
    return entry.kind == .block && parent.level == 2 && entry.page >= 0
      && page >= entry.page && page - entry.page < 512
      && role == parent.block(role.entry, of: role.table).following(page - entry.page)
  }

  /// Two pages with the same VM, level and guest page are one: none of a VM's guest pages is two
  /// pages, as none of its pages is two guest pages.
  static func areOne(
    _ page: Int, _ other: Int, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ roles: GhostMap<PageRole>, _ places: GhostMap<GhostMap<GhostMap<Int>>>
  ) {
    requires(page >= 0 && page < Tables.pages && other >= 0 && other < Tables.pages)
    requires(areTrees(seen, roles, places) && roles[page].vm != 0)
    requires(roles[page].hasPlace(of: roles[other]))
    ensures(page == other)
    holds(isHeld(page, roles[page], seen, roles, places))
    holds(isHeld(other, roles[other], seen, roles, places))
  }
}
