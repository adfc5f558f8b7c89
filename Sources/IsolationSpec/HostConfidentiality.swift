import Contracts
import EngineABI

// What the host learns by its own steps: nothing. In two states that look the same to it, with
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
    if isDonation(x, y, z), let first = a.page(at: x) {
      sameDonate(a, b, vm, first, z == 1 ? 512 : 1, y / PageSize.page)
    }
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

  // MARK: All calls

  /// A call, but for ``Call/reclaim``, of which the search is not proved to be the same.
  static func sameCall(
    _ a: borrowing System, _ b: borrowing System, _ call: Call, _ vm: UInt64, _ x: UInt64,
    _ y: UInt64, _ z: UInt64, _ mayManage: Bool
  ) {
    requires(hostSeesSame(a, b) && isVM(vm) && call != .reclaim)
    ensures(a.make(call, vm, x, y, z, mayManage) == b.make(call, vm, x, y, z, mayManage))
    switch call {
    case .createVM: sameCreateVM(a, b, vm, x)
    case .donate: sameDonate(a, b, vm, x, y, z)
    case .donateTable: sameDonateTable(a, b, vm, x, y, z)
    case .seal: sameSeal(a, b, vm)
    case .destroyVM: sameDestroyVM(a, b, vm)
    case .createVCPU: sameCreateVCPU(a, b, vm, x)
    case .setEntry: sameSetEntry(a, b, vm, x, y, z)
    case .run: sameRun(a, b, vm, x, y, z)
    case .setInterrupt: sameSetInterrupt(a, b, vm, x, y)
    default:
      sameOwned(a, b, vm)
      holds(a.guest(vm) == b.guest(vm))
    }
  }

  static func sameCall(_ a: borrowing System, _ b: borrowing System, _ call: HostCall) {
    requires(hostSeesSame(a, b) && call.number != Call.reclaim.rawValue)
    ensures(a.answer(call) == b.answer(call))
    sameInfo(a, b, call.a)
    sameCounter(a, b, call.vm, call.a)
    if isVM(call.vm), let number = Call(rawValue: call.number) {
      sameCall(a, b, number, call.vm, call.a, call.b, call.c, call.mayManage)
    }
  }
}
