import Contracts
import EngineABI

// What the host can access of the carve-out. Its level-2 entry of a block of 2 MiB follows from the
// block's count of absent pages: none, and the entry maps the whole block; all, and it is invalid;
// some, and it names the level-3 table that is kept for the block.

extension Machine {
  /// Hides one page or two of a block from the host, which are then a VM's: a whole block is split
  /// first.
  mutating func hideFromHost(
    _ index: Int, pages: Int, as state: PageState, _ effects: inout Effects
  ) {
    requires(index >= 0 && pages >= 1 && pages <= 2 && index % pages == 0)
    requires(index < ownership.pages.count && index + pages <= ownership.pages.count)
    requires(!state.hostMaps && state.isPossible)
    requires(
      forall(index..<index + pages) {
        ownership.pages[$0].hostMaps && ownership.pages[$0].use != .fixed
          && (ownership.pages[$0].owner == 0 || ownership.pages[$0].owner == state.owner)
      })
    ensures(forall(index..<index + pages) { ownership.pages[$0] == state })
    ensures(
      ghost: forall(0..<ownership.pages.count) {
        $0 < index || $0 >= index + pages ==> ownership.pages[$0] == old(ownership.pages[$0])
      })
    requires(effects.hasRoom(7))
    ensures(effects.count <= old(effects.count) + 7)
    let block = index / Ownership.blockPages
    let slot = hostLevel2Slot(block)
    let absent = Int(ownership.blocks[block].absent)
    if absent == 0 {
      effects.append(.fill(table: hostLevel3(block), first: .page(start(of: block), .normal)))
      for each in index..<index + pages {
        invariant(ghost: effects.count == old(effects.count) + 1 + (each - index))
        effects.append(.store(slot: hostLevel3Slot(each), .invalid))
      }
      effects.append(.store(slot: slot, .invalid))
      effects.append(.invalidateAll(vmid: 0))
      effects.append(.store(slot: slot, .table(hostLevel3(block))))
    } else if absent + pages == Ownership.blockPages {
      effects.append(.store(slot: slot, .invalid))
      effects.append(.invalidateAll(vmid: 0))
    } else {
      for each in index..<index + pages {
        invariant(ghost: effects.count == old(effects.count) + 2 * (each - index))
        effects.append(.store(slot: hostLevel3Slot(each), .invalid))
        effects.append(
          .invalidatePage(vmid: 0, GuestPage(number: ownership.page(at: each).number)))
      }
    }
    for each in index..<index + pages {
      invariant(forall(index..<each) { ownership.pages[$0] == state })
      invariant(
        ghost: forall(0..<ownership.pages.count) {
          $0 < index || $0 >= each ==> ownership.pages[$0] == old(ownership.pages[$0])
        })
      ownership.hide(each, as: state)
    }
  }

  /// Shows a page of a VM to the host, with which it is shared then or whose it is: a block of which
  /// it was the last is merged.
  mutating func showToHost(_ index: Int, as state: PageState, _ effects: inout Effects) {
    requires(index >= 0 && index < ownership.pages.count)
    requires(!ownership.pages[index].hostMaps)
    requires(state.hostMaps && state.use != .fixed && state.isPossible)
    requires(state.owner == 0 || ownership.pages[index].owner == state.owner)
    requires(effects.hasRoom(3))
    ensures(effects.count <= old(effects.count) + 3)
    ensures(ownership.pages[index] == state)
    ensures(
      ghost: forall(0..<ownership.pages.count) {
        $0 != index ==> ownership.pages[$0] == old(ownership.pages[$0])
      })
    let block = index / Ownership.blockPages
    let slot = hostLevel2Slot(block)
    let entry = Descriptor.page(ownership.page(at: index), .normal)
    ownership.show(index, as: state)
    switch Int(ownership.blocks[block].absent) {
    case 0:
      effects.append(.store(slot: slot, .invalid))
      effects.append(.invalidateAll(vmid: 0))
      effects.append(.store(slot: slot, .block(start(of: block), .normal)))
    case Ownership.blockPages - 1:
      effects.append(.fill(table: hostLevel3(block), first: .invalid))
      effects.append(.store(slot: hostLevel3Slot(index), entry))
      effects.append(.store(slot: slot, .table(hostLevel3(block))))
    default: effects.append(.store(slot: hostLevel3Slot(index), entry))
    }
  }

  func hostTranslation(_ page: PhysicalPage) -> Translation {
    memory.walk(root: configuration.hostRoot, GuestPage(number: page.number))
  }

  /// The host's level-2 entry of a block of the carve-out. Level 1 never changes.
  func hostLevel2Slot(_ block: Int) -> UInt64 {
    requires(block >= 0 && block < ownership.blocks.count)
    let address = start(of: block).address
    let rootSlot = configuration.hostRoot.address &+ (address >> 30) &* 8
    return memory.descriptor(at: rootSlot).address &+ (address >> 21 & 511) &* 8
  }

  /// The level-3 table that is kept for a block of the carve-out.
  private func hostLevel3(_ block: Int) -> PhysicalPage {
    requires(block >= 0)
    return PhysicalPage(
      number: configuration.hostLevel3.number &+ UInt64(truncatingIfNeeded: block))
  }

  /// The entry of a page in those tables, which lie side by side.
  private func hostLevel3Slot(_ index: Int) -> UInt64 {
    requires(index >= 0)
    return configuration.hostLevel3.address &+ UInt64(truncatingIfNeeded: index) &* 8
  }

  /// The first page of a block of the carve-out.
  private func start(of block: Int) -> PhysicalPage {
    requires(block >= 0 && block < ownership.blocks.count)
    return ownership.page(at: block * Ownership.blockPages)
  }
}
