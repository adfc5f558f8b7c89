import Contracts
import EngineABI

// That what VMs' tables lead to is theirs.

extension PageState {
  /// A VM's page is what it is in the VM's stage 2: a table or memory.
  func isFor(_ role: PageRole) -> Bool {
    Int(owner) == role.vm && (use == .table) == (role.level > 0)
  }
}

extension Tables {
  /// Each page to which a VM's stage 2 leads is that VM's.
  static func areTheirs(
    _ roles: GhostMap<PageRole>, _ pages: borrowing Table<PageState>, _ first: UInt64
  ) -> Bool {
    requires(first <= 1 << 35)
    let limit = Tables.pages
    return forall(0..<limit) { isTheirs(roles[$0], $0, pages, first) }
  }

  static func isTheirs(
    _ role: PageRole, _ page: Int, _ pages: borrowing Table<PageState>, _ first: UInt64
  ) -> Bool {
    requires(first <= 1 << 35)
    return role.vm == 0
      || page >= Int(first) && page - Int(first) < pages.count
        && pages[page - Int(first)].isFor(role)
  }

  /// What walks and TLBs can make of an entry of a VM's tables is a page of that VM: memory that is not
  /// one of its tables, or, for the walk alone, a table.
  static func leadHome(
    _ table: Int, _ entry: Int, _ page: Int, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ roles: GhostMap<PageRole>, _ pages: borrowing Table<PageState>, _ first: UInt64
  ) {
    requires(first <= 1 << 35 && areRight(seen, roles) && areTheirs(roles, pages, first))
    requires(table >= 0 && table < Tables.pages && entry >= 0 && entry < 512)
    requires(roles[table].isTable && seen[table][entry].isValid)
    requires(page >= seen[table][entry].page)
    requires(
      seen[table][entry].kind == .next && page == seen[table][entry].page
        || seen[table][entry].kind == .block && page - 512 < seen[table][entry].page)
    ensures(page >= Int(first) && page - Int(first) < pages.count)
    ensures(Int(pages[page - Int(first)].owner) == roles[table].vm)
    ensures(
      (pages[page - Int(first)].use == .table)
        == (seen[table][entry].kind == .next && roles[table].level < 3))
    holds(isRight(seen[table], roles[table], table, roles))
    holds(leads(seen[table][entry], roles[table], table, entry, roles))
    holds(isTheirs(roles[page], page, pages, first))
  }

  /// What a walk of a VM's tables finds mapped is that VM's memory.
  static func findTheirs(
    _ found: Translation, _ guest: GuestPage, vm: Int, _ tables: Tables,
    _ pages: borrowing Table<PageState>, _ first: UInt64
  ) {
    requires(guest.number < UInt64(PageRole.guests) && first <= 1 << 35 && vm != 0)
    requires(isFound(found, guest, vm: vm, tables.seen, tables.roles) && found.isMapped)
    requires(areTheirs(tables.roles, pages, first))
    ensures(found.page(of: guest).number >= first)
    ensures(found.page(of: guest).number - first < UInt64(pages.count))
    ensures(
      pages[Int(found.page(of: guest).number - first)].isFor(
        PageRole(vm: vm, level: 0, guest: 0, table: 0, entry: 0)))
    let page = Int(found.page(of: guest).number)
    holds(isTheirs(tables.roles[page], page, pages, first))
  }
}

// Pages change hands. What their states were is a map, of which a copy can be kept.

extension Tables {
  static func states(_ pages: borrowing Table<PageState>) -> GhostMap<PageState> {
    let number = pages.count
    return GhostMap { index in index >= 0 && index < number ? pages[index] : .fixed }
  }

  /// The pages of a range change, to which no VM's stage 2 leads, or which stay what they are to it.
  static func keepTheirs(
    _ before: GhostMap<PageState>, _ index: Int, _ number: Int,
    _ roles: GhostMap<PageRole>, _ pages: borrowing Table<PageState>, _ first: UInt64
  ) {
    requires(first <= 1 << 35 && pages.count <= 1 << 34 && number <= 512)
    requires(index >= 0 && number >= 0 && index <= pages.count - number)
    requires(wereTheirs(roles, before, pages.count, first))
    requires(
      forall(0..<pages.count) {
        pages[$0] == before[$0] || $0 >= index && $0 < index + number
      })
    requires(
      forall(index..<index + number) {
        roles[Int(first) + $0].vm == 0 || pages[$0].isFor(roles[Int(first) + $0])
      })
    ensures(areTheirs(roles, pages, first))
    for page in 0..<Tables.pages {
      invariant(forall(0..<page) { isTheirs(roles[$0], $0, pages, first) })
      if roles[page].vm != 0 {
        holds(wasTheirs(roles[page], page, before, pages.count, first))
        let place = page - Int(first)
        holds(pages[place] == before[place] || place >= index && place < index + number)
        holds(roles[Int(first) + place] == roles[page])
      }
    }
  }

  static func wereTheirs(
    _ roles: GhostMap<PageRole>, _ states: GhostMap<PageState>, _ number: Int, _ first: UInt64
  ) -> Bool {
    requires(first <= 1 << 35)
    let limit = Tables.pages
    return forall(0..<limit) { wasTheirs(roles[$0], $0, states, number, first) }
  }

  private static func wasTheirs(
    _ role: PageRole, _ page: Int, _ states: GhostMap<PageState>, _ number: Int, _ first: UInt64
  ) -> Bool {
    requires(first <= 1 << 35)
    return role.vm == 0
      || page >= Int(first) && page - Int(first) < number
        && states[page - Int(first)].isFor(role)
  }

  /// The copy says what the pages do.
  static func copyTheirs(
    _ roles: GhostMap<PageRole>, _ pages: borrowing Table<PageState>, _ first: UInt64
  ) {
    requires(first <= 1 << 35 && areTheirs(roles, pages, first))
    ensures(wereTheirs(roles, states(pages), pages.count, first))
    for page in 0..<Tables.pages {
      invariant(
        forall(0..<page) { wasTheirs(roles[$0], $0, states(pages), pages.count, first) })
      holds(isTheirs(roles[page], page, pages, first))
    }
  }

  /// No stage 2 of the VM leads to a page.
  static func hasNothing(_ vm: Int, _ roles: GhostMap<PageRole>) -> Bool {
    let limit = Tables.pages
    return forall(0..<limit) { roles[$0].vm != vm }
  }

  /// To pages of the host, or of a VM to whose pages no stage 2 leads, none does.
  static func areUnused(
    _ index: Int, _ number: Int, _ vm: Int, _ roles: GhostMap<PageRole>,
    _ pages: borrowing Table<PageState>, _ first: UInt64
  ) {
    requires(first <= 1 << 35 && pages.count <= 1 << 34 && areTheirs(roles, pages, first))
    requires(index >= 0 && number >= 0 && number <= 512 && index <= pages.count - number)
    requires(vm == 0 || hasNothing(vm, roles))
    requires(
      forall(index..<index + number) { pages[$0].owner == 0 || Int(pages[$0].owner) == vm })
    ensures(forall(index..<index + number) { roles[Int(first) + $0].vm == 0 })
    for place in index..<index + number {
      invariant(forall(index..<place) { roles[Int(first) + $0].vm == 0 })
      let page = Int(first) + place
      holds(isTheirs(roles[page], page, pages, first))
      if vm != 0 { holds(roles[page].vm != vm) }
    }
  }
}
