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
    _ roles: GhostMap<PageRole>, _ pages: GhostMap<PageState>, _ number: Int, _ first: UInt64
  ) -> Bool {
    requires(first <= 1 << 35)
    let limit = Tables.pages
    return forall(0..<limit) { isTheirs(roles[$0], $0, pages, number, first) }
  }

  static func isTheirs(
    _ role: PageRole, _ page: Int, _ pages: GhostMap<PageState>, _ number: Int, _ first: UInt64
  ) -> Bool {
    requires(first <= 1 << 35)
    return role.vm == 0
      || page >= Int(first) && page - Int(first) < number
        && pages[page - Int(first)].isFor(role)
  }

  /// What walks and TLBs can make of an entry of a VM's tables is a page of that VM: memory that is not
  /// one of its tables, or, for the walk alone, a table.
  static func leadHome(
    _ table: Int, _ entry: Int, _ page: Int, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ roles: GhostMap<PageRole>, _ pages: GhostMap<PageState>, _ number: Int,
    _ first: UInt64
  ) {
    requires(first <= 1 << 35 && areRight(seen, roles) && areTheirs(roles, pages, number, first))
    requires(table >= 0 && table < Tables.pages && entry >= 0 && entry < 512)
    requires(roles[table].isTable && seen[table][entry].isValid)
    requires(page >= seen[table][entry].page)
    requires(
      seen[table][entry].kind == .next && page == seen[table][entry].page
        || seen[table][entry].kind == .block && page - 512 < seen[table][entry].page)
    ensures(page >= Int(first) && page - Int(first) < number)
    ensures(Int(pages[page - Int(first)].owner) == roles[table].vm)
    ensures(
      (pages[page - Int(first)].use == .table)
        == (seen[table][entry].kind == .next && roles[table].level < 3))
    holds(isRight(seen[table], roles[table], table, roles))
    holds(leads(seen[table][entry], roles[table], table, entry, roles))
    holds(isTheirs(roles[page], page, pages, number, first))
  }

  /// What a walk of a VM's tables finds mapped is that VM's memory.
  static func findTheirs(
    _ found: Translation, _ guest: GuestPage, vm: Int, _ tables: Tables,
    _ pages: GhostMap<PageState>, _ number: Int,
    _ first: UInt64
  ) {
    requires(guest.number < UInt64(PageRole.guests) && first <= 1 << 35 && vm != 0)
    requires(number >= 0)
    requires(isFound(found, guest, vm: vm, tables.seen, tables.roles) && found.isMapped)
    requires(areTheirs(tables.roles, pages, number, first))
    ensures(found.page(of: guest).number >= first)
    ensures(found.page(of: guest).number - first < UInt64(number))
    ensures(
      pages[Int(found.page(of: guest).number - first)].isFor(
        PageRole(vm: vm, level: 0, guest: 0, table: 0, entry: 0)))
    let page = Int(found.page(of: guest).number)
    holds(isTheirs(tables.roles[page], page, pages, number, first))
  }
}

// Pages change hands.

extension Tables {
  /// The pages of a range change, to which no VM's stage 2 leads, or which stay what they are to it.
  static func keepTheirs(
    _ index: Int, _ size: Int, _ roles: GhostMap<PageRole>, _ before: GhostMap<PageState>,
    _ pages: GhostMap<PageState>, _ number: Int, _ first: UInt64
  ) {
    requires(first <= 1 << 35 && number >= 0 && number <= 1 << 34 && size <= 512)
    requires(index >= 0 && size >= 0 && index <= number - size)
    requires(areTheirs(roles, before, number, first))
    requires(
      forall(0..<number) { pages[$0] == before[$0] || $0 >= index && $0 < index + size })
    requires(
      forall(index..<index + size) {
        roles[Int(first) + $0].vm == 0 || pages[$0].isFor(roles[Int(first) + $0])
      })
    ensures(areTheirs(roles, pages, number, first))
    for page in 0..<Tables.pages {
      invariant(forall(0..<page) { isTheirs(roles[$0], $0, pages, number, first) })
      if roles[page].vm != 0 {
        holds(isTheirs(roles[page], page, before, number, first))
        let place = page - Int(first)
        holds(pages[place] == before[place] || place >= index && place < index + size)
        holds(roles[Int(first) + place] == roles[page])
      }
    }
  }

  /// No stage 2 of the VM leads to a page.
  static func hasNothing(_ vm: Int, _ roles: GhostMap<PageRole>) -> Bool {
    let limit = Tables.pages
    return forall(0..<limit) { roles[$0].vm != vm }
  }

  /// To pages of the host, or of a VM to whose pages no stage 2 leads, none does.
  static func areUnused(
    _ index: Int, _ size: Int, _ vm: Int, _ roles: GhostMap<PageRole>,
    _ pages: GhostMap<PageState>, _ number: Int, _ first: UInt64
  ) {
    requires(
      first <= 1 << 35 && number >= 0 && number <= 1 << 34 && areTheirs(roles, pages, number, first)
    )
    requires(index >= 0 && size >= 0 && size <= 512 && index <= number - size)
    requires(vm == 0 || hasNothing(vm, roles))
    requires(
      forall(index..<index + size) { pages[$0].owner == 0 || Int(pages[$0].owner) == vm })
    ensures(forall(index..<index + size) { roles[Int(first) + $0].vm == 0 })
    for place in index..<index + size {
      invariant(forall(index..<place) { roles[Int(first) + $0].vm == 0 })
      let page = Int(first) + place
      holds(isTheirs(roles[page], page, pages, number, first))
      if vm != 0 { holds(roles[page].vm != vm) }
    }
  }
}
