import Contracts
import EngineABI

// What the host can access of the carve-out. Its level-2 entry of a block of 2 MiB follows from the
// block's count of absent pages: none, and the entry maps the whole block; all, and it is invalid;
// some, and it names the level-3 table that is kept for the block.

extension Machine {
  /// Gives pages of one block of the host to a VM, out of the host's reach when the effects are
  /// done.
  mutating func takeFromHost(
    _ index: Int, pages: Int, _ vm: VMID, as use: PageUse, _ effects: inout Effects
  ) {
    requires(index >= 0 && pages >= 0 && pages <= 2 && index + pages <= ownership.pages.count)
    requires(effects.hasRoom(7))
    ensures(effects.count <= old(effects.count) + 7)
    takeHostAccess(index, pages: pages, &effects)
    for page in index..<index + pages { ownership.give(page, to: vm, as: use) }
  }

  /// Takes mapped pages of one block, whose ownership has not changed yet, out of the host's
  /// stage 2: a whole block is split first.
  mutating func takeHostAccess(_ index: Int, pages: Int, _ effects: inout Effects) {
    requires(index >= 0 && pages >= 0 && pages <= 2 && index + pages <= ownership.pages.count)
    requires(effects.hasRoom(7))
    ensures(effects.count <= old(effects.count) + 7)
    let block = index / Int(PageSize.pagesPerBlock)
    let slot = hostLevel2Slot(block)
    let absent = Int(ownership.blocks[block].absent)
    if absent == 0 {
      effects.append(.fill(table: hostLevel3(block), first: .page(start(of: block), .normal)))
      for each in index..<index + pages {
        effects.append(.store(slot: hostLevel3Slot(each), .invalid))
      }
      effects.append(.store(slot: slot, .invalid))
      effects.append(.invalidateAll(vmid: 0))
      effects.append(.store(slot: slot, .table(hostLevel3(block))))
    } else if absent + pages == Int(PageSize.pagesPerBlock) {
      effects.append(.store(slot: slot, .invalid))
      effects.append(.invalidateAll(vmid: 0))
    } else {
      for each in index..<index + pages {
        effects.append(.store(slot: hostLevel3Slot(each), .invalid))
        effects.append(
          .invalidatePage(vmid: 0, GuestPage(number: ownership.page(at: each).number)))
      }
    }
  }

  /// Puts a page, whose ownership has changed already, back into the host's stage 2; a block of
  /// which it was the last is merged.
  mutating func giveHostAccess(_ index: Int, _ effects: inout Effects) {
    requires(index >= 0 && index < ownership.pages.count)
    requires(effects.hasRoom(3))
    ensures(effects.count <= old(effects.count) + 3)
    let block = index / Int(PageSize.pagesPerBlock)
    let slot = hostLevel2Slot(block)
    let entry = Descriptor.page(ownership.page(at: index), .normal)
    switch Int(ownership.blocks[block].absent) {
    case 0:
      effects.append(.store(slot: slot, .invalid))
      effects.append(.invalidateAll(vmid: 0))
      effects.append(.store(slot: slot, .block(start(of: block), .normal)))
    case Int(PageSize.pagesPerBlock) - 1:
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

  private func hostLevel3Slot(_ index: Int) -> UInt64 {
    requires(index >= 0)
    return hostLevel3(index / Int(PageSize.pagesPerBlock)).address
      &+ UInt64(truncatingIfNeeded: index % Int(PageSize.pagesPerBlock)) &* 8
  }

  /// The first page of a block of the carve-out.
  private func start(of block: Int) -> PhysicalPage {
    requires(block >= 0 && block < ownership.blocks.count)
    return ownership.page(at: block * Int(PageSize.pagesPerBlock))
  }
}
