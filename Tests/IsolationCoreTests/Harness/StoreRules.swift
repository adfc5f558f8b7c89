import EngineABI
import IsolationCore

extension TestMachine {
  /// Break before make (Arm ARM D8.17), and what a guest's table may come to hold.
  func checkStore(_ slot: UInt64, _ old: Descriptor, _ new: Descriptor) {
    if old.isValid && new.isValid && old != new {
      violate("entry at \(hex(slot)) is replaced without a break")
    }
    if new.isValid, let broken = transition.broken[slot] {
      violate("entry at \(hex(slot)) is made before \(broken) is forgotten")
    }
    if let table = index(slot / PageSize.page) {
      checkGuestStore(slot, table, old, new)
    } else if let input = transition.hostInput(slot: slot) {
      if old.isValid && !new.isValid && isLinked(slot) {
        transition.broken[slot] = CachedTranslation(
          vmid: 0, input: input.page, output: 0, pages: input.pages)
      }
    } else {
      violate("store to \(hex(slot)), which is no table of the carve-out")
    }
  }

  /// Whether a walk of the host can come to the entry.
  private func isLinked(_ slot: UInt64) -> Bool {
    if transition.hostLevel2[slot] != nil { return true }
    let table = slot & ~(PageSize.page - 1)
    return caches.remembers(table: table)
      || transition.hostLevel2.keys.contains {
        machine.memory.descriptor(at: $0).address == table
          && machine.memory.descriptor(at: $0).isTable
      }
  }

  private func checkGuestStore(
    _ slot: UInt64, _ table: Int, _ old: Descriptor, _ new: Descriptor
  ) {
    let owner = machine.ownership.pages[table]
    if owner.owner == 0 || owner.use != .table {
      violate("store to page \(table), which is \(owner)")
    }
    if old.isValid { violate("an entry of VM \(owner.owner) is taken away") }
    guard let level = tableLevel(slot / PageSize.page, of: owner.owner) else {
      violate("store to a table that VM \(owner.owner) does not reach")
      return
    }
    let isTable = new.isTable && level < 3
    let span: UInt64 = isTable || level == 3 ? 1 : PageSize.pagesPerBlock
    for page in new.address / PageSize.page..<new.address / PageSize.page + span {
      guard let mapped = index(page) else {
        violate("VM \(owner.owner) gets a page outside the carve-out")
        return
      }
      let state = machine.ownership.pages[mapped]
      if state.owner != owner.owner || (state.use == .table) != isTable {
        violate("VM \(owner.owner) gets page \(mapped), which is \(state)")
      }
      if !transition.cleaned.contains(mapped) {
        violate("page \(mapped) is mapped for VM \(owner.owner) before it is clean")
      }
      let isLoading =
        machine.spaces[Int(owner.owner) - 1].state == .loading
      if (isTable || !isLoading) && !isZero(mapped) {
        violate("page \(mapped) is mapped for VM \(owner.owner) with the host's data in it")
      }
      if let cached = caches.reaches(output: page, vmid: { $0 != owner.owner }) {
        violate("page \(mapped) is given to VM \(owner.owner) while reached by \(cached)")
      }
    }
  }

  /// Memory is cleaned or scrubbed only where nobody but its owner can write any more.
  func noteCleaned(_ page: PhysicalPage, _ pages: UInt64) {
    guard watches else { return }
    guard let first = index(page.number) else {
      violate("clean outside the carve-out")
      return
    }
    for each in first..<first + Int(pages) {
      transition.cleaned.insert(each)
      let number = TestMachine.firstPage + UInt64(each)
      if pages == 1 || each % 64 == 0 {
        if machine.memory.walk(root: map.root, GuestPage(number: number)).isMapped {
          violate("page \(each) is cleaned while the host's table maps it")
        }
        if let cached = caches.reaches(output: number, vmid: { $0 == 0 }) {
          violate("page \(each) is cleaned while the host reaches it by \(cached)")
        }
      }
    }
  }

  /// The level of a VM's table that lies in a page; `nil` if it is none of its.
  func tableLevel(_ page: UInt64, of vm: UInt8) -> Int? {
    guard vm != 0 else { return nil }
    let root = machine.spaces[Int(vm) - 1].root.number
    if page == root || page == root + 1 { return 1 }
    for (table, level) in tables(root) where table == page { return level }
    return nil
  }

  /// The tables below a root with their levels.
  func tables(_ root: UInt64) -> [(page: UInt64, level: Int)] {
    var found: [(page: UInt64, level: Int)] = []
    for (_, level2) in entries(of: root, 1024) where level2.isTable {
      found.append((level2.address / PageSize.page, 2))
      for (_, level3) in entries(of: level2.address / PageSize.page, 512) where level3.isTable {
        found.append((level3.address / PageSize.page, 3))
      }
    }
    return found
  }

  /// The valid entries of tables in the carve-out.
  func entries(of page: UInt64, _ count: Int) -> [(entry: UInt64, descriptor: Descriptor)] {
    guard let index = index(page) else {
      violate("a table outside the carve-out at \(hex(page * PageSize.page))")
      return []
    }
    var found: [(entry: UInt64, descriptor: Descriptor)] = []
    for entry in 0..<count {
      let raw = memory[index * 512 + entry]
      if raw & 1 != 0 { found.append((UInt64(entry), Descriptor(raw: raw))) }
    }
    return found
  }

  /// Some guest pages that a root maps.
  func mappedPages(_ root: PhysicalPage) -> [UInt64] {
    var found: [UInt64] = []
    for (top, level2) in entries(of: root.number, 1024) where level2.isTable {
      for (middle, level3) in entries(of: level2.address / PageSize.page, 512) {
        let block = (top << 9 | middle) << 9
        if !level3.isTable {
          found.append(block)
        } else {
          for (low, _) in entries(of: level3.address / PageSize.page, 512) {
            found.append(block | low)
          }
        }
      }
    }
    return found
  }
}

func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
