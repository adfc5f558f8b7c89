import Contracts
import EngineABI

// What the host can access of the carve-out.

extension Ownership {
  /// Hides a page from the host, which is a VM's then: a whole block is split first.
  mutating func hideFromHost(_ index: Int, as state: PageState, _ effects: inout Effects) {
    requires(index >= 0 && index < pages.count)
    requires(pages[index].hostMaps && !state.hostMaps)
    requires(pages[index].use != .fixed && state.isPossible)
    requires(pages[index].owner == 0 || pages[index].owner == state.owner)
    requires(effects.hasRoom(5))
    requires(ghost: tables.agree(host, first, pages, blocks, but: -1))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.agree(host, first, pages, blocks, but: -1))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.ofVMs() == old(tables.ofVMs()))
    ensures(effects.count <= old(effects.count) + 5)
    ensures(pages[index] == state)
    ensures(ghost: forall(0..<pages.count) { $0 != index ==> pages[$0] == old(pages[$0]) })
    let block = index / Ownership.blockPages
    let absent = Int(blocks[block].absent)
    var before = GhostMap<PageState>()
    var former = BlockSight.unknown
    ghost {
      before = Tables.states(pages)
      former = tables.sight(block, host, first)
      tables.unsettle(
        block, host, first, blocks.count, Tables.states(pages), Tables.absents(blocks))
    }
    if absent == 0 {
      fillTable(block, mapped: true, &effects)
      clearPage(index, in: block, &effects)
      clearBlock(block, &effects)
      forgetAll(block, &effects)
      linkTable(block, &effects)
      holds(
        ghost: tables.sight(block, host, first)
          == BlockSight.split(
            Tables.table(host, block), Tables.filled(first, block, true),
            index % Ownership.blockPages))
    } else if absent + 1 == Ownership.blockPages {
      clearBlock(block, &effects)
      forgetAll(block, &effects)
    } else {
      clearPage(index, in: block, &effects)
      forgetPage(index, in: block, &effects)
    }
    var sight = BlockSight.unknown
    ghost { sight = tables.sight(block, host, first) }
    hide(index, in: block, as: state)
    ghost {
      if absent == 0 {
        sight.isSettledSplit(
          Tables.memory(first, block), Tables.table(host, block), Tables.filled(first, block, true),
          Tables.states(pages), block * Ownership.blockPages, index % Ownership.blockPages)
      }
      if absent > 0 && absent + 1 < Ownership.blockPages {
        tables.settle(
          block, index % Ownership.blockPages, host, first, blocks.count, Tables.states(pages),
          Tables.absents(blocks), before, former, .invalid, was: absent)
      } else {
        tables.settle(
          block, host, first, blocks.count, Tables.states(pages), Tables.absents(blocks))
      }
    }
  }

  /// Shows a page of a VM to the host, with which it is shared then or whose it is: a block of which
  /// it was the last is merged.
  mutating func showToHost(_ index: Int, as state: PageState, _ effects: inout Effects) {
    requires(index >= 0 && index < pages.count)
    requires(!pages[index].hostMaps)
    requires(state.hostMaps && state.use != .fixed && state.isPossible)
    requires(state.owner == 0 || pages[index].owner == state.owner)
    requires(effects.hasRoom(3))
    requires(ghost: tables.agree(host, first, pages, blocks, but: -1))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.agree(host, first, pages, blocks, but: -1))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.ofVMs() == old(tables.ofVMs()))
    ensures(effects.count <= old(effects.count) + 3)
    ensures(pages[index] == state)
    ensures(ghost: forall(0..<pages.count) { $0 != index ==> pages[$0] == old(pages[$0]) })
    let block = index / Ownership.blockPages
    ghost {
      tables.unsettle(
        block, host, first, blocks.count, Tables.states(pages), Tables.absents(blocks))
    }
    var before = GhostMap<PageState>()
    var sight = BlockSight.unknown
    ghost {
      before = Tables.states(pages)
      sight = tables.sight(block, host, first)
    }
    holds(
      ghost: Int(blocks[block].absent) == Ownership.blockPages
        ==> forall(block * Ownership.blockPages..<(block + 1) * Ownership.blockPages) {
          !pages[$0].hostMaps
        })
    show(index, in: block, as: state)
    switch Int(blocks[block].absent) {
    case 0:
      clearBlock(block, &effects)
      forgetAll(block, &effects)
      mapBlock(block, &effects)
      ghost {
        tables.settle(
          block, host, first, blocks.count, Tables.states(pages), Tables.absents(blocks))
      }
    case Ownership.blockPages - 1:
      fillTable(block, mapped: false, &effects)
      mapPage(index, in: block, &effects)
      linkTable(block, &effects)
      ghost {
        tables.settle(
          block, host, first, blocks.count, Tables.states(pages), Tables.absents(blocks))
      }
    default:
      mapPage(index, in: block, &effects)
      ghost {
        tables.settle(
          block, index % Ownership.blockPages, host, first,
          blocks.count, Tables.states(pages),
          Tables.absents(blocks), before, sight,
          Tables.memory(first, block, index % Ownership.blockPages),
          was: Int(blocks[block].absent) + 1)
      }
    }
  }

  /// Hides a block of which no page is a VM's, which is the VM's then.
  mutating func hideBlockFromHost(_ index: Int, for vm: VMID, _ effects: inout Effects) {
    requires(index >= 0 && index < pages.count && index % Ownership.blockPages == 0)
    requires(pages[index].use != .fixed && blocks[index / Ownership.blockPages].donated == 0)
    requires(effects.hasRoom(2))
    requires(ghost: tables.agree(host, first, pages, blocks, but: -1))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.agree(host, first, pages, blocks, but: -1))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.ofVMs() == old(tables.ofVMs()))
    ensures(effects.count == old(effects.count) + 2)
    ensures(
      forall(index..<index + Ownership.blockPages) {
        pages[$0] == PageState(owner: vm.raw, use: .normal)
      })
    ensures(
      ghost: forall(0..<pages.count) {
        $0 < index || $0 >= index + Ownership.blockPages ==> pages[$0] == old(pages[$0])
      })
    let block = index / Ownership.blockPages
    ghost {
      tables.unsettle(
        block, host, first, blocks.count, Tables.states(pages), Tables.absents(blocks))
    }
    clearBlock(block, &effects)
    forgetAll(block, &effects)
    giveBlock(index, in: block, to: vm)
    ghost {
      tables.settle(block, host, first, blocks.count, Tables.states(pages), Tables.absents(blocks))
    }
  }

  /// Shows a block that is a VM's and hidden to the host, whose it is then.
  mutating func showBlockToHost(_ index: Int, _ effects: inout Effects) {
    requires(index >= 0 && index < pages.count && index % Ownership.blockPages == 0)
    requires(Int(blocks[index / Ownership.blockPages].absent) == Ownership.blockPages)
    requires(effects.hasRoom(1))
    requires(ghost: tables.agree(host, first, pages, blocks, but: -1))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.agree(host, first, pages, blocks, but: -1))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.ofVMs() == old(tables.ofVMs()))
    ensures(effects.count == old(effects.count) + 1)
    ensures(forall(index..<index + Ownership.blockPages) { pages[$0] == .host })
    ensures(
      ghost: forall(0..<pages.count) {
        $0 < index || $0 >= index + Ownership.blockPages ==> pages[$0] == old(pages[$0])
      })
    let block = index / Ownership.blockPages
    ghost {
      tables.unsettle(
        block, host, first, blocks.count, Tables.states(pages), Tables.absents(blocks))
    }
    giveBackBlock(index, in: block)
    mapBlock(block, &effects)
    ghost {
      tables.settle(block, host, first, blocks.count, Tables.states(pages), Tables.absents(blocks))
    }
  }
}

// Changes of owner, after which the tables are as right as before for the other blocks.

extension Ownership {
  private mutating func hide(_ index: Int, in block: Int, as state: PageState) {
    requires(index >= 0 && index < pages.count && block == index / Ownership.blockPages)
    requires(pages[index].hostMaps && !state.hostMaps)
    requires(pages[index].use != .fixed && state.isPossible)
    requires(pages[index].owner == 0 || pages[index].owner == state.owner)
    requires(ghost: tables.agree(host, first, pages, blocks, but: block))
    requires(
      ghost: !Tables.sees(
        tables.sight(block, host, first).seen, tables.sight(block, host, first).seenLow,
        index % Ownership.blockPages))
    ensures(pages[index] == state && blocks[block].absent == old(blocks[block].absent) + 1)
    ensures(ghost: forall(0..<pages.count) { $0 != index ==> pages[$0] == old(pages[$0]) })
    ensures(ghost: tables.agree(host, first, pages, blocks, but: block))
    var before = GhostMap<PageState>()
    var absents = GhostMap<Int>()
    ghost {
      before = Tables.states(pages)
      absents = Tables.absents(blocks)
    }
    hide(index, as: state)
    ghost {
      tables.keepPage(
        index, block, host, first, blocks.count, before, Tables.states(pages), absents,
        Tables.absents(blocks))
    }
  }

  private mutating func show(_ index: Int, in block: Int, as state: PageState) {
    requires(index >= 0 && index < pages.count && block == index / Ownership.blockPages)
    requires(!pages[index].hostMaps && state.hostMaps)
    requires(state.use != .fixed && state.isPossible)
    requires(state.owner == 0 || pages[index].owner == state.owner)
    requires(ghost: tables.agree(host, first, pages, blocks, but: block))
    ensures(pages[index] == state && blocks[block].absent == old(blocks[block].absent) - 1)
    ensures(ghost: forall(0..<pages.count) { $0 != index ==> pages[$0] == old(pages[$0]) })
    ensures(ghost: tables.agree(host, first, pages, blocks, but: block))
    var before = GhostMap<PageState>()
    var absents = GhostMap<Int>()
    ghost {
      before = Tables.states(pages)
      absents = Tables.absents(blocks)
    }
    show(index, as: state)
    ghost {
      tables.keepPage(
        index, block, host, first, blocks.count, before, Tables.states(pages), absents,
        Tables.absents(blocks))
    }
  }

  private mutating func giveBlock(_ index: Int, in block: Int, to vm: VMID) {
    requires(index >= 0 && index < pages.count && index % Ownership.blockPages == 0)
    requires(block == index / Ownership.blockPages)
    requires(pages[index].use != .fixed && blocks[block].donated == 0)
    requires(ghost: tables.agree(host, first, pages, blocks, but: block))
    requires(ghost: !tables.sight(block, host, first).seen.isValid)
    ensures(
      forall(index..<index + Ownership.blockPages) {
        pages[$0] == PageState(owner: vm.raw, use: .normal)
      })
    ensures(
      ghost: forall(0..<pages.count) {
        $0 < index || $0 >= index + Ownership.blockPages ==> pages[$0] == old(pages[$0])
      })
    ensures(ghost: tables.agree(host, first, pages, blocks, but: block))
    var before = GhostMap<PageState>()
    var absents = GhostMap<Int>()
    ghost {
      before = Tables.states(pages)
      absents = Tables.absents(blocks)
    }
    giveBlock(index, to: vm)
    ghost {
      tables.keepBlock(
        block, host, first, blocks.count, before, Tables.states(pages), absents,
        Tables.absents(blocks))
    }
  }

  private mutating func giveBackBlock(_ index: Int, in block: Int) {
    requires(index >= 0 && index < pages.count && index % Ownership.blockPages == 0)
    requires(block == index / Ownership.blockPages)
    requires(Int(blocks[block].absent) == Ownership.blockPages)
    requires(ghost: tables.agree(host, first, pages, blocks, but: block))
    requires(ghost: !tables.sight(block, host, first).seen.isValid)
    ensures(forall(index..<index + Ownership.blockPages) { pages[$0] == .host })
    ensures(
      ghost: forall(0..<pages.count) {
        $0 < index || $0 >= index + Ownership.blockPages ==> pages[$0] == old(pages[$0])
      })
    ensures(ghost: tables.agree(host, first, pages, blocks, but: block))
    var before = GhostMap<PageState>()
    var absents = GhostMap<Int>()
    ghost {
      before = Tables.states(pages)
      absents = Tables.absents(blocks)
    }
    giveBackBlock(index)
    ghost {
      tables.keepBlock(
        block, host, first, blocks.count, before, Tables.states(pages), absents,
        Tables.absents(blocks))
    }
  }
}

// Steps of these, an effect each.

extension Ownership {
  private mutating func clearBlock(_ block: Int, _ effects: inout Effects) {
    requires(block >= 0 && block < blocks.count && effects.hasRoom(1))
    requires(ghost: tables.agree(host, first, pages, blocks, but: block))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(effects.count == old(effects.count) + 1)
    ensures(ghost: tables.agree(host, first, pages, blocks, but: block))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.ofVMs() == old(tables.ofVMs()))
    ensures(
      ghost: tables.sight(block, host, first) == old(tables.sight(block, host, first)).clearing)
    let before = tables
    ghost { tables.allowsBlock(block, .invalid, host, first, blocks.count) }
    perform(.store(slot: level2Slot(block).address, .invalid), &effects)
    ghost {
      var next = before
      next.clearBlock(
        block, .invalid, host, first, blocks.count, Tables.states(pages), Tables.absents(blocks))
      holds(tables == next)
    }
  }

  private mutating func mapBlock(_ block: Int, _ effects: inout Effects) {
    requires(block >= 0 && block < blocks.count && effects.hasRoom(1))
    requires(ghost: pages[block * Ownership.blockPages].use != .fixed)
    requires(ghost: !tables.sight(block, host, first).seen.isValid)
    requires(blocks[block].absent == 0)
    requires(ghost: tables.agree(host, first, pages, blocks, but: block))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(effects.count == old(effects.count) + 1)
    ensures(ghost: tables.agree(host, first, pages, blocks, but: block))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.ofVMs() == old(tables.ofVMs()))
    ensures(
      ghost: tables.sight(block, host, first)
        == old(tables.sight(block, host, first)).entering(Tables.memory(first, block)))
    let before = tables
    let descriptor: Descriptor = .block(start(of: block), .normal)
    ghost { tables.allowsBlock(block, descriptor, host, first, blocks.count) }
    perform(.store(slot: level2Slot(block).address, descriptor), &effects)
    ghost {
      holds(
        forall(block * Ownership.blockPages..<block * Ownership.blockPages + 512) {
          pages[$0].hostMaps
        })
      var next = before
      next.mapBlock(
        block, descriptor, host, first, blocks.count, Tables.states(pages), Tables.absents(blocks))
      holds(tables == next)
    }
  }

  private mutating func linkTable(_ block: Int, _ effects: inout Effects) {
    requires(block >= 0 && block < blocks.count && effects.hasRoom(1))
    requires(ghost: pages[block * Ownership.blockPages].use != .fixed)
    requires(ghost: !tables.sight(block, host, first).seen.isValid)
    requires(
      ghost: Tables.leadsToHosts(
        tables.sight(block, host, first).seenLow, Tables.states(pages), block * Ownership.blockPages
      ))
    requires(ghost: tables.agree(host, first, pages, blocks, but: block))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(effects.count == old(effects.count) + 1)
    ensures(ghost: tables.agree(host, first, pages, blocks, but: block))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.ofVMs() == old(tables.ofVMs()))
    ensures(
      ghost: tables.sight(block, host, first)
        == old(tables.sight(block, host, first)).entering(Tables.table(host, block)))
    let before = tables
    let descriptor: Descriptor = .table(level3(block))
    ghost { tables.allowsBlock(block, descriptor, host, first, blocks.count) }
    perform(.store(slot: level2Slot(block).address, descriptor), &effects)
    ghost {
      var next = before
      next.linkTable(
        block, descriptor, host, first, blocks.count, Tables.states(pages), Tables.absents(blocks))
      holds(tables == next)
    }
  }

  /// Fills a table that nothing names with the block's pages, or with invalid entries.
  private mutating func fillTable(_ block: Int, mapped: Bool, _ effects: inout Effects) {
    requires(block >= 0 && block < blocks.count && effects.hasRoom(1))
    requires(ghost: pages[block * Ownership.blockPages].use != .fixed)
    requires(ghost: tables.sight(block, host, first).seen.kind != .next)
    requires(ghost: tables.agree(host, first, pages, blocks, but: block))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(effects.count == old(effects.count) + 1)
    ensures(ghost: tables.agree(host, first, pages, blocks, but: block))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.ofVMs() == old(tables.ofVMs()))
    ensures(
      ghost: tables.sight(block, host, first)
        == old(tables.sight(block, host, first)).lows(
          written: Tables.filled(first, block, mapped), seen: Tables.filled(first, block, mapped)))
    let before = tables
    let descriptor: Descriptor = mapped ? .page(start(of: block), .normal) : .invalid
    ghost {
      tables.allowsFill(block, level3(block), descriptor, host, first, blocks.count)
    }
    perform(.fill(table: level3(block), first: descriptor), &effects)
    ghost {
      var next = before
      next.fillTable(
        block, mapped: mapped, level3(block), descriptor, host, first, blocks.count,
        Tables.states(pages),
        Tables.absents(blocks))
      holds(tables == next)
    }
  }

  private mutating func clearPage(_ index: Int, in block: Int, _ effects: inout Effects) {
    requires(block >= 0 && block < blocks.count && effects.hasRoom(1))
    requires(index >= 0 && index < pages.count && block == index / Ownership.blockPages)
    requires(ghost: tables.agree(host, first, pages, blocks, but: block))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(effects.count == old(effects.count) + 1)
    ensures(ghost: tables.agree(host, first, pages, blocks, but: block))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.ofVMs() == old(tables.ofVMs()))
    ensures(
      ghost: tables.sight(block, host, first)
        == old(tables.sight(block, host, first)).lows(
          written: Tables.setting(
            old(tables.sight(block, host, first)).writtenLow, index % Ownership.blockPages, .invalid
          ), seen: old(tables.sight(block, host, first)).seenLow))
    let before = tables
    ghost { tables.allowsPage(level3Slot(index), block, .invalid, host, first, blocks.count) }
    perform(.store(slot: level3Slot(index).address, .invalid), &effects)
    ghost {
      var next = before
      next.clearPage(
        level3Slot(index), block, .invalid, host, first, blocks.count, Tables.states(pages),
        Tables.absents(blocks))
      holds(tables == next)
    }
  }

  private mutating func mapPage(_ index: Int, in block: Int, _ effects: inout Effects) {
    requires(block >= 0 && block < blocks.count && effects.hasRoom(1))
    requires(index >= 0 && index < pages.count && block == index / Ownership.blockPages)
    requires(ghost: pages[block * Ownership.blockPages].use != .fixed)
    requires(ghost: !tables.sight(block, host, first).seenLow[index % Ownership.blockPages].isValid)
    requires(pages[index].hostMaps)
    requires(ghost: tables.agree(host, first, pages, blocks, but: block))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(effects.count == old(effects.count) + 1)
    ensures(ghost: tables.agree(host, first, pages, blocks, but: block))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.ofVMs() == old(tables.ofVMs()))
    ensures(
      ghost: tables.sight(block, host, first)
        == old(tables.sight(block, host, first)).lows(
          written: Tables.setting(
            old(tables.sight(block, host, first)).writtenLow, index % Ownership.blockPages,
            Tables.memory(first, block, index % Ownership.blockPages)),
          seen: Tables.setting(
            old(tables.sight(block, host, first)).seenLow, index % Ownership.blockPages,
            Tables.memory(first, block, index % Ownership.blockPages))))
    let before = tables
    let descriptor: Descriptor = .page(page(at: index), .normal)
    ghost { tables.allowsPage(level3Slot(index), block, descriptor, host, first, blocks.count) }
    perform(.store(slot: level3Slot(index).address, descriptor), &effects)
    ghost {
      var next = before
      next.mapPage(
        level3Slot(index), block, descriptor, host, first, blocks.count, Tables.states(pages),
        Tables.absents(blocks))
      holds(tables == next)
    }
  }

  private mutating func forgetPage(_ index: Int, in block: Int, _ effects: inout Effects) {
    requires(block >= 0 && block < blocks.count && effects.hasRoom(1))
    requires(index >= 0 && index < pages.count && block == index / Ownership.blockPages)
    requires(ghost: pages[block * Ownership.blockPages].use != .fixed)
    requires(ghost: tables.agree(host, first, pages, blocks, but: block))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(effects.count == old(effects.count) + 1)
    ensures(ghost: tables.agree(host, first, pages, blocks, but: block))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.ofVMs() == old(tables.ofVMs()))
    ensures(
      ghost: tables.sight(block, host, first)
        == old(tables.sight(block, host, first)).lows(
          written: old(tables.sight(block, host, first)).writtenLow,
          seen: Tables.setting(
            old(tables.sight(block, host, first)).seenLow, index % Ownership.blockPages,
            old(tables.sight(block, host, first)).writtenLow[index % Ownership.blockPages])))
    let before = tables
    let page = GuestPage(number: page(at: index).number)
    ghost { tables.allowsForgetting(page, host, first, blocks.count) }
    perform(.invalidatePage(vmid: 0, page), &effects)
    ghost {
      var next = before
      next.forgetPage(
        level3Slot(index), block, page, host, first, blocks.count, Tables.states(pages),
        Tables.absents(blocks))
      holds(tables == next)
    }
  }

  private mutating func forgetAll(_ block: Int, _ effects: inout Effects) {
    requires(block >= 0 && block < blocks.count && effects.hasRoom(1))
    requires(ghost: tables.agree(host, first, pages, blocks, but: block))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(effects.count == old(effects.count) + 1)
    ensures(ghost: tables.agree(host, first, pages, blocks, but: block))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.ofVMs() == old(tables.ofVMs()))
    ensures(
      ghost: tables.sight(block, host, first) == old(tables.sight(block, host, first)).forgettingAll
    )
    let before = tables
    ghost { tables.allowsForgettingAll(0, host, first, blocks.count) }
    perform(.invalidateAll(vmid: 0), &effects)
    ghost {
      var next = before
      next.forgetAll(block, host, first, blocks.count, Tables.states(pages), Tables.absents(blocks))
      holds(tables == next)
    }
  }
}
