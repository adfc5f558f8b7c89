import Contracts
import EngineABI

// Who owns which page, who reaches it, and the calls that change that.

/// Pages of 1 GiB.
private let pagesPerGiB: UInt64 = 0x4_0000
/// First address beyond what a guest can name.
private let guestLimit: UInt64 = 1 << 40

extension System {
  // MARK: Who reaches what

  /// The page of the carve-out at a physical address, or `nil`.
  public func page(at address: UInt64) -> Int? {
    let number = address / PageSize.page
    guard number >= constants.firstPage,
      number &- constants.firstPage < UInt64(truncatingIfNeeded: pages.count)
    else { return nil }
    return Int(truncatingIfNeeded: number &- constants.firstPage)
  }

  func address(of page: Int) -> UInt64 {
    (constants.firstPage &+ UInt64(truncatingIfNeeded: page)) &* PageSize.page
  }

  /// The page that a VM finds at a guest page, or `nil`.
  public func memory(of vm: UInt64, at place: UInt64) -> Int? {
    for page in 0..<pages.count
    where UInt64(pages[page].owner) == vm && pages[page].place == place && pages[page].isMemory {
      return page
    }
    return nil
  }

  /// The same for an address.
  public func memory(of vm: UInt64, atAddress address: UInt64) -> Int? {
    guard address < guestLimit else { return nil }
    return memory(of: vm, at: address / PageSize.page)
  }

  /// Whether a VM has a table of this kind for a guest page.
  func hasTable(_ vm: UInt64, _ use: Use, for place: UInt64) -> Bool {
    let serves = use == .table2 ? pagesPerGiB : PageSize.pagesPerBlock
    for page in 0..<pages.count
    where UInt64(pages[page].owner) == vm && pages[page].use == use
      && pages[page].place == place / serves &* serves
    {
      return true
    }
    return false
  }

  /// Whether a VM has any memory among the 512 guest pages around one.
  func hasMemory(_ vm: UInt64, inBlockOf place: UInt64) -> Bool {
    for page in 0..<pages.count
    where UInt64(pages[page].owner) == vm && pages[page].isMemory
      && pages[page].place / PageSize.pagesPerBlock == place / PageSize.pagesPerBlock
    {
      return true
    }
    return false
  }

  /// Whether the host can access an address: of the carve-out what is its own or shared with it;
  /// beside it, all but the engine's memory and the absent pages (and devices that are left out
  /// here).
  public func hostReaches(_ address: UInt64) -> Bool {
    if let page = page(at: address) { return pages[page].isHosts }
    return address &- constants.engineBase >= constants.engineBytes
      && address &- AbsentPage.base >= AbsentPage.bytes && address < guestLimit
  }

  // MARK: Loads and stores

  mutating func hostLoad(_ cpu: Int, _ address: UInt64) {
    guard hostReaches(address) else { return refuseHost(cpu, .alignment) }
    if let page = page(at: address) { cpus[cpu].registers.x[0] = pages[page].contents }
    cpus[cpu].registers.next()
  }

  mutating func hostStore(_ cpu: Int, _ address: UInt64, _ value: UInt64) {
    cpus[cpu].registers.x[0] = value
    guard hostReaches(address) else { return refuseHost(cpu, .alignment) }
    if let page = page(at: address) { pages[page].contents = value }
    cpus[cpu].registers.next()
  }

  // MARK: Calls

  /// Whether the host may give a page away.
  private func isGivable(_ page: Int) -> Bool {
    pages[page].owner == 0 && pages[page].use == .memory
  }

  private mutating func give(_ page: Int, to vm: UInt64, as use: Use, at place: UInt64) {
    pages[page].owner = UInt8(truncatingIfNeeded: vm)
    pages[page].use = use
    pages[page].place = place
  }

  private func isAlive(_ vm: UInt64) -> Bool {
    guest(vm).state == .loading || guest(vm).state == .sealed
  }

  mutating func createVM(_ vm: UInt64, _ a: UInt64) -> Answer {
    guard a % (2 &* PageSize.page) == 0, let root = page(at: a) else {
      return Answer(.invalidArgument)
    }
    guard guest(vm).state == .free else { return Answer(.occupied) }
    guard isGivable(root), isGivable(root + 1) else { return Answer(.notOwner) }
    for page in root..<root + 2 {
      give(page, to: vm, as: .root, at: 0)
      pages[page].contents = 0
    }
    let index = Int(truncatingIfNeeded: vm) - 1
    vms[index] = Guest()
    vms[index].state = .loading
    vms[index].start = now
    for number in 0..<Limits.vcpusPerVM {
      vcpus[index * Limits.vcpusPerVM + number] = VirtualCPU()
    }
    return Answer(.ok)
  }

  mutating func donate(_ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> Answer {
    let isBlock = c == 1
    let bytes = isBlock ? PageSize.block : PageSize.page
    let count = isBlock ? Int(PageSize.pagesPerBlock) : 1
    guard c <= 1, a % bytes == 0, b % bytes == 0, let first = page(at: a), b < guestLimit,
      !meetsController(b, bytes)
    else { return Answer(.invalidArgument) }
    guard isAlive(vm) else { return Answer(.wrongState) }
    for page in first..<first + count where !isGivable(page) { return Answer(.notOwner) }
    let place = b / PageSize.page
    if isBlock {
      guard !hasTable(vm, .table3, for: place), !hasMemory(vm, inBlockOf: place) else {
        return Answer(.occupied)
      }
      guard hasTable(vm, .table2, for: place) else { return Answer(.noTable, 2) }
    } else {
      guard memory(of: vm, at: place) == nil else { return Answer(.occupied) }
      guard hasTable(vm, .table2, for: place) else { return Answer(.noTable, 2) }
      guard hasTable(vm, .table3, for: place) else { return Answer(.noTable, 3) }
    }
    for page in first..<first + count {
      give(
        page, to: vm, as: .memory, at: place &+ UInt64(truncatingIfNeeded: page - first))
      if guest(vm).state == .sealed { pages[page].contents = 0 }
    }
    return Answer(.ok)
  }

  mutating func donateTable(_ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> Answer {
    guard c == 2 || c == 3, a % PageSize.page == 0, let page = page(at: a),
      b % PageSize.page == 0, b < guestLimit
    else { return Answer(.invalidArgument) }
    guard isAlive(vm) else { return Answer(.wrongState) }
    guard isGivable(page) else { return Answer(.notOwner) }
    let place = b / PageSize.page
    let use: Use = c == 2 ? .table2 : .table3
    let serves = c == 2 ? pagesPerGiB : PageSize.pagesPerBlock
    if c == 3 {
      guard hasTable(vm, .table2, for: place) else { return Answer(.noTable, 2) }
      // A block, or the table itself.
      guard !hasMemory(vm, inBlockOf: place) else { return Answer(.occupied) }
    }
    guard !hasTable(vm, use, for: place) else { return Answer(.occupied) }
    give(page, to: vm, as: use, at: place / serves &* serves)
    pages[page].contents = 0
    return Answer(.ok)
  }

  /// By a guest: the host gets access to one of its private pages.
  mutating func share(_ vm: UInt64, _ address: UInt64) -> Answer {
    guard address % PageSize.page == 0, address < guestLimit else {
      return Answer(.invalidArgument)
    }
    guard let page = memory(of: vm, atAddress: address), pages[page].use == .memory else {
      return Answer(.notOwner)
    }
    pages[page].use = .shared
    return Answer(.ok)
  }

  /// By a guest: the host loses it again.
  mutating func unshare(_ vm: UInt64, _ address: UInt64) -> Answer {
    guard address % PageSize.page == 0, address < guestLimit else {
      return Answer(.invalidArgument)
    }
    guard let page = memory(of: vm, atAddress: address), pages[page].use == .shared else {
      return Answer(.notOwner)
    }
    pages[page].use = .memory
    return Answer(.ok)
  }

  /// Whether a range of guest addresses meets the emulated interrupt controller, or what lies
  /// between its parts.
  private func meetsController(_ address: UInt64, _ bytes: UInt64) -> Bool {
    let end =
      GuestGIC.redistributor &+ GuestGIC.redistributorStride &* UInt64(Limits.vcpusPerVM)
    return address < end && address &+ bytes > GuestGIC.distributor
  }
}
