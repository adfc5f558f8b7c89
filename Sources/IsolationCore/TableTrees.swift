import Contracts
import EngineABI

// Why steps keep it that each page with a role is where its role says, and that no other page is.

extension Tables {
  /// No page has the place.
  static func isFree(_ role: PageRole, _ roles: GhostMap<PageRole>) -> Bool {
    forall(0..<Tables.pages) { !roles[$0].hasPlace(of: role) }
  }

  private static func areSame(
    _ entries: GhostMap<TableEntry>, _ before: GhostMap<TableEntry>
  ) -> Bool {
    forall(0..<512) { entries[$0] == before[$0] }
  }

  /// What is seen changes where no VM's tables are.
  static func keepTrees(
    _ before: GhostMap<GhostMap<TableEntry>>, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ roles: GhostMap<PageRole>, _ places: GhostMap<GhostMap<GhostMap<Int>>>
  ) {
    requires(areTrees(before, roles, places))
    requires(forall(0..<Tables.pages) { roles[$0].isTable ==> areSame(seen[$0], before[$0]) })
    ensures(areTrees(seen, roles, places))
    for page in 0..<Tables.pages {
      invariant(forall(0..<page) { isHeld($0, roles[$0], seen, roles, places) })
      holds(isHeld(page, roles[page], before, roles, places))
      keepHeldWhereSame(page, roles[page], before, seen, roles, places)
    }
  }

  private static func keepHeldWhereSame(
    _ page: Int, _ role: PageRole, _ before: GhostMap<GhostMap<TableEntry>>,
    _ seen: GhostMap<GhostMap<TableEntry>>, _ roles: GhostMap<PageRole>,
    _ places: GhostMap<GhostMap<GhostMap<Int>>>
  ) {
    requires(isHeld(page, role, before, roles, places))
    requires(forall(0..<Tables.pages) { roles[$0].isTable ==> areSame(seen[$0], before[$0]) })
    ensures(isHeld(page, role, seen, roles, places))
    if role.vm != 0 && !role.isRoot { holds(areSame(seen[role.table], before[role.table])) }
  }

  /// A VM's pages are its no more.
  static func fellTrees(
    _ vm: Int, _ seen: GhostMap<GhostMap<TableEntry>>, _ before: GhostMap<PageRole>,
    _ places: GhostMap<GhostMap<GhostMap<Int>>>
  ) {
    requires(areTrees(seen, before, places))
    ensures(areTrees(seen, ending(vm, before), places))
    let roles = ending(vm, before)
    for page in 0..<Tables.pages {
      invariant(forall(0..<page) { isHeld($0, roles[$0], seen, roles, places) })
      holds(isHeld(page, before[page], seen, before, places))
      if before[page].vm != vm { keepHeldOfOther(page, before[page], vm, seen, before, places) }
    }
  }

  private static func keepHeldOfOther(
    _ page: Int, _ role: PageRole, _ vm: Int, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ before: GhostMap<PageRole>, _ places: GhostMap<GhostMap<GhostMap<Int>>>
  ) {
    requires(isHeld(page, role, seen, before, places) && role.vm != vm)
    ensures(isHeld(page, role, seen, ending(vm, before), places))
  }

  /// A page to which nothing leads becomes a root.
  static func plantTrees(
    _ page: Int, _ role: PageRole, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ before: GhostMap<PageRole>, _ placesBefore: GhostMap<GhostMap<GhostMap<Int>>>
  ) {
    requires(areTrees(seen, before, placesBefore) && page >= 0 && page < Tables.pages)
    requires(before[page].vm == 0 && role.isRoot && isFree(role, before))
    ensures(areTrees(seen, setting(before, page, role), setting(placesBefore, role, page)))
    let roles = setting(before, page, role)
    let places = setting(placesBefore, role, page)
    for other in 0..<Tables.pages {
      invariant(forall(0..<other) { isHeld($0, roles[$0], seen, roles, places) })
      holds(isHeld(other, before[other], seen, before, placesBefore))
      if other != page && before[other].vm != 0 {
        keepHeldBeside(other, page, role, seen, before, placesBefore)
      }
    }
  }

  /// A page to which nothing leads gets its place by an entry that is empty so far.
  static func growTrees(
    _ slot: Slot, _ page: Int, _ role: PageRole, _ before: GhostMap<GhostMap<TableEntry>>,
    _ rolesBefore: GhostMap<PageRole>, _ placesBefore: GhostMap<GhostMap<GhostMap<Int>>>
  ) {
    requires(areTrees(before, rolesBefore, placesBefore) && page >= 0 && page < Tables.pages)
    requires(rolesBefore[page].vm == 0 && rolesBefore[slot.page].isTable)
    requires(!before[slot.page][slot.index].isValid)
    requires(role == rolesBefore[slot.page].below(slot.index, of: slot.page))
    ensures(
      areTrees(
        changing(before, slot, TableEntry(kind: .next, page: page)),
        setting(rolesBefore, page, role), setting(placesBefore, role, page)))
    let seen = changing(before, slot, TableEntry(kind: .next, page: page))
    let roles = setting(rolesBefore, page, role)
    let places = setting(placesBefore, role, page)
    for other in 0..<Tables.pages {
      invariant(forall(0..<other) { isHeld($0, roles[$0], seen, roles, places) })
      holds(isHeld(other, rolesBefore[other], before, rolesBefore, placesBefore))
      if other != page && rolesBefore[other].vm != 0 {
        isElsewhere(other, slot, before, rolesBefore, placesBefore)
        keepHeldBeside(other, page, role, before, rolesBefore, placesBefore)
        keepHeldAsWritten(
          other, roles[other], slot, TableEntry(kind: .next, page: page), before, roles, places)
      }
    }
  }

  /// The same for the pages of a block.
  static func growTreesByBlock(
    _ slot: Slot, _ first: Int, _ role: PageRole, _ before: GhostMap<GhostMap<TableEntry>>,
    _ rolesBefore: GhostMap<PageRole>, _ placesBefore: GhostMap<GhostMap<GhostMap<Int>>>
  ) {
    requires(areTrees(before, rolesBefore, placesBefore))
    requires(first >= 0 && first < Tables.pages - 512)
    requires(forall(first..<first + 512) { rolesBefore[$0].vm == 0 })
    requires(rolesBefore[slot.page].isTable && rolesBefore[slot.page].level == 2)
    requires(!before[slot.page][slot.index].isValid)
    requires(role == rolesBefore[slot.page].block(slot.index, of: slot.page))
    ensures(
      areTrees(
        changing(before, slot, TableEntry(kind: .block, page: first)),
        settingBlock(rolesBefore, first, role), settingBlock(placesBefore, role, first)))
    let seen = changing(before, slot, TableEntry(kind: .block, page: first))
    let roles = settingBlock(rolesBefore, first, role)
    let places = settingBlock(placesBefore, role, first)
    for other in 0..<Tables.pages {
      invariant(forall(0..<other) { isHeld($0, roles[$0], seen, roles, places) })
      holds(isHeld(other, rolesBefore[other], before, rolesBefore, placesBefore))
      if other >= first && other < first + 512 {
        isHeldInBlock(other, slot, first, role, before, rolesBefore, placesBefore)
        holds(roles[other] == role.following(other - first))
        holds(isHeld(other, roles[other], seen, roles, places))
      } else if rolesBefore[other].vm != 0 {
        isBeside(other, slot, before, rolesBefore, placesBefore)
        keepHeldBesideBlock(other, first, role, before, rolesBefore, placesBefore)
        holds(roles[other] == rolesBefore[other])
        keepHeldAsWritten(
          other, roles[other], slot, TableEntry(kind: .block, page: first), before, roles, places)
        holds(isHeld(other, roles[other], seen, roles, places))
      } else {
        holds(roles[other].vm == 0)
        holds(isHeld(other, roles[other], seen, roles, places))
      }
    }
  }

  /// Another page gets a role with another place.
  private static func keepHeldBeside(
    _ other: Int, _ page: Int, _ role: PageRole, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ before: GhostMap<PageRole>, _ places: GhostMap<GhostMap<GhostMap<Int>>>
  ) {
    requires(other != page && isHeld(other, before[other], seen, before, places))
    requires(before[page].vm == 0 && !before[other].hasPlace(of: role))
    ensures(
      isHeld(
        other, before[other], seen, setting(before, page, role), setting(places, role, page)))
  }

  private static func keepHeldBesideBlock(
    _ other: Int, _ first: Int, _ role: PageRole, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ before: GhostMap<PageRole>, _ places: GhostMap<GhostMap<GhostMap<Int>>>
  ) {
    requires(first >= 0 && first < Tables.pages - 512)
    requires(forall(first..<first + 512) { before[$0].vm == 0 })
    requires(role.guest >= 0 && role.guest <= PageRole.guests)
    requires(isHeld(other, before[other], seen, before, places))
    requires(before[other].vm != 0 && !before[other].isWithin(role))
    ensures(
      isHeld(
        other, before[other], seen, settingBlock(before, first, role),
        settingBlock(places, role, first)))
  }

  /// A page of the block has its place.
  private static func isHeldInBlock(
    _ page: Int, _ slot: Slot, _ first: Int, _ role: PageRole,
    _ before: GhostMap<GhostMap<TableEntry>>, _ roles: GhostMap<PageRole>,
    _ places: GhostMap<GhostMap<GhostMap<Int>>>
  ) {
    requires(first >= 0 && first < Tables.pages - 512 && page >= first && page < first + 512)
    requires(forall(first..<first + 512) { roles[$0].vm == 0 })
    requires(roles[slot.page].isTable && roles[slot.page].level == 2)
    requires(role == roles[slot.page].block(slot.index, of: slot.page))
    ensures(
      isHeld(
        page, role.following(page - first),
        changing(before, slot, TableEntry(kind: .block, page: first)),
        settingBlock(roles, first, role), settingBlock(places, role, first)))
    holds(settingBlock(roles, first, role)[slot.page] == roles[slot.page])
    holds(
      changing(before, slot, TableEntry(kind: .block, page: first))[slot.page][slot.index]
        == TableEntry(kind: .block, page: first))
  }

  /// An entry is written that was empty.
  private static func keepHeldAsWritten(
    _ other: Int, _ role: PageRole, _ slot: Slot, _ entry: TableEntry,
    _ before: GhostMap<GhostMap<TableEntry>>, _ roles: GhostMap<PageRole>,
    _ places: GhostMap<GhostMap<GhostMap<Int>>>
  ) {
    requires(isHeld(other, role, before, roles, places))
    requires(!before[slot.page][slot.index].isValid)
    ensures(isHeld(other, role, changing(before, slot, entry), roles, places))
  }

  /// No page has the place to which an empty entry would lead.
  private static func isElsewhere(
    _ page: Int, _ slot: Slot, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ roles: GhostMap<PageRole>, _ places: GhostMap<GhostMap<GhostMap<Int>>>
  ) {
    requires(areTrees(seen, roles, places) && page >= 0 && page < Tables.pages)
    requires(roles[slot.page].isTable && !seen[slot.page][slot.index].isValid)
    requires(roles[page].vm != 0)
    ensures(!roles[page].hasPlace(of: roles[slot.page].below(slot.index, of: slot.page)))
    let role = roles[page]
    let table = roles[slot.page]
    holds(isHeld(page, role, seen, roles, places))
    if role.hasPlace(of: table.below(slot.index, of: slot.page)) {
      holds(!role.isRoot)
      let parent = roles[role.table]
      if seen[role.table][role.entry].kind == .next {
        PageRole.areAlike(parent, role.entry, table, slot.index)
        areOne(role.table, slot.page, seen, roles, places)
      } else {
        isOfLevel2(slot.page, seen, roles, places)
        let above = roles[table.table]
        PageRole.areAlike(
          parent, role.entry, role.guest - (parent.guest + role.entry * 512), above, table.entry,
          slot.index)
        areOne(role.table, table.table, seen, roles, places)
      }
    }
  }

  /// No page has one of the places in a block to which an empty entry would lead.
  private static func isBeside(
    _ page: Int, _ slot: Slot, _ seen: GhostMap<GhostMap<TableEntry>>,
    _ roles: GhostMap<PageRole>, _ places: GhostMap<GhostMap<GhostMap<Int>>>
  ) {
    requires(areTrees(seen, roles, places) && page >= 0 && page < Tables.pages)
    requires(roles[slot.page].isTable && roles[slot.page].level == 2)
    requires(!seen[slot.page][slot.index].isValid && roles[page].vm != 0)
    ensures(!roles[page].isWithin(roles[slot.page].block(slot.index, of: slot.page)))
    let role = roles[page]
    let table = roles[slot.page]
    holds(isHeld(page, role, seen, roles, places))
    if role.isWithin(table.block(slot.index, of: slot.page)) {
      holds(!role.isRoot)
      let distance = role.guest - (table.guest + slot.index * 512)
      let parent = roles[role.table]
      if seen[role.table][role.entry].kind == .next {
        isOfLevel2(role.table, seen, roles, places)
        PageRole.areAlike(
          roles[parent.table], parent.entry, role.entry, table, slot.index, distance)
        areOne(parent.table, slot.page, seen, roles, places)
      } else {
        PageRole.areAlike(
          parent, role.entry, role.guest - (parent.guest + role.entry * 512), table, slot.index,
          distance)
        areOne(role.table, slot.page, seen, roles, places)
      }
    }
  }

  /// An entry of a table of level 2 leads to each table of level 3.
  private static func isOfLevel2(
    _ page: Int, _ seen: GhostMap<GhostMap<TableEntry>>, _ roles: GhostMap<PageRole>,
    _ places: GhostMap<GhostMap<GhostMap<Int>>>
  ) {
    requires(areTrees(seen, roles, places) && page >= 0 && page < Tables.pages)
    requires(roles[page].isTable && roles[page].level == 3)
    ensures(roles[page].table >= 0 && roles[page].table < Tables.pages)
    ensures(roles[page].entry >= 0 && roles[page].entry < 512)
    ensures(seen[roles[page].table][roles[page].entry].kind == .next)
    ensures(roles[roles[page].table].isTable && roles[roles[page].table].level == 2)
    ensures(roles[roles[page].table].vm == roles[page].vm)
    ensures(roles[page].guest == roles[roles[page].table].guest + roles[page].entry * 512)
    holds(isHeld(page, roles[page], seen, roles, places))
  }
}

extension PageRole {
  /// The place of one of the pages of a block.
  func isWithin(_ block: PageRole) -> Bool {
    requires(block.guest >= 0 && block.guest <= PageRole.guests)
    return vm == block.vm && level == block.level && guest >= block.guest
      && guest < block.guest + 512
  }

  /// What two tables lead to has one place only if it is the same entry of tables with one place.
  static func areAlike(_ one: PageRole, _ entry: Int, _ other: PageRole, _ index: Int) {
    requires(one.isTable && other.isTable && one.level == other.level)
    requires(entry >= 0 && entry < 512 && index >= 0 && index < 512)
    requires(one.below(entry, of: 0).guest == other.below(index, of: 0).guest)
    ensures(one.guest == other.guest && entry == index)
  }

  /// The same for guest pages that so many lie behind the first ones of two entries of level 2.
  static func areAlike(
    _ one: PageRole, _ entry: Int, _ distance: Int, _ other: PageRole, _ index: Int, _ offset: Int
  ) {
    requires(one.isTable && other.isTable && one.level == 2 && other.level == 2)
    requires(entry >= 0 && entry < 512 && index >= 0 && index < 512)
    requires(distance >= 0 && distance < 512 && offset >= 0 && offset < 512)
    requires(
      one.guest + entry * 512 + distance == other.guest + index * 512 + offset)
    ensures(one.guest == other.guest && entry == index)
  }
}
