import Contracts
import EngineABI

// What the host learns by its own decisions: nothing. In two states that look the same to it, with
// whatever guests have in private pages and registers, a step decides the same.

extension System {
  /// Whether two states of one machine look the same to the host.
  static func hostSeesSame(_ a: borrowing System, _ b: borrowing System) -> Bool {
    isSame(a.constants, b.constants) && Views.host(a, b)
  }

  // MARK: What decisions read

  static func hostFindsSame(_ a: borrowing System, _ b: borrowing System, _ address: UInt64) {
    requires(hostSeesSame(a, b))
    ensures(a.page(at: address) == b.page(at: address))
    ensures(a.hostReaches(address) == b.hostReaches(address))
  }

  static func sameMemory(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ place: UInt64
  ) {
    requires(Views.host(a, b))
    ensures(a.find(vm, place) == b.find(vm, place))
    ensures(a.hasMemory(vm, inBlockOf: place) == b.hasMemory(vm, inBlockOf: place))
  }

  static func sameTables(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ use: Use, _ place: UInt64
  ) {
    requires(Views.host(a, b))
    ensures(a.hasTable(vm, use, for: place) == b.hasTable(vm, use, for: place))
  }

  static func sameOwned(_ a: borrowing System, _ b: borrowing System, _ vm: UInt64) {
    requires(Views.host(a, b))
    ensures(a.ownedPages(vm) == b.ownedPages(vm))
  }

  // MARK: Calls

  static func sameCreateVM(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ x: UInt64
  ) {
    requires(hostSeesSame(a, b) && isVM(vm))
    ensures(a.createVM(vm, x) == b.createVM(vm, x))
    hostFindsSame(a, b, x)
  }

  static func sameDonate(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ first: Int, _ count: Int,
    _ place: UInt64
  ) {
    requires(Views.host(a, b) && isVM(vm) && (count == 1 || count == 512))
    requires(first >= 0 && first <= a.pages.count - count)
    ensures(a.donate(vm, first, count, place) == b.donate(vm, first, count, place))
    sameMemory(a, b, vm, place)
    sameTables(a, b, vm, .table2, place)
    sameTables(a, b, vm, .table3, place)
    sameGivable(a, b, first, count)
    holds(a.donated(vm, first, count, place) == b.donated(vm, first, count, place))
  }

  static func sameGivable(
    _ a: borrowing System, _ b: borrowing System, _ first: Int, _ count: Int
  ) {
    requires(Views.host(a, b))
    requires(first >= 0 && count >= 0 && first <= a.pages.count && first <= a.pages.count - count)
    ensures(a.areGivable(first, count) == b.areGivable(first, count))
  }

  static func sameDonate(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ x: UInt64, _ y: UInt64,
    _ z: UInt64
  ) {
    requires(hostSeesSame(a, b) && isVM(vm))
    ensures(a.donate(vm, x, y, z) == b.donate(vm, x, y, z))
    hostFindsSame(a, b, x)
    holds(a.isAlive(vm) == b.isAlive(vm))
    holds(a.pages.count == b.pages.count)
    if isDonation(x, y, z), a.isAlive(vm), let first = a.page(at: x) {
      a.fitsDonation(x, y, z, first)
      a.takesDonation(vm, x, y, z, first)
      b.takesDonation(vm, x, y, z, first)
      sameGiven(a, b, vm, first, y, z)
    } else {
      a.refusesDonation(vm, x, y, z)
      b.refusesDonation(vm, x, y, z)
    }
  }

  private static func sameGiven(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ first: Int, _ y: UInt64,
    _ z: UInt64
  ) {
    requires(Views.host(a, b) && isVM(vm) && a.pages.count == b.pages.count)
    requires(first >= 0 && first <= a.pages.count - (z == 1 ? 512 : 1))
    ensures(
      a.donate(vm, first, z == 1 ? 512 : 1, y / PageSize.page)
        == b.donate(vm, first, z == 1 ? 512 : 1, y / PageSize.page))
    sameDonate(a, b, vm, first, z == 1 ? 512 : 1, y / PageSize.page)
  }

  private func takesDonation(
    _ vm: UInt64, _ x: UInt64, _ y: UInt64, _ z: UInt64, _ first: Int
  ) {
    requires(System.isVM(vm) && System.isDonation(x, y, z) && isAlive(vm))
    requires(page(at: x) == first && first >= 0 && first <= pages.count - (z == 1 ? 512 : 1))
    ensures(donate(vm, x, y, z) == donate(vm, first, z == 1 ? 512 : 1, y / PageSize.page))
  }

  private func refusesDonation(_ vm: UInt64, _ x: UInt64, _ y: UInt64, _ z: UInt64) {
    requires(System.isVM(vm))
    requires(!System.isDonation(x, y, z) || page(at: x) == nil || !isAlive(vm))
    ensures(
      donate(vm, x, y, z)
        == Change.answering(
          System.isDonation(x, y, z) && page(at: x) != nil ? .wrongState : .invalidArgument))
  }

  static func sameDonateTable(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ page: Int, _ use: Use,
    _ place: UInt64
  ) {
    requires(Views.host(a, b) && isVM(vm) && page >= 0 && page < a.pages.count)
    ensures(a.donateTable(vm, page, use, place) == b.donateTable(vm, page, use, place))
    sameMemory(a, b, vm, place)
    sameTables(a, b, vm, .table2, place)
    sameTables(a, b, vm, use, place)
    holds(a.isGivable(page) == b.isGivable(page))
  }

  static func sameDonateTable(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ x: UInt64, _ y: UInt64,
    _ z: UInt64
  ) {
    requires(hostSeesSame(a, b) && isVM(vm))
    ensures(a.donateTable(vm, x, y, z) == b.donateTable(vm, x, y, z))
    hostFindsSame(a, b, x)
    holds(a.isAlive(vm) == b.isAlive(vm))
    if let page = a.page(at: x) {
      sameDonateTable(a, b, vm, page, z == 2 ? .table2 : .table3, y / PageSize.page)
    }
  }

  static func sameSeal(_ a: borrowing System, _ b: borrowing System, _ vm: UInt64) {
    requires(Views.host(a, b) && isVM(vm))
    ensures(a.seal(vm) == b.seal(vm))
  }

  static func sameDestroyVM(_ a: borrowing System, _ b: borrowing System, _ vm: UInt64) {
    requires(Views.host(a, b) && isVM(vm))
    ensures(a.destroyVM(vm) == b.destroyVM(vm))
  }

  static func sameCreateVCPU(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ x: UInt64
  ) {
    requires(Views.host(a, b) && isVM(vm))
    ensures(a.createVCPU(vm, x) == b.createVCPU(vm, x))
  }

  static func sameSetEntry(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ x: UInt64, _ y: UInt64,
    _ z: UInt64
  ) {
    requires(Views.host(a, b) && isVM(vm))
    ensures(a.setEntry(vm, x, y, z) == b.setEntry(vm, x, y, z))
  }

  static func sameRun(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ x: UInt64, _ y: UInt64,
    _ z: UInt64
  ) {
    requires(Views.host(a, b) && isVM(vm))
    ensures(a.run(vm, x, y, z) == b.run(vm, x, y, z))
  }

  static func sameSetInterrupt(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ x: UInt64, _ y: UInt64
  ) {
    requires(Views.host(a, b) && isVM(vm))
    ensures(a.setInterrupt(vm, x, y) == b.setInterrupt(vm, x, y))
  }

  static func sameInfo(_ a: borrowing System, _ b: borrowing System, _ x: UInt64) {
    requires(hostSeesSame(a, b))
    ensures(a.info(x) == b.info(x))
  }

  static func sameCounter(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ x: UInt64
  ) {
    requires(Views.host(a, b))
    ensures(a.counter(vm, x) == b.counter(vm, x))
    holds(a.hostCounter(x) == b.hostCounter(x))
    if isVM(vm) && x < 16 { sameCounter(a, b, vcpu(vm, 0), Int(truncatingIfNeeded: x)) }
  }

  static func sameCounter(
    _ a: borrowing System, _ b: borrowing System, _ first: Int, _ index: Int
  ) {
    requires(Views.host(a, b))
    requires(first >= 0 && first <= System.vcpuCount - 8 && index >= 0 && index < 16)
    ensures(a.counter(first, index) == b.counter(first, index))
    holds(forall(0..<8) { a.counted(first + $0, index) == b.counted(first + $0, index) })
    holds(a.counted(first + 0, index) == b.counted(first + 0, index))
    holds(a.counted(first + 1, index) == b.counted(first + 1, index))
    holds(a.counted(first + 2, index) == b.counted(first + 2, index))
    holds(a.counted(first + 3, index) == b.counted(first + 3, index))
    holds(a.counted(first + 4, index) == b.counted(first + 4, index))
    holds(a.counted(first + 5, index) == b.counted(first + 5, index))
    holds(a.counted(first + 6, index) == b.counted(first + 6, index))
    holds(a.counted(first + 7, index) == b.counted(first + 7, index))
  }

  // MARK: Reclaim

  static func samePassed(_ a: borrowing System, _ b: borrowing System, _ start: Int) {
    requires(Views.host(a, b))
    ensures(forall(0..<a.pages.count) { a.isPassed($0, start) == b.isPassed($0, start) })
    for page in 0..<a.pages.count {
      invariant(forall(0..<page) { a.isPassed($0, start) == b.isPassed($0, start) })
      let first = page - page % 512
      holds(a.isHostsBlock(first) == b.isHostsBlock(first))
      holds(a.isPassed(page, start) == b.isPassed(page, start))
    }
  }

  static func sameLooked(
    _ a: borrowing System, _ b: borrowing System, _ start: Int, _ page: Int
  ) {
    requires(Views.host(a, b) && start >= 0 && start <= page && page <= a.pages.count)
    ensures(a.looked(start, page) == b.looked(start, page))
    samePassed(a, b, start)
  }

  /// The search has one answer.
  func nextIsOne(
    _ one: Bool, _ first: Int, _ other: Bool, _ second: Int, _ vm: UInt64, _ start: Int
  ) {
    requires(start >= 0 && start <= first && first <= second && second <= pages.count)
    requires(isNext(one, first, of: vm, from: start) && isNext(other, second, of: vm, from: start))
    requires(!one || first < pages.count && UInt64(pages[first].owner) == vm)
    requires(!other || second < pages.count && UInt64(pages[second].owner) == vm)
    ensures(one == other && first == second)
    holds(
      looked(start, second) == looked(start, first) + count(first..<second) { !isPassed($0, start) }
    )
    holds(
      first == second || isPassed(second - 1, start)
        || count(first..<second) { !isPassed($0, start) } >= 1)
  }

  static func sameNext(
    _ a: borrowing System, _ b: borrowing System, _ found: Bool, _ page: Int, _ vm: UInt64,
    _ start: Int
  ) {
    requires(Views.host(a, b) && start >= 0 && start <= page && page <= a.pages.count)
    requires(a.isNext(found, page, of: vm, from: start))
    ensures(b.isNext(found, page, of: vm, from: start))
    samePassed(a, b, start)
    sameLooked(a, b, start, page)
    holds(b.ownsNone(start, page, vm))
  }

  static func sameNextPage(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ start: Int
  ) {
    requires(Views.host(a, b) && isVM(vm) && start >= 0 && start <= a.pages.count)
    ensures(a.nextPage(of: vm, from: start).found == b.nextPage(of: vm, from: start).found)
    ensures(a.nextPage(of: vm, from: start).page == b.nextPage(of: vm, from: start).page)
    let one = a.nextPage(of: vm, from: start)
    let other = b.nextPage(of: vm, from: start)
    sameNext(a, b, one.found, one.page, vm, start)
    if one.page <= other.page {
      b.nextIsOne(one.found, one.page, other.found, other.page, vm, start)
    } else {
      b.nextIsOne(other.found, other.page, one.found, one.page, vm, start)
    }
  }

  static func sameReclaim(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ page: Int, _ count: Int
  ) {
    requires(hostSeesSame(a, b) && isVM(vm) && (count == 0 || count == 1 || count == 512))
    requires(page >= 0 && page <= a.pages.count - count)
    ensures(a.reclaim(vm, page, count) == b.reclaim(vm, page, count))
    sameOwned(a, b, vm)
  }

  static func sameReclaim(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ x: UInt64
  ) {
    requires(hostSeesSame(a, b) && isVM(vm))
    ensures(a.reclaim(vm, x) == b.reclaim(vm, x))
    let from = x == 0 ? a.address(of: 0) : x
    holds(b.address(of: 0) == a.address(of: 0) && a.guest(vm) == b.guest(vm))
    hostFindsSame(a, b, from)
    if a.guest(vm).state == .dying, from % PageSize.page == 0, let start = a.page(at: from) {
      holds(b.page(at: from) == start)
      sameReclaim(a, b, vm, x, start)
    } else {
      a.refusesReclaim(vm, x)
      b.refusesReclaim(vm, x)
    }
  }

  private func refusesReclaim(_ vm: UInt64, _ x: UInt64) {
    requires(System.isVM(vm))
    requires(
      guest(vm).state != .dying || (x == 0 ? address(of: 0) : x) % PageSize.page != 0
        || page(at: x == 0 ? address(of: 0) : x) == nil)
    ensures(
      reclaim(vm, x)
        == Change.answering(guest(vm).state == .dying ? .invalidArgument : .wrongState))
  }

  private static func sameReclaim(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ x: UInt64, _ start: Int
  ) {
    requires(hostSeesSame(a, b) && isVM(vm) && start >= 0 && start <= a.pages.count)
    requires(a.guest(vm).state == .dying && b.guest(vm).state == .dying)
    requires((x == 0 ? a.address(of: 0) : x) % PageSize.page == 0)
    requires(a.page(at: x == 0 ? a.address(of: 0) : x) == start)
    requires(b.page(at: x == 0 ? b.address(of: 0) : x) == start)
    ensures(a.reclaim(vm, x) == b.reclaim(vm, x))
    holds(a.address(of: 0) == b.address(of: 0))
    sameNextPage(a, b, vm, start)
    sameWhole(a, b, vm, start)
    sameReclaimed(
      a, b, vm, start, a.nextPage(of: vm, from: start).page, a.reclaimed(vm, from: start))
    a.reclaims(vm, x, start)
    b.reclaims(vm, x, start)
  }

  private static func sameReclaimed(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ start: Int, _ page: Int,
    _ count: Int
  ) {
    requires(hostSeesSame(a, b) && isVM(vm) && start >= 0 && start <= a.pages.count)
    requires(count == 0 || count == 1 || count == 512)
    requires(page >= 0 && page <= a.pages.count - count && a.pages.count == b.pages.count)
    requires(page == a.nextPage(of: vm, from: start).page)
    requires(page == b.nextPage(of: vm, from: start).page)
    requires(count == a.reclaimed(vm, from: start) && count == b.reclaimed(vm, from: start))
    ensures(
      a.reclaim(vm, a.nextPage(of: vm, from: start).page, a.reclaimed(vm, from: start))
        == b.reclaim(vm, b.nextPage(of: vm, from: start).page, b.reclaimed(vm, from: start)))
    sameReclaim(a, b, vm, page, count)
  }

  func reclaims(_ vm: UInt64, _ x: UInt64, _ start: Int) {
    requires(System.isVM(vm) && start >= 0 && start <= pages.count && guest(vm).state == .dying)
    requires((x == 0 ? address(of: 0) : x) % PageSize.page == 0)
    requires(page(at: x == 0 ? address(of: 0) : x) == start)
    ensures(
      reclaim(vm, x)
        == reclaim(vm, nextPage(of: vm, from: start).page, reclaimed(vm, from: start)))
  }

  static func sameWholeBlock(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ page: Int
  ) {
    requires(Views.host(a, b) && isVM(vm) && page >= 0 && page < a.pages.count)
    ensures(a.isWholeBlock(page, of: vm) == b.isWholeBlock(page, of: vm))
    holds(page % 512 != 0 || page + 512 <= a.pages.count)
  }

  static func sameWhole(_ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ start: Int) {
    requires(Views.host(a, b) && isVM(vm) && start >= 0 && start <= a.pages.count)
    ensures(a.reclaimed(vm, from: start) == b.reclaimed(vm, from: start))
    sameNextPage(a, b, vm, start)
    let next = a.nextPage(of: vm, from: start)
    holds(a.pages.count == b.pages.count)
    if next.found { sameWholeBlock(a, b, vm, next.page) }
  }

  // MARK: Other steps

  static func sameLoad(_ a: borrowing System, _ b: borrowing System, _ address: UInt64) {
    requires(hostSeesSame(a, b))
    ensures(a.hostLoad(address) == b.hostLoad(address))
    hostFindsSame(a, b, address)
  }

  static func sameStore(
    _ a: borrowing System, _ b: borrowing System, _ address: UInt64, _ value: UInt64
  ) {
    requires(hostSeesSame(a, b))
    ensures(a.hostStore(address, value) == b.hostStore(address, value))
    hostFindsSame(a, b, address)
  }

  static func sameMonitorCall(
    _ a: borrowing System, _ b: borrowing System, _ function: UInt64, _ x: UInt64, _ y: UInt64,
    _ z: UInt64
  ) {
    requires(hostSeesSame(a, b))
    ensures(a.hostMonitorCall(function, x, y, z) == b.hostMonitorCall(function, x, y, z))
    hostFindsSame(a, b, y)
    holds(a.constants.cpu(x) == b.constants.cpu(x))
  }

  // MARK: What calls are

  private static func sameDonation(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ x: UInt64, _ y: UInt64,
    _ z: UInt64, _ mayManage: Bool
  ) {
    requires(hostSeesSame(a, b) && isVM(vm))
    ensures(a.make(.donate, vm, x, y, z, mayManage) == b.make(.donate, vm, x, y, z, mayManage))
    ghost {
      a.donates(vm, x, y, z, mayManage, Before(a))
      b.donates(vm, x, y, z, mayManage, Before(b))
    }
    sameDonate(a, b, vm, x, y, z)
  }

  private static func sameTable(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ x: UInt64, _ y: UInt64,
    _ z: UInt64, _ mayManage: Bool
  ) {
    requires(hostSeesSame(a, b) && isVM(vm))
    ensures(
      a.make(.donateTable, vm, x, y, z, mayManage) == b.make(.donateTable, vm, x, y, z, mayManage))
    ghost {
      a.donatesTable(vm, x, y, z, mayManage, Before(a))
      b.donatesTable(vm, x, y, z, mayManage, Before(b))
    }
    sameDonateTable(a, b, vm, x, y, z)
  }

  private static func sameReclaiming(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ x: UInt64, _ y: UInt64,
    _ z: UInt64, _ mayManage: Bool
  ) {
    requires(hostSeesSame(a, b) && isVM(vm))
    ensures(a.make(.reclaim, vm, x, y, z, mayManage) == b.make(.reclaim, vm, x, y, z, mayManage))
    ghost {
      a.takesBack(vm, x, y, z, mayManage, Before(a))
      b.takesBack(vm, x, y, z, mayManage, Before(b))
    }
    sameReclaim(a, b, vm, x)
  }

  // MARK: All calls

  /// A call.
  static func sameCall(
    _ a: borrowing System, _ b: borrowing System, _ call: Call, _ vm: UInt64, _ x: UInt64,
    _ y: UInt64, _ z: UInt64, _ mayManage: Bool, _ before: Before
  ) {
    requires(hostSeesSame(a, b) && isVM(vm))
    ensures(a.make(call, vm, x, y, z, mayManage) == b.make(call, vm, x, y, z, mayManage))
    switch call {
    case .createVM:
      sameCreateVM(a, b, vm, x)
      holds(a.make(call, vm, x, y, z, mayManage) == b.make(call, vm, x, y, z, mayManage))
    case .donate:
      sameDonation(a, b, vm, x, y, z, mayManage)
      holds(a.make(call, vm, x, y, z, mayManage) == b.make(call, vm, x, y, z, mayManage))
    case .donateTable:
      sameTable(a, b, vm, x, y, z, mayManage)
      holds(a.make(call, vm, x, y, z, mayManage) == b.make(call, vm, x, y, z, mayManage))
    case .seal:
      sameSeal(a, b, vm)
      holds(a.make(call, vm, x, y, z, mayManage) == b.make(call, vm, x, y, z, mayManage))
    case .destroyVM:
      sameDestroyVM(a, b, vm)
      holds(a.make(call, vm, x, y, z, mayManage) == b.make(call, vm, x, y, z, mayManage))
    case .createVCPU:
      sameCreateVCPU(a, b, vm, x)
      holds(a.make(call, vm, x, y, z, mayManage) == b.make(call, vm, x, y, z, mayManage))
    case .setEntry:
      sameSetEntry(a, b, vm, x, y, z)
      holds(a.make(call, vm, x, y, z, mayManage) == b.make(call, vm, x, y, z, mayManage))
    case .run:
      sameRun(a, b, vm, x, y, z)
      holds(a.make(call, vm, x, y, z, mayManage) == b.make(call, vm, x, y, z, mayManage))
    case .setInterrupt:
      sameSetInterrupt(a, b, vm, x, y)
      holds(a.make(call, vm, x, y, z, mayManage) == b.make(call, vm, x, y, z, mayManage))
    case .reclaim:
      sameReclaiming(a, b, vm, x, y, z, mayManage)
      holds(a.make(call, vm, x, y, z, mayManage) == b.make(call, vm, x, y, z, mayManage))
    default:
      sameOwned(a, b, vm)
      holds(a.guest(vm) == b.guest(vm))
    }
  }

  static func sameCall(_ a: borrowing System, _ b: borrowing System, _ call: HostCall) {
    requires(hostSeesSame(a, b))
    ensures(a.answer(call) == b.answer(call))
    sameInfo(a, b, call.a)
    sameCounter(a, b, call.vm, call.a)
    if isVM(call.vm), let number = Call(rawValue: call.number) {
      ghost {
        sameCall(
          a, b, number, call.vm, call.a, call.b, call.c, call.mayManage, Before(a))
      }
    }
  }
}
