import EngineABI

@testable import IsolationCore

/// A cached stage-2 translation: pages of a VMID from `input` on lead to those from `output` on.
struct CachedTranslation: Hashable {
  var vmid: UInt8
  var input: UInt64
  var output: UInt64
  var pages: UInt64

  func contains(input page: UInt64) -> Bool { page &- input < pages }
  func contains(output page: UInt64) -> Bool { page &- output < pages }
}

/// A cached step of a walk: the level-3 table of a block of a VMID.
struct CachedWalk: Hashable {
  var vmid: UInt8
  var block: UInt64
  var table: UInt64
}

/// What the CPUs may still know of tables that have changed: filled by a walk at any moment,
/// emptied by a completed invalidation alone.
struct TranslationCaches {
  var translations: [Set<CachedTranslation>]
  var walks: [Set<CachedWalk>]
  static let capacity = 48

  init(cpus: Int) {
    translations = Array(repeating: [], count: cpus)
    walks = Array(repeating: [], count: cpus)
  }

  /// What any CPU does that looks a page up: the walk itself, and from what it remembers of it.
  mutating func fill(
    cpu: Int, vmid: UInt8, root: PhysicalPage, page: UInt64, from memory: borrowing TableMemory
  ) {
    if translations[cpu].count >= TranslationCaches.capacity {
      translations[cpu].remove(at: translations[cpu].startIndex)
    }
    if walks[cpu].count >= TranslationCaches.capacity {
      walks[cpu].remove(at: walks[cpu].startIndex)
    }
    let found = memory.walk(root: root, GuestPage(number: page))
    remember(cpu, vmid, page, found)
    let block = page / PageSize.pagesPerBlock
    for walk in walks[cpu] where walk.vmid == vmid && walk.block == block {
      let slot = Slot(PhysicalPage(number: walk.table / PageSize.page), page)
      remember(
        cpu, vmid, page,
        Translation(level: 3, descriptor: memory.descriptor(at: slot.address), slot: slot))
    }
    if found.level == 3 {
      walks[cpu].insert(
        CachedWalk(vmid: vmid, block: block, table: found.slot.table.address))
    }
  }

  private mutating func remember(
    _ cpu: Int, _ vmid: UInt8, _ page: UInt64, _ found: Translation
  ) {
    guard found.isMapped else { return }
    let pages = found.span / PageSize.page
    let input = page & ~(pages - 1)
    translations[cpu].insert(
      CachedTranslation(
        vmid: vmid, input: input,
        output: found.page(of: GuestPage(number: input)).number, pages: pages))
  }

  mutating func invalidate(vmid: UInt8, page: UInt64) {
    for cpu in translations.indices {
      translations[cpu] = translations[cpu].filter {
        $0.vmid != vmid || !$0.contains(input: page)
      }
      walks[cpu] = walks[cpu].filter {
        $0.vmid != vmid || $0.block != page / PageSize.pagesPerBlock
      }
    }
  }

  mutating func invalidate(vmid: UInt8) {
    for cpu in translations.indices { invalidate(vmid: vmid, on: cpu) }
  }

  mutating func invalidate(vmid: UInt8, on cpu: Int) {
    translations[cpu] = translations[cpu].filter { $0.vmid != vmid }
    walks[cpu] = walks[cpu].filter { $0.vmid != vmid }
  }

  /// A CPU that still has a way to a physical page under one of these VMIDs.
  func reaches(output page: UInt64, vmid: (UInt8) -> Bool) -> CachedTranslation? {
    for cpu in translations.indices {
      for each in translations[cpu] where vmid(each.vmid) && each.contains(output: page) {
        return each
      }
    }
    return nil
  }

  func remembers(table: UInt64) -> Bool {
    walks.contains { $0.contains { $0.table == table } }
  }

  func knows(vmid: UInt8) -> Bool {
    translations.contains { $0.contains { $0.vmid == vmid } }
      || walks.contains { $0.contains { $0.vmid == vmid } }
  }
}
