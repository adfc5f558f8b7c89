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
    ensures(effects.count <= old(effects.count) + 5)
    ensures(pages[index] == state)
    ensures(ghost: forall(0..<pages.count) { $0 != index ==> pages[$0] == old(pages[$0]) })
    let block = index / Ownership.blockPages
    let absent = Int(blocks[block].absent)
    if absent == 0 {
      fillTable(block, mapped: true, &effects)
      clearPage(index, &effects)
      clearBlock(block, &effects)
      forgetAll(&effects)
      linkTable(block, &effects)
    } else if absent + 1 == Ownership.blockPages {
      clearBlock(block, &effects)
      forgetAll(&effects)
    } else {
      clearPage(index, &effects)
      forgetPage(index, &effects)
    }
    hide(index, as: state)
  }

  /// Shows a page of a VM to the host, with which it is shared then or whose it is: a block of which
  /// it was the last is merged.
  mutating func showToHost(_ index: Int, as state: PageState, _ effects: inout Effects) {
    requires(index >= 0 && index < pages.count)
    requires(!pages[index].hostMaps)
    requires(state.hostMaps && state.use != .fixed && state.isPossible)
    requires(state.owner == 0 || pages[index].owner == state.owner)
    requires(effects.hasRoom(3))
    ensures(effects.count <= old(effects.count) + 3)
    ensures(pages[index] == state)
    ensures(ghost: forall(0..<pages.count) { $0 != index ==> pages[$0] == old(pages[$0]) })
    let block = index / Ownership.blockPages
    show(index, as: state)
    switch Int(blocks[block].absent) {
    case 0:
      clearBlock(block, &effects)
      forgetAll(&effects)
      mapBlock(block, &effects)
    case Ownership.blockPages - 1:
      fillTable(block, mapped: false, &effects)
      mapPage(index, &effects)
      linkTable(block, &effects)
    default: mapPage(index, &effects)
    }
  }

  /// Hides a block of which no page is a VM's, which is the VM's then.
  mutating func hideBlockFromHost(_ index: Int, for vm: VMID, _ effects: inout Effects) {
    requires(index >= 0 && index < pages.count && index % Ownership.blockPages == 0)
    requires(pages[index].use != .fixed && blocks[index / Ownership.blockPages].donated == 0)
    requires(effects.hasRoom(2))
    ensures(effects.count == old(effects.count) + 2)
    ensures(
      forall(index..<index + Ownership.blockPages) {
        pages[$0] == PageState(owner: vm.raw, use: .normal)
      })
    ensures(
      ghost: forall(0..<pages.count) {
        $0 < index || $0 >= index + Ownership.blockPages ==> pages[$0] == old(pages[$0])
      })
    clearBlock(index / Ownership.blockPages, &effects)
    forgetAll(&effects)
    giveBlock(index, to: vm)
  }

  /// Shows a block that is a VM's and hidden to the host, whose it is then.
  mutating func showBlockToHost(_ index: Int, _ effects: inout Effects) {
    requires(index >= 0 && index < pages.count && index % Ownership.blockPages == 0)
    requires(Int(blocks[index / Ownership.blockPages].absent) == Ownership.blockPages)
    requires(effects.hasRoom(1))
    ensures(effects.count == old(effects.count) + 1)
    ensures(forall(index..<index + Ownership.blockPages) { pages[$0] == .host })
    ensures(
      ghost: forall(0..<pages.count) {
        $0 < index || $0 >= index + Ownership.blockPages ==> pages[$0] == old(pages[$0])
      })
    giveBackBlock(index)
    mapBlock(index / Ownership.blockPages, &effects)
  }
}

// Steps of these, an effect each.

extension Ownership {
  private func clearBlock(_ block: Int, _ effects: inout Effects) {
    requires(block >= 0 && block < blocks.count && effects.hasRoom(1))
    ensures(effects.count == old(effects.count) + 1)
    effects.append(.store(slot: level2Slot(block).address, .invalid))
  }

  private func mapBlock(_ block: Int, _ effects: inout Effects) {
    requires(block >= 0 && block < blocks.count && effects.hasRoom(1))
    ensures(effects.count == old(effects.count) + 1)
    effects.append(
      .store(slot: level2Slot(block).address, .block(start(of: block), .normal)))
  }

  private func linkTable(_ block: Int, _ effects: inout Effects) {
    requires(block >= 0 && block < blocks.count && effects.hasRoom(1))
    ensures(effects.count == old(effects.count) + 1)
    effects.append(.store(slot: level2Slot(block).address, .table(level3(block))))
  }

  /// Fills a table that nothing names with the block's pages, or with invalid entries.
  private func fillTable(_ block: Int, mapped: Bool, _ effects: inout Effects) {
    requires(block >= 0 && block < blocks.count && effects.hasRoom(1))
    ensures(effects.count == old(effects.count) + 1)
    effects.append(
      .fill(table: level3(block), first: mapped ? .page(start(of: block), .normal) : .invalid))
  }

  private func clearPage(_ index: Int, _ effects: inout Effects) {
    requires(index >= 0 && index < pages.count && effects.hasRoom(1))
    ensures(effects.count == old(effects.count) + 1)
    effects.append(.store(slot: level3Slot(index).address, .invalid))
  }

  private func mapPage(_ index: Int, _ effects: inout Effects) {
    requires(index >= 0 && index < pages.count && effects.hasRoom(1))
    ensures(effects.count == old(effects.count) + 1)
    effects.append(
      .store(slot: level3Slot(index).address, .page(page(at: index), .normal)))
  }

  private func forgetPage(_ index: Int, _ effects: inout Effects) {
    requires(index >= 0 && index < pages.count && effects.hasRoom(1))
    ensures(effects.count == old(effects.count) + 1)
    effects.append(.invalidatePage(vmid: 0, GuestPage(number: page(at: index).number)))
  }

  private func forgetAll(_ effects: inout Effects) {
    requires(effects.hasRoom(1))
    ensures(effects.count == old(effects.count) + 1)
    effects.append(.invalidateAll(vmid: 0))
  }
}
