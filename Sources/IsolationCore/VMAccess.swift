import Contracts
import EngineABI

// How pages change hands, and how VMs' tables change. What every CPU can make of the tables, the host's
// and the VMs', agrees with who owns what after each of these as before it.

extension Ownership {
  /// Hides a page from the host: one of its own goes to a VM, or a shared one is private again.
  @inline(__always)
  mutating func hidePage(_ index: Int, as state: PageState, _ effects: inout Effects) {
    requires(index >= 0 && index < pages.count)
    requires(pages[index].hostMaps && !state.hostMaps)
    requires(pages[index].use != .fixed && state.isPossible)
    requires(pages[index].owner == 0 || pages[index].owner == state.owner && state.use != .table)
    requires(effects.hasRoom(5))
    requires(ghost: tables.agree(with: self))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.agree(with: self) && tables.ofVMs() == old(tables.ofVMs()))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(
      ghost: old(pages[index].owner) == 0 ==> tables.ofVMs().areUnused(Int(first) + index, 1))
    ensures(effects.count <= old(effects.count) + 5)
    ensures(pages[index] == state)
    ensures(ghost: forall(0..<pages.count) { $0 != index ==> pages[$0] == old(pages[$0]) })
    let before = tables
    var states = GhostMap<PageState>()
    ghost { states = Tables.states(pages) }
    hideFromHost(index, as: state, &effects)
    ghost {
      Tables.hideOwned(
        before, tables, index, states, host, blocks.count, Tables.absents(blocks),
        Tables.states(pages), pages.count, first)
    }
  }

  /// Shows a page of a VM to the host: it is shared, or it was one of a VM that has no tables any more
  /// and is the host's now.
  @inline(__always)
  mutating func showPage(_ index: Int, as state: PageState, _ effects: inout Effects) {
    requires(index >= 0 && index < pages.count)
    requires(!pages[index].hostMaps)
    requires(state.hostMaps && state.use != .fixed && state.isPossible)
    requires(state.owner == 0 || pages[index].owner == state.owner && pages[index].use != .table)
    requires(
      ghost: state.owner != 0 || tables.ofVMs().hasNothing(Int(pages[index].owner)))
    requires(effects.hasRoom(3))
    requires(ghost: tables.agree(with: self))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.agree(with: self) && tables.ofVMs() == old(tables.ofVMs()))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(effects.count <= old(effects.count) + 3)
    ensures(pages[index] == state)
    ensures(ghost: forall(0..<pages.count) { $0 != index ==> pages[$0] == old(pages[$0]) })
    let before = tables
    var states = GhostMap<PageState>()
    ghost { states = Tables.states(pages) }
    showToHost(index, as: state, &effects)
    ghost {
      Tables.showOwned(
        before, tables, index, states, host, blocks.count, Tables.absents(blocks),
        Tables.states(pages), pages.count, first)
    }
  }

  /// Hides a block of which no page is a VM's, which is the VM's then.
  @inline(__always)
  mutating func hideBlock(_ index: Int, for vm: VMID, _ effects: inout Effects) {
    requires(index >= 0 && index < pages.count && index % Ownership.blockPages == 0)
    requires(pages[index].use != .fixed && blocks[index / Ownership.blockPages].donated == 0)
    requires(effects.hasRoom(2))
    requires(ghost: tables.agree(with: self))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.agree(with: self) && tables.ofVMs() == old(tables.ofVMs()))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.ofVMs().areUnused(Int(first) + index, Ownership.blockPages))
    ensures(effects.count == old(effects.count) + 2)
    ensures(
      forall(index..<index + Ownership.blockPages) {
        pages[$0] == PageState(owner: vm.raw, use: .normal)
      })
    ensures(
      ghost: forall(0..<pages.count) {
        $0 < index || $0 >= index + Ownership.blockPages ==> pages[$0] == old(pages[$0])
      })
    let before = tables
    var states = GhostMap<PageState>()
    ghost { states = Tables.states(pages) }
    holds(ghost: forall(index..<index + Ownership.blockPages) { pages[$0].owner == 0 })
    hideBlockFromHost(index, for: vm, &effects)
    ghost {
      Tables.moveBlock(
        before, tables, index, 0, states, host, blocks.count, Tables.absents(blocks),
        Tables.states(pages), pages.count, first)
    }
  }

  /// Shows a block of a VM that has no tables any more to the host, whose it is then.
  @inline(__always)
  mutating func showBlock(_ index: Int, of vm: VMID, _ effects: inout Effects) {
    requires(index >= 0 && index < pages.count && index % Ownership.blockPages == 0)
    requires(Int(blocks[index / Ownership.blockPages].absent) == Ownership.blockPages)
    requires(
      ghost: forall(index..<index + Ownership.blockPages) { pages[$0].owner == vm.raw })
    requires(ghost: tables.ofVMs().hasNothing(Int(vm.raw)))
    requires(effects.hasRoom(1))
    requires(ghost: tables.agree(with: self))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.agree(with: self) && tables.ofVMs() == old(tables.ofVMs()))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(effects.count == old(effects.count) + 1)
    ensures(forall(index..<index + Ownership.blockPages) { pages[$0] == .host })
    ensures(
      ghost: forall(0..<pages.count) {
        $0 < index || $0 >= index + Ownership.blockPages ==> pages[$0] == old(pages[$0])
      })
    let before = tables
    var states = GhostMap<PageState>()
    ghost { states = Tables.states(pages) }
    showBlockToHost(index, &effects)
    ghost {
      Tables.moveBlock(
        before, tables, index, Int(vm.raw), states, host, blocks.count, Tables.absents(blocks),
        Tables.states(pages), pages.count, first)
    }
  }
}

// Effects on pages and VMs' tables.

extension Ownership {
  /// Fills pages with zeros to which no VM's stage 2 leads.
  @inline(__always)
  mutating func scrub(_ index: Int, pages count: UInt64, _ effects: inout Effects) {
    requires(count >= 1 && count <= 512 && index >= 0 && index <= pages.count - Int(count))
    requires(effects.hasRoom(1))
    requires(ghost: tables.agree(with: self))
    requires(ghost: effects.tables.isSame(as: tables))
    requires(ghost: tables.ofVMs().areUnused(Int(first) + index, Int(count)))
    ensures(ghost: tables.agree(with: self) && tables.ofVMs() == old(tables.ofVMs()))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.areEmpty(Int(first) + index, Int(count)))
    ensures(effects.count == old(effects.count) + 1)
    let before = tables
    ghost { tables.allowsScrub(page(at: index), count, host, first, blocks.count) }
    perform(.scrub(page(at: index), pages: count), &effects)
    ghost {
      Tables.scrubOwned(
        before, tables, page(at: index), count, host, first, blocks.count, Tables.states(pages),
        Tables.absents(blocks), pages.count)
    }
  }

  /// Enters a VM's page where a walk of its tables found nothing for a guest page: at level 3 it is
  /// memory then, above an empty table of the next level.
  @inline(__always)
  mutating func enter(
    _ index: Int, _ descriptor: Descriptor, at found: Translation, _ guest: GuestPage, _ vm: VMID,
    _ effects: inout Effects
  ) {
    requires(index >= 0 && index < pages.count && effects.hasRoom(1))
    requires(guest.number < UInt64(PageRole.guests))
    requires(pages[index].owner == vm.raw && (pages[index].use == .table) == (found.level < 3))
    requires(ghost: descriptor.isPlain)
    requires(
      ghost: descriptor.entry == TableEntry(kind: .next, page: Int(first) + index))
    requires(ghost: tables.agree(with: self))
    requires(ghost: effects.tables.isSame(as: tables))
    requires(ghost: tables.ofVMs().isFree(found.slot, found.level, guest, Int(vm.raw)))
    requires(ghost: tables.ofVMs().areUnused(Int(first) + index, 1))
    requires(ghost: found.level == 3 || tables.areEmpty(Int(first) + index, 1))
    ensures(ghost: tables.agree(with: self))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.ofVMs().isSame(old(tables.ofVMs()), but: Int(vm.raw)))
    ensures(ghost: tables.ofVMs().keeps(old(tables.ofVMs())))
    ensures(
      ghost: found.level == 3 ==> tables.ofVMs().finds(Int(first) + index, at: guest, Int(vm.raw)))
    ensures(effects.count == old(effects.count) + 1)
    let before = tables
    ghost {
      tables.allowsEntry(
        found.slot, found.level, guest, Int(vm.raw), descriptor, host, first, blocks.count,
        Tables.states(pages))
    }
    perform(.store(slot: found.slot.address, descriptor), &effects)
    ghost {
      tables.enterOwned(
        found.slot, found.level, page(at: index), descriptor, guest, Int(vm.raw), before, host,
        first, blocks.count, Tables.states(pages), Tables.absents(blocks), pages.count, index)
    }
  }

  /// The same of a block, at level 2.
  @inline(__always)
  mutating func enterBlock(
    _ index: Int, _ descriptor: Descriptor, at found: Translation, _ guest: GuestPage, _ vm: VMID,
    _ effects: inout Effects
  ) {
    requires(index >= 0 && index <= pages.count - Ownership.blockPages && effects.hasRoom(1))
    requires(index % Ownership.blockPages == 0)
    requires(guest.number < UInt64(PageRole.guests) && guest.number % 512 == 0)
    requires(found.level == 2)
    requires(
      ghost: forall(index..<index + Ownership.blockPages) {
        pages[$0] == PageState(owner: vm.raw, use: .normal)
      })
    requires(ghost: descriptor.isPlain)
    requires(
      ghost: descriptor.entry == TableEntry(kind: .block, page: Int(first) + index))
    requires(ghost: tables.agree(with: self))
    requires(ghost: effects.tables.isSame(as: tables))
    requires(ghost: tables.ofVMs().isFree(found.slot, found.level, guest, Int(vm.raw)))
    requires(ghost: tables.ofVMs().areUnused(Int(first) + index, Ownership.blockPages))
    ensures(ghost: tables.agree(with: self))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.ofVMs().isSame(old(tables.ofVMs()), but: Int(vm.raw)))
    ensures(ghost: tables.ofVMs().keeps(old(tables.ofVMs())))
    ensures(ghost: tables.ofVMs().finds(Int(first) + index, at: guest, Int(vm.raw)))
    ensures(effects.count == old(effects.count) + 1)
    let before = tables
    ghost {
      tables.allowsEntry(
        found.slot, found.level, guest, Int(vm.raw), descriptor, host, first, blocks.count,
        Tables.states(pages))
    }
    perform(.store(slot: found.slot.address, descriptor), &effects)
    ghost {
      tables.enterOwnedBlock(
        found.slot, page(at: index), descriptor, guest, Int(vm.raw), before, host, first,
        blocks.count, Tables.states(pages), Tables.absents(blocks), pages.count, index)
    }
  }

  /// Two of the host's pages become the tables from which the walks of a VM start that has none.
  @inline(__always)
  mutating func giveRoot(_ index: Int, to vm: VMID, _ effects: inout Effects) {
    requires(index >= 0 && index < pages.count - 1 && effects.hasRoom(11))
    requires(pages[index] == .host && pages[index + 1] == .host)
    requires(ghost: tables.agree(with: self) && tables.ofVMs().hasNothing(Int(vm.raw)))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.agree(with: self))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.ofVMs().isSame(old(tables.ofVMs()), but: Int(vm.raw)))
    ensures(ghost: tables.ofVMs().hasRoot(page(at: index), Int(vm.raw)))
    ensures(effects.count <= old(effects.count) + 11)
    ensures(
      ghost: forall(0..<pages.count) {
        pages[$0]
          == ($0 == index || $0 == index + 1
            ? PageState(owner: vm.raw, use: .table) : old(pages[$0]))
      })
    hidePage(index, as: PageState(owner: vm.raw, use: .table), &effects)
    hidePage(index + 1, as: PageState(owner: vm.raw, use: .table), &effects)
    ghost { VMSight.areUnused(tables.ofVMs(), Int(first) + index) }
    scrub(index, pages: 2, &effects)
    ghost {
      tables.plantOwned(
        page(at: index), Int(vm.raw), host, first, blocks.count, Tables.states(pages),
        Tables.absents(blocks), pages.count, index)
    }
  }

  /// A VM of which no vCPU runs or will has no tables any more: what was cached of them is forgotten.
  @inline(__always)
  mutating func end(_ vm: VMID, _ effects: inout Effects) {
    requires(effects.hasRoom(1))
    requires(ghost: tables.agree(with: self))
    requires(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.agree(with: self))
    ensures(ghost: effects.tables.isSame(as: tables))
    ensures(ghost: tables.ofVMs().hasNothing(Int(vm.raw)))
    ensures(ghost: tables.ofVMs().isSame(old(tables.ofVMs()), but: Int(vm.raw)))
    ensures(effects.count == old(effects.count) + 1)
    let before = tables
    ghost { tables.allowsForgettingAll(UInt64(vm.raw), host, first, blocks.count) }
    perform(.invalidateAll(vmid: UInt64(vm.raw)), &effects)
    ghost {
      tables.endOwned(
        Int(vm.raw), before, host, first, blocks.count, Tables.states(pages),
        Tables.absents(blocks), pages.count, forgotten: forgotten[Int(vm.raw)])
    }
  }
}
