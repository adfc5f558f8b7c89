import Contracts
import EngineABI

// What effects mean to tables and TLBs: the model of the machine on which the proof of isolation rests.
// The core's proofs are about lists of effects; that the glue carries them out, in order and one after
// the other, is reviewed (Docs/trusted-base.md).

extension Tables {
  /// The tables, when an effect on them has been carried out.
  ///
  /// - Parameters:
  ///   - host, first: where the host's tables of the carve-out lie, and its first page.
  func after(_ effect: Effect, _ host: HostTables, _ first: UInt64) -> Tables {
    opaque()
    switch effect {
    case .store(let address, let descriptor): return storing(Slot(at: address), descriptor.entry)
    case .fill(let table, let first):
      return filling(
        PhysicalPage(number: table.number % PhysicalPage.limit),
        Tables.consecutive(first))
    case .scrub(let page, let pages):
      return scrubbing(Int(page.number % PhysicalPage.limit), Int(pages % PhysicalPage.limit))
    case .invalidatePage(let vmid, let page):
      return vmid == 0 ? forgetting(Tables.slot(of: page, host, first)) : self
    case .invalidateAll(let vmid): return vmid == 0 ? forgettingAll : self
    default: return self
    }
  }

  /// An effect changes what tables say, not what pages are to VMs: that is decided beside it.
  static func keepRoles(
    _ tables: Tables, _ effect: Effect, _ host: HostTables, _ first: UInt64
  ) {
    ensures(tables.after(effect, host, first).roles == tables.roles)
    ensures(tables.after(effect, host, first).places == tables.places)
  }

  /// What a table is filled with: pages from one on, or nothing.
  static func consecutive(_ first: Descriptor) -> GhostMap<TableEntry> {
    GhostMap { entry in
      first.isValid && entry >= 0 && entry < 512
        ? TableEntry(kind: .next, page: Int(first.page.number) + entry) : .invalid
    }
  }

  /// Where the host's walk for a page of the carve-out ends, if its block is not mapped whole.
  static func slot(of page: GuestPage, _ host: HostTables, _ first: UInt64) -> Slot {
    let index = page.number &- first
    return Slot(
      PhysicalPage(
        number: (host.level3.number &+ index / PageSize.pagesPerBlock) % PhysicalPage.limit),
      index)
  }
}

extension Slot {
  init(at address: UInt64) {
    self.init(
      PhysicalPage(number: address / PageSize.page % PhysicalPage.limit), address / 8)
  }

  /// An entry's address says which it is.
  func addressed() {
    ensures(Slot(at: address) == self)
  }
}
