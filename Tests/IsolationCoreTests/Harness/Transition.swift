import EngineABI
import Foundation
import IsolationCore

/// What one trap changes, and what its effects have done of that so far.
struct Transition {
  /// Ownership before the trap, and the pages that it changed.
  var before = [PageState](repeating: .host, count: TestMachine.pages)
  private static let bytes = TestMachine.pages * MemoryLayout<PageState>.stride
  var changed: [Int] = []
  /// Pages that effects of this trap scrubbed or cleaned while nobody of the host could reach them.
  var cleaned: Set<Int> = []
  /// Entries that went from valid to invalid, and what they translated: not to be made valid again
  /// before an invalidation.
  var broken: [UInt64: CachedTranslation] = [:]
  /// What the host's level-2 entries of the carve-out translate, by their place.
  private(set) var hostLevel2: [UInt64: UInt64] = [:]

  mutating func remember(hostSlots: [UInt64]) {
    for (block, slot) in hostSlots.enumerated() {
      hostLevel2[slot] = TestMachine.firstPage + UInt64(block) * PageSize.pagesPerBlock
    }
  }

  mutating func begin(_ pages: UnsafeRawPointer) {
    changed = []
    cleaned = []
    before.withUnsafeMutableBytes { _ = memcpy($0.baseAddress!, pages, Transition.bytes) }
  }

  /// Finds the pages that differ now.
  mutating func compare(_ pages: UnsafeRawPointer) {
    let now = pages.assumingMemoryBound(to: PageState.self)
    let block = Transition.bytes / TestMachine.blocks
    for first in stride(from: 0, to: TestMachine.pages, by: 512) {
      let offset = first / 512 * block
      let same = before.withUnsafeBytes {
        memcmp($0.baseAddress! + offset, pages + offset, block) == 0
      }
      guard !same else { continue }
      for index in first..<first + 512 where before[index] != now[index] { changed.append(index) }
    }
  }

  /// What an entry of the host's tables for the carve-out translates.
  func hostInput(slot: UInt64) -> (page: UInt64, pages: UInt64)? {
    if let page = hostLevel2[slot] { return (page, PageSize.pagesPerBlock) }
    let offset = slot &- TestMachine.level3
    guard offset < UInt64(TestMachine.blocks) * PageSize.page else { return nil }
    return (TestMachine.firstPage + offset / 8, 1)
  }
}

extension TestMachine {
  static let firstPage = carveOut.base / PageSize.page

  /// Where the host's level-2 entries of the carve-out's blocks lie.
  func hostSlots() -> [UInt64] {
    (0..<TestMachine.blocks).map { block in
      machine.memory.walk(
        root: map.root,
        GuestPage(number: TestMachine.firstPage + UInt64(block) * PageSize.pagesPerBlock)
      ).slot.address
    }
  }

  /// The index of a physical page in the carve-out.
  func index(_ page: UInt64) -> Int? {
    page &- TestMachine.firstPage < UInt64(TestMachine.pages)
      ? Int(page &- TestMachine.firstPage) : nil
  }

  func violate(_ what: String) {
    if violations.count < 10 {
      violations.append("\(what); effects \(performed)")
    }
  }

  /// Finds what the core's decision changed.
  func noteChanges() {
    let known = transition.changed.count
    transition.compare(regions.pages)
    for index in transition.changed[known...] {
      let old = transition.before[index]
      let new = machine.ownership.pages[index]
      if old.owner != 0 { owned[Int(old.owner)] -= 1 }
      if new.owner != 0 { owned[Int(new.owner)] += 1 }
    }
  }

  /// Pages that decide whether the order of effects is right: a few of those that changed.
  func interest() -> [Int] {
    guard transition.changed.count > 4 else { return transition.changed }
    let changed = transition.changed
    return [
      changed[0], changed[changed.count - 1], random.pick(changed), random.pick(changed),
    ]
  }

  /// Every CPU looks up what it can, as a hostile host and guests would.
  func refill(_ pages: [Int]) {
    for cpu in processors.indices {
      let loaded = processors[cpu].loaded
      for page in pages {
        if loaded == 0 {
          fill(cpu, 0, TestMachine.firstPage + UInt64(page))
        } else if let mapped = processors[cpu].guestPages.randomElement(using: &random) {
          fill(cpu, loaded, mapped)
        }
      }
    }
  }

  func fill(_ cpu: Int, _ vmid: UInt8, _ page: UInt64) {
    let root = vmid == 0 ? map.root : processors[cpu].root
    caches.fill(cpu: cpu, vmid: vmid, root: root, page: page, from: machine.memory)
  }

  /// No way, old or new, leads a VM or the host to a page that it has not; a page on its way may be
  /// reached by whoever had it or will have it.
  func checkReach(_ pages: [Int], finished: Bool) {
    for page in pages {
      let old = transition.before[page]
      let new = machine.ownership.pages[page]
      let number = TestMachine.firstPage + UInt64(page)
      let hostMay = new.hostMaps || (!finished && old.hostMaps)
      let hostReaches = machine.memory.walk(root: map.root, GuestPage(number: number))
      if !hostMay {
        if hostReaches.isMapped { violate("the host's table maps page \(page), \(new)") }
        if let cached = caches.reaches(output: number, vmid: { $0 == 0 }) {
          violate("the host still reaches page \(page), \(new), by \(cached)")
        }
      }
      if finished && new.hostMaps != hostReaches.isMapped {
        violate("page \(page) is \(new) but the host's table says \(hostReaches)")
      }
      if let cached = caches.reaches(
        output: number,
        vmid: { vmid in
          vmid != 0 && !(new.owner == vmid && new.use != .table)
            && !(!finished && old.owner == vmid && old.use != .table)
        })
      {
        violate("page \(page), \(new), is reached by \(cached)")
      }
      // A page that the host shared is scrubbed once it is out of its reach.
      let isHandedBack = old.owner != 0 && new.owner == 0
      let isDue = !old.hostMaps || finished || transition.cleaned.contains(page)
      if isHandedBack && isDue && hostReaches.isMapped && !isZero(page) {
        violate("page \(page) comes back to the host with what VM \(old.owner) left in it")
      }
    }
  }

  func isZero(_ page: Int) -> Bool {
    guard written[page] else { return true }
    for word in 0..<512 where memory[page * 512 + word] != 0 { return false }
    return true
  }

  /// Somebody writes to a page.
  func write(page: Int, word: Int = 0, _ value: UInt64) {
    written[page] = true
    memory[page * 512 + word] = value
  }
}

extension Random: RandomNumberGenerator {}
