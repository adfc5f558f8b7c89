import Contracts
import EngineABI

// The host's stage-2 tables of the carve-out. Its level-2 entry of a block of 2 MiB follows from the
// block's count of absent pages: none, and the entry maps the whole block; all, and it is invalid;
// some, and it names the level-3 table that is kept for the block.

extension Ownership {
  /// The host's level-2 entry of a block. Those of all blocks lie side by side.
  static func level2Slot(_ host: HostTables, _ first: UInt64, _ block: Int) -> Slot {
    opaque()
    requires(block >= 0 && block < 1 << 25 && first <= 1 << 35)
    requires(host.level2.number < first)
    requires(block / Ownership.blockPages + 2 <= Int(first - host.level2.number))
    ensures { (slot: Slot) in
      slot.table.number >= host.level2.number && slot.table.number < PhysicalPage.limit
        && slot.entry < 512
        && Int(slot.table.number - host.level2.number) <= block / Ownership.blockPages + 1
        && block == Int(slot.table.number - host.level2.number) * 512 + Int(slot.entry)
          - Int(first / 512 % 512)
    }
    let number = first / 512 + UInt64(block)
    return Slot(
      PhysicalPage(number: host.level2.number + (number / 512 - first / 512 / 512)), number % 512)
  }

  func level2Slot(_ block: Int) -> Slot {
    requires(block >= 0 && block < blocks.count)
    return Ownership.level2Slot(host, first, block)
  }

  /// The level-3 table that is kept for a block.
  func level3(_ block: Int) -> PhysicalPage {
    requires(block >= 0 && block < blocks.count)
    return PhysicalPage(number: host.level3.number + UInt64(block))
  }

  /// The entry of a page in those tables.
  func level3Slot(_ index: Int) -> Slot {
    requires(index >= 0 && index < pages.count)
    return Slot(level3(index / Ownership.blockPages), UInt64(index % Ownership.blockPages))
  }

  /// The first page of a block.
  func start(of block: Int) -> PhysicalPage {
    requires(block >= 0 && block < blocks.count)
    return page(at: block * Ownership.blockPages)
  }
}
