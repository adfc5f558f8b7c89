import Contracts
import EngineABI
import IsolationCore

// Memory: who owns a page is said by the core's tables, who reaches it by the architectural walk of
// the stage-2 tables as they lie in memory.

/// The word of a page that its abstract contents stand for; the others are zero.
public let observedWord: UInt64 = 511

/// Owner, use, contents and the host's way to a page, and its VM's.
public func pageDiffers(_ core: borrowing Machine, _ spec: borrowing System, _ page: Int)
  -> Difference?
{
  if let found = ownerDiffers(core, spec, page) { return found }
  let mine = spec.pages[page]
  if mine.isMemory || mine.owner == 0 {
    if let found = compare(
      .pageContents, page, word(core, spec, page, observedWord), mine.contents)
    {
      return found
    }
  }
  return reachDiffers(core, spec, page)
}

/// The part of it that is quick to compare.
public func ownerDiffers(_ core: borrowing Machine, _ spec: borrowing System, _ page: Int)
  -> Difference?
{
  let mine = spec.pages[page]
  let its = core.ownership.pages[page]
  if its.owner != mine.owner {
    return Difference(.pageOwner, page, UInt64(its.owner), UInt64(mine.owner))
  }
  if !stands(its, for: mine) {
    return Difference(.pageUse, page, UInt64(its.use.rawValue), UInt64(mine.use.rawValue))
  }
  return nil
}

private func word(
  _ core: borrowing Machine, _ spec: borrowing System, _ page: Int, _ word: UInt64
) -> UInt64 {
  core.memory.descriptor(at: spec.address(of: page) &+ word &* 8).raw
}

/// What walks find.
private func reachDiffers(_ core: borrowing Machine, _ spec: borrowing System, _ page: Int)
  -> Difference?
{
  let mine = spec.pages[page]
  let number = spec.constants.firstPage &+ UInt64(truncatingIfNeeded: page)
  let hosts = core.memory.walk(root: core.configuration.hostRoot, GuestPage(number: number))
  let isThere =
    hosts.isMapped && hosts.page(of: GuestPage(number: number)).number == number
  if hosts.isMapped != mine.isHosts || isThere != mine.isHosts {
    return Difference(.hostMaps, page, hosts.descriptor.raw, mine.isHosts ? 1 : 0)
  }
  guard mine.owner != 0 else { return nil }
  let vm = Int(mine.owner) - 1
  // Nobody walks the tables of a VM that dies.
  guard spec.vms[vm].state == .loading || spec.vms[vm].state == .sealed else { return nil }
  let root = core.spaces[vm].root
  switch mine.use {
  case .memory, .shared:
    let place = GuestPage(number: mine.place)
    let found = core.memory.walk(root: root, place)
    guard found.isMapped, found.page(of: place).number == number else {
      return Difference(.guestMaps, page, found.descriptor.raw, mine.place)
    }
  case .root:
    guard number == root.number || number == root.number &+ 1 else {
      return Difference(.vmRoot, page, root.number, number)
    }
  case .table2:
    let entry = core.memory.descriptor(at: root.address &+ mine.place / 0x4_0000 &* 8)
    guard entry == .table(PhysicalPage(number: number)) else {
      return Difference(.tables, page, entry.raw, mine.place)
    }
  case .table3:
    let entry = core.memory.walk(root: root, GuestPage(number: mine.place))
    guard entry.level == 3, entry.slot == Slot(PhysicalPage(number: number), 0) else {
      return Difference(.tables, page, entry.slot.address, mine.place)
    }
  case .fixed: break
  }
  return nil
}

/// Every page, the counts of blocks and VMs, and that tables say no more than that.
///
/// - Parameter everyWord: that the words of memory that nobody writes are zero too, which takes
///   time.
public func memoryDiffers(
  _ core: borrowing Machine, _ spec: borrowing System, everyWord: Bool
) -> Difference? {
  for page in 0..<spec.pages.count {
    if let found = pageDiffers(core, spec, page) { return found }
    if everyWord && (spec.pages[page].isMemory || spec.pages[page].owner == 0) {
      for number in 0..<observedWord where word(core, spec, page, number) != 0 {
        return Difference(.pageContents, page, word(core, spec, page, number), 0)
      }
    }
  }
  let count = Int(PageSize.pagesPerBlock)
  for block in 0..<spec.pages.count / count {
    var donated: UInt64 = 0
    var absent: UInt64 = 0
    for page in block * count..<(block + 1) * count {
      if spec.pages[page].owner != 0 { donated = donated &+ 1 }
      if !spec.pages[page].isHosts { absent = absent &+ 1 }
    }
    let its = core.ownership.blocks[block]
    if UInt64(its.donated) != donated || UInt64(its.absent) != absent {
      return Difference(.blockCounts, block, UInt64(its.absent), absent)
    }
  }
  for vm in 1...UInt64(Limits.vms) {
    if let found = tablesDiffer(core, spec, vm) { return found }
  }
  return nil
}

/// Each page of a VM was found by a walk; there are not more entries than that takes.
private func tablesDiffer(_ core: borrowing Machine, _ spec: borrowing System, _ vm: UInt64)
  -> Difference?
{
  let index = Int(vm) - 1
  if let found = compare(.vmPages, index, core.spaces[index].pages, spec.ownedPages(vm)) {
    return found
  }
  guard spec.vms[index].state == .loading || spec.vms[index].state == .sealed else { return nil }
  var entries: UInt64 = 0
  var wanted: UInt64 = 0
  for page in 0..<spec.pages.count where UInt64(spec.pages[page].owner) == vm {
    switch spec.pages[page].use {
    case .root:
      entries = entries &+ validEntries(core, spec, page)
    case .table2, .table3:
      wanted = wanted &+ 1
      entries = entries &+ validEntries(core, spec, page)
    case .memory, .shared:
      // A block has one entry: where its first page is.
      let place = spec.pages[page].place
      if place % PageSize.pagesPerBlock == 0 || spec.hasTable(vm, .table3, for: place) {
        wanted = wanted &+ 1
      }
    case .fixed: break
    }
  }
  return compare(.tables, index, entries, wanted)
}

private func validEntries(_ core: borrowing Machine, _ spec: borrowing System, _ page: Int)
  -> UInt64
{
  var count: UInt64 = 0
  for entry in 0..<PageSize.pagesPerBlock
  where core.memory.descriptor(at: spec.address(of: page) &+ entry &* 8).isValid {
    count = count &+ 1
  }
  return count
}
