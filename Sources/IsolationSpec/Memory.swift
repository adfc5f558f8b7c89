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

  /// Whether a VM finds a page at a guest page.
  func isMemory(_ page: Int, of vm: UInt64, at place: UInt64) -> Bool {
    requires(page >= 0 && page < pages.count)
    return UInt64(pages[page].owner) == vm && pages[page].place == place && pages[page].isMemory
  }

  /// The page that a VM finds at a guest page, or -1.
  func find(_ vm: UInt64, _ place: UInt64) -> Int {
    opaque()
    ensures { (result: Int) in result >= -1 && result < pages.count }
    ensures { (result: Int) in result >= 0 ==> isMemory(result, of: vm, at: place) }
    ensures { (result: Int) in
      forall(0..<(result < 0 ? pages.count : result)) { !isMemory($0, of: vm, at: place) }
    }
    for page in 0..<pages.count {
      invariant(ghost: forall(0..<page) { !isMemory($0, of: vm, at: place) })
      if UInt64(pages[page].owner) == vm && pages[page].place == place && pages[page].isMemory {
        return page
      }
    }
    return -1
  }

  /// The page that a VM finds at a guest page, or `nil`.
  public func memory(of vm: UInt64, at place: UInt64) -> Int? {
    let page = find(vm, place)
    return page < 0 ? nil : page
  }

  /// The same for an address, or -1.
  func find(_ vm: UInt64, atAddress address: UInt64) -> Int {
    ensures { (result: Int) in result >= -1 && result < pages.count }
    return address < guestLimit ? find(vm, address / PageSize.page) : -1
  }

  /// The same for an address.
  public func memory(of vm: UInt64, atAddress address: UInt64) -> Int? {
    let page = find(vm, atAddress: address)
    return page < 0 ? nil : page
  }

  /// Whether a VM has a table of this kind for a guest page.
  func hasTable(_ vm: UInt64, _ use: Use, for place: UInt64) -> Bool {
    let serves = use == .table2 ? pagesPerGiB : PageSize.pagesPerBlock
    return hasTable(vm, use, at: place / serves &* serves)
  }

  func hasTable(_ vm: UInt64, _ use: Use, at place: UInt64) -> Bool {
    exists(0..<pages.count) {
      UInt64(pages[$0].owner) == vm && pages[$0].use == use && pages[$0].place == place
    }
  }

  /// Whether a VM has any memory among the 512 guest pages around one.
  func hasMemory(_ vm: UInt64, inBlockOf place: UInt64) -> Bool {
    exists(0..<pages.count) {
      UInt64(pages[$0].owner) == vm && pages[$0].isMemory
        && pages[$0].place / PageSize.pagesPerBlock == place / PageSize.pagesPerBlock
    }
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

  func hostLoad(_ address: UInt64) -> Change {
    ensures { (result: Change) in fits(result) }
    guard hostReaches(address) else { return Change.refusing(.alignment) }
    guard let page = page(at: address) else { return Change.answering(Answer()) }
    return Change.answering(Answer(x0: pages[page].contents))
  }

  func hostStore(_ address: UInt64, _ value: UInt64) -> Change {
    ensures { (result: Change) in fits(result) }
    guard hostReaches(address) else { return Change.refusing(.alignment) }
    guard let page = page(at: address) else { return Change.answering(Answer()) }
    return Change.storing(storing(page, value))
  }

  /// Other contents of a page.
  func storing(_ page: Int, _ value: UInt64) -> PageChange {
    requires(page >= 0 && page < pages.count)
    var result = PageChange(pages[page].owner, pages[page].use, pages[page].place, page, 1)
    result.contents = value
    return result
  }

  /// Other access to a page.
  func using(_ page: Int, _ use: Use) -> PageChange {
    requires(page >= 0 && page < pages.count)
    var result = PageChange(pages[page].owner, use, pages[page].place, page, 1)
    result.keepsContents = true
    return result
  }

  // MARK: Calls

  /// Whether the host may give a page away.
  func isGivable(_ page: Int) -> Bool {
    requires(page >= 0 && page < pages.count)
    return pages[page].owner == 0 && pages[page].use == .memory
  }

  func areGivable(_ first: Int, _ count: Int) -> Bool {
    requires(first >= 0 && count >= 0 && first <= pages.count && first <= pages.count - count)
    return forall(first..<first + count) { isGivable($0) }
  }

  func isAlive(_ vm: UInt64) -> Bool {
    requires(System.isVM(vm))
    return guest(vm).state == .loading || guest(vm).state == .sealed
  }

  func createVM(_ vm: UInt64, _ a: UInt64) -> Change {
    requires(System.isVM(vm))
    ensures { (result: Change) in fits(result) }
    guard a % (2 &* PageSize.page) == 0, let root = page(at: a) else {
      return Change.answering(.invalidArgument)
    }
    guard guest(vm).state == .free else { return Change.answering(.occupied) }
    guard isGivable(root), isGivable(root + 1) else { return Change.answering(.notOwner) }
    return Change.making(
      .ok, 0, PageChange(UInt8(truncatingIfNeeded: vm), .root, 0, root, 2),
      VCPUChange(.clear, System.vcpu(vm, 0), Limits.vcpusPerVM), vm, Guest(.loading, now))
  }

  func donate(_ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> Change {
    opaque()
    requires(System.isVM(vm))
    ensures { (result: Change) in fits(result) && result == donating(vm, a, b, c) }
    return donating(vm, a, b, c)
  }

  private func donating(_ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> Change {
    requires(System.isVM(vm))
    ensures { (result: Change) in fits(result) }
    guard System.isDonation(a, b, c), let first = page(at: a) else {
      return Change.answering(.invalidArgument)
    }
    guard isAlive(vm) else { return Change.answering(.wrongState) }
    return donate(vm, first, c == 1 ? 512 : 1, b / PageSize.page)
  }

  /// Whether a donation's arguments are possible.
  static func isDonation(_ a: UInt64, _ b: UInt64, _ c: UInt64) -> Bool {
    let bytes = c == 1 ? PageSize.block : PageSize.page
    return c <= 1 && a % bytes == 0 && b % bytes == 0 && b < guestLimit
      && !meetsController(b, bytes)
  }

  /// Gives one page, or a block.
  func donate(_ vm: UInt64, _ first: Int, _ count: Int, _ place: UInt64) -> Change {
    requires(System.isVM(vm) && (count == 1 || count == 512))
    requires(first >= 0 && first <= pages.count - count)
    ensures { (result: Change) in fits(result) }
    guard areGivable(first, count) else { return Change.answering(.notOwner) }
    if count == 512 {
      guard !hasTable(vm, .table3, for: place), !hasMemory(vm, inBlockOf: place) else {
        return Change.answering(.occupied)
      }
      guard hasTable(vm, .table2, for: place) else { return Change.answering(.noTable, 2) }
    } else {
      guard find(vm, place) < 0 else { return Change.answering(.occupied) }
      guard hasTable(vm, .table2, for: place) else { return Change.answering(.noTable, 2) }
      guard hasTable(vm, .table3, for: place) else { return Change.answering(.noTable, 3) }
    }
    return Change.making(.ok, 0, donated(vm, first, count, place), VCPUChange(), 0, Guest())
  }

  /// What becomes of pages that are given: those of a sealed VM are zeroed.
  func donated(_ vm: UInt64, _ first: Int, _ count: Int, _ place: UInt64) -> PageChange {
    requires(System.isVM(vm))
    var result = PageChange(UInt8(truncatingIfNeeded: vm), .memory, place, first, count)
    result.isRow = true
    result.keepsContents = guest(vm).state != .sealed
    return result
  }

  func donateTable(_ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> Change {
    requires(System.isVM(vm))
    ensures { (result: Change) in fits(result) }
    guard c == 2 || c == 3, a % PageSize.page == 0, let page = page(at: a),
      b % PageSize.page == 0, b < guestLimit
    else { return Change.answering(.invalidArgument) }
    guard isAlive(vm) else { return Change.answering(.wrongState) }
    return donateTable(vm, page, c == 2 ? .table2 : .table3, b / PageSize.page)
  }

  /// Gives one page as a table.
  func donateTable(_ vm: UInt64, _ page: Int, _ use: Use, _ place: UInt64) -> Change {
    requires(System.isVM(vm) && page >= 0 && page < pages.count)
    ensures { (result: Change) in fits(result) }
    guard isGivable(page) else { return Change.answering(.notOwner) }
    if use == .table3 {
      guard hasTable(vm, .table2, for: place) else { return Change.answering(.noTable, 2) }
      // A block, or the table itself.
      guard !hasMemory(vm, inBlockOf: place) else { return Change.answering(.occupied) }
    }
    guard !hasTable(vm, use, for: place) else { return Change.answering(.occupied) }
    let serves = use == .table2 ? pagesPerGiB : PageSize.pagesPerBlock
    let given = PageChange(
      UInt8(truncatingIfNeeded: vm), use, place / serves &* serves, page, 1)
    return Change.making(.ok, 0, given, VCPUChange(), 0, Guest())
  }

  /// By a guest: the host gets access to one of its private pages, or loses it again.
  func change(_ vm: UInt64, _ address: UInt64, from: Use, to: Use) -> Sharing {
    ensures { (result: Sharing) in
      result.pages.isSound && result.pages.first + result.pages.count <= pages.count
    }
    ensures { (result: Sharing) in result.pages.count <= 1 }
    guard address % PageSize.page == 0, address < guestLimit else {
      return Sharing(.invalidArgument)
    }
    let page = find(vm, atAddress: address)
    guard page >= 0, pages[page].use == from else { return Sharing(.notOwner) }
    var result = Sharing(.ok)
    result.pages = using(page, to)
    return result
  }

  /// Whether a range of guest addresses meets the emulated interrupt controller, or what lies
  /// between its parts.
  static func meetsController(_ address: UInt64, _ bytes: UInt64) -> Bool {
    let end =
      GuestGIC.redistributor &+ GuestGIC.redistributorStride &* UInt64(Limits.vcpusPerVM)
    return address < end && address &+ bytes > GuestGIC.distributor
  }
}

/// What a guest's call to share or unshare a page answers and changes.
struct Sharing {
  var status: Status
  var pages = PageChange()
  init(_ status: Status) { self.status = status }
}
