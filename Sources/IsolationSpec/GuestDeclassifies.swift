import Contracts
import EngineABI

// What ``Told`` depends on: unless a step declassifies something (``declassifies``), on what the host
// sees alone, and not on guests' registers or private pages.

extension System {
  /// A step that declassifies nothing tells the host the same in states that look the same to it.
  static func hostIsToldSame(
    _ a: borrowing System, _ b: borrowing System, _ step: Step, _ cpu: Int
  ) {
    requires(hostSeesSame(a, b) && cpu >= 0 && cpu < Limits.cpus && a.isGuests(step, cpu))
    requires(a.declassified(step, a.cpus[cpu].runs) == nil)
    requires(b.declassified(step, b.cpus[cpu].runs) == nil)
    ensures(b.isGuests(step, cpu) && a.told(step, cpu) == b.told(step, cpu))
    holds(isSame(a.cpus[cpu], b.cpus[cpu]))
    holds(a.cpus[cpu].runs == b.cpus[cpu].runs && b.isGuests(step, cpu))
    hostIsToldSame(a, b, step, of: a.cpus[cpu].runs)
    holds(a.decide(step, cpu).change == a.guestDecision(step, a.cpus[cpu].runs))
    holds(b.decide(step, cpu).change == b.guestDecision(step, a.cpus[cpu].runs))
  }

  private static func hostIsToldSame(
    _ a: borrowing System, _ b: borrowing System, _ step: Step, of vcpu: Int
  ) {
    requires(hostSeesSame(a, b) && vcpu >= 0 && vcpu < System.vcpuCount)
    requires(a.declassified(step, vcpu) == nil && b.declassified(step, vcpu) == nil)
    ensures(a.told(a.guestDecision(step, vcpu)) == b.told(b.guestDecision(step, vcpu)))
    switch step {
    case .guestLoad, .guestStore, .guestRegisters, .guestTimer:
      a.hides(step, vcpu)
      b.hides(step, vcpu)
      a.privateIsUntold(step, of: vcpu)
      b.privateIsUntold(step, of: vcpu)
    case .guestAbort, .guestFetch:
      a.retryDecides(step, vcpu)
      b.retryDecides(step, vcpu)
      sameQuiet(a, b, a.guestDecision(step, vcpu), b.guestDecision(step, vcpu))
    case .guestIdentification:
      a.identificationDecides(step, vcpu)
      b.identificationDecides(step, vcpu)
      sameQuiet(a, b, a.guestDecision(step, vcpu), b.guestDecision(step, vcpu))
    case .guestCall(_, _, let function, let x, let y, let z):
      sameGuestCall(a, b, step, vcpu, function, x, y, z)
    default:
      a.ownDecides(step, vcpu)
      b.ownDecides(step, vcpu)
      a.vcpus[vcpu].own.resting.makesSame(b.vcpus[vcpu].own.resting, step)
      sameQuiet(a, b, a.guestDecision(step, vcpu), b.guestDecision(step, vcpu))
    }
  }

  private static func sameQuiet(
    _ a: borrowing System, _ b: borrowing System, _ x: Change, _ y: Change
  ) {
    requires(a.fits(x) && b.fits(y) && x.pages.count == 0 && x == y)
    ensures(a.told(x) == b.told(y))
  }

  private func hides(_ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && declassified(step, vcpu) == nil)
    requires(step.isOfMemory)
    ensures(isPrivate(step, vcpu))
  }

  private func retryDecides(_ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && declassified(step, vcpu) == nil)
    requires(step.isRetry)
    ensures(guestDecision(step, vcpu) == Change.counting(.retry))
    guestChooses(step, vcpu)
    holds(guestChange(step, vcpu).change == Change.counting(.retry))
  }

  private func identificationDecides(_ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && step.isIdentification)
    ensures(guestDecision(step, vcpu) == Change.counting(.systemRegister))
    guestChooses(step, vcpu)
    holds(guestChange(step, vcpu).change == Change.counting(.systemRegister))
  }

  private func ownDecides(_ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && step.isOwn)
    ensures(guestDecision(step, vcpu) == vcpus[vcpu].own.resting.making(step).change)
    guestChooses(step, vcpu)
    holds(guestChange(step, vcpu).change == vcpus[vcpu].own.resting.making(step).change)
  }

  // MARK: Calls

  private static func sameGuestCall(
    _ a: borrowing System, _ b: borrowing System, _ step: Step, _ vcpu: Int, _ function: UInt64,
    _ x: UInt64, _ y: UInt64, _ z: UInt64
  ) {
    requires(hostSeesSame(a, b) && vcpu >= 0 && vcpu < System.vcpuCount)
    requires(declassified(function) == nil && step.isCall(function, x, y, z))
    ensures(a.told(a.guestDecision(step, vcpu)) == b.told(b.guestDecision(step, vcpu)))
    if function == unsharing {
      sameUnshareCall(a, b, step, vcpu, x, y, z)
    } else {
      sameAnswerCall(a, b, step, vcpu, function, x, y, z)
    }
  }

  private static func sameUnshareCall(
    _ a: borrowing System, _ b: borrowing System, _ step: Step, _ vcpu: Int, _ x: UInt64,
    _ y: UInt64, _ z: UInt64
  ) {
    requires(hostSeesSame(a, b) && vcpu >= 0 && vcpu < System.vcpuCount)
    requires(step.isCall(unsharing, x, y, z))
    ensures(a.told(a.guestDecision(step, vcpu)) == b.told(b.guestDecision(step, vcpu)))
    a.callDecides(step, vcpu, unsharing, x, y, z)
    b.callDecides(step, vcpu, unsharing, x, y, z)
    a.unshareDecides(a.vcpus[vcpu].own.resting.calling(unsharing, x, y, z), vcpu, x, y, z)
    b.unshareDecides(b.vcpus[vcpu].own.resting.calling(unsharing, x, y, z), vcpu, x, y, z)
    vcpuIsOfVM(vcpu)
    sameUnshare(a, b, vm(of: vcpu), x, a.guestDecision(step, vcpu), b.guestDecision(step, vcpu))
  }

  private static func sameAnswerCall(
    _ a: borrowing System, _ b: borrowing System, _ step: Step, _ vcpu: Int, _ function: UInt64,
    _ x: UInt64, _ y: UInt64, _ z: UInt64
  ) {
    requires(hostSeesSame(a, b) && vcpu >= 0 && vcpu < System.vcpuCount)
    requires(declassified(function) == nil && step.isCall(function, x, y, z))
    requires(function != unsharing)
    ensures(a.told(a.guestDecision(step, vcpu)) == b.told(b.guestDecision(step, vcpu)))
    a.callDecides(step, vcpu, function, x, y, z)
    b.callDecides(step, vcpu, function, x, y, z)
    sameAnswer(
      a, b, a.vcpus[vcpu].own.resting.calling(function, x, y, z),
      b.vcpus[vcpu].own.resting.calling(function, x, y, z), vcpu, function, x, y, z)
    sameQuiet(a, b, a.guestDecision(step, vcpu), b.guestDecision(step, vcpu))
  }

  private static let unsharing = Call.hvcBase + UInt64(Call.unshare.rawValue)

  private func callDecides(
    _ step: Step, _ vcpu: Int, _ function: UInt64, _ x: UInt64, _ y: UInt64, _ z: UInt64
  ) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && step.isCall(function, x, y, z))
    ensures(
      guestDecision(step, vcpu)
        == guestCall(
          vcpus[vcpu].own.resting.calling(function, x, y, z), vcpu, function, x, y, z
        ).change)
    callStepDecides(step, vcpu)
    callIsRead(step, vcpu, function, x, y, z)
  }

  private func callStepDecides(_ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && step.isCall)
    ensures(guestDecision(step, vcpu) == guestCall(step, vcpu).change)
    guestChooses(step, vcpu)
    holds(guestChange(step, vcpu).change == guestCall(step, vcpu).change)
  }

  private func callIsRead(
    _ step: Step, _ vcpu: Int, _ function: UInt64, _ x: UInt64, _ y: UInt64, _ z: UInt64
  ) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && step.isCall(function, x, y, z))
    ensures(
      guestCall(step, vcpu).change
        == guestCall(
          vcpus[vcpu].own.resting.calling(function, x, y, z), vcpu, function, x, y, z
        ).change)
  }

  private func unshareDecides(_ own: Own, _ vcpu: Int, _ x: UInt64, _ y: UInt64, _ z: UInt64) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures(
      guestCall(own, vcpu, System.unsharing, x, y, z).change
        == Change.using(
          change(System.vm(of: vcpu), x, from: .shared, to: .memory).pages,
          Int(Counter.hypercall.rawValue)))
  }

  private static func sameAnswer(
    _ a: borrowing System, _ b: borrowing System, _ own: Own, _ other: Own, _ vcpu: Int,
    _ function: UInt64, _ x: UInt64, _ y: UInt64, _ z: UInt64
  ) {
    requires(hostSeesSame(a, b) && vcpu >= 0 && vcpu < System.vcpuCount)
    requires(declassified(function) == nil && function != unsharing)
    ensures(
      a.guestCall(own, vcpu, function, x, y, z).change
        == b.guestCall(other, vcpu, function, x, y, z).change)
    ensures(a.guestCall(own, vcpu, function, x, y, z).change.isQuiet)
    let vm = vm(of: vcpu)
    vcpuIsOfVM(vcpu)
    sameLives(a, b, vm, x & a.word, y & a.word)
    sameLives(a, b, vm, x, y)
    holds(a.firmwareAnswer(function, x) == b.firmwareAnswer(function, x))
  }

  private static func sameLives(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ affinity: UInt64,
    _ level: UInt64
  ) {
    requires(hostSeesSame(a, b) && isVM(vm))
    ensures(a.affinityInfo(vm, affinity, level) == b.affinityInfo(vm, affinity, level))
  }

  private static func sameUnshare(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ address: UInt64, _ x: Change,
    _ y: Change
  ) {
    requires(hostSeesSame(a, b) && isVM(vm) && a.fits(x) && b.fits(y))
    requires(
      x
        == Change.using(
          a.change(vm, address, from: .shared, to: .memory).pages,
          Int(Counter.hypercall.rawValue)))
    requires(
      y
        == Change.using(
          b.change(vm, address, from: .shared, to: .memory).pages,
          Int(Counter.hypercall.rawValue)))
    ensures(a.told(x) == b.told(y))
    sameMemory(a, b, vm, address / PageSize.page)
    let pages = a.change(vm, address, from: .shared, to: .memory).pages
    holds(pages == b.change(vm, address, from: .shared, to: .memory).pages)
    holds(x.pages == pages && y.pages == pages && x == y)
    holds(pages.count == 0 || pages.use == .memory && pages.owner != 0)
    sameHidden(a, b, pages)
    holds(Told(x) == Told(y))
  }

  /// A page that the host does not reach afterwards.
  private static func sameHidden(
    _ a: borrowing System, _ b: borrowing System, _ pages: PageChange
  ) {
    requires(hostSeesSame(a, b) && pages.isSound && pages.count <= 1)
    requires(pages.first + pages.count <= a.pages.count)
    requires(pages.count == 0 || pages.use == .memory && pages.owner != 0)
    ensures(a.showsHost(pages) == b.showsHost(pages))
    ensures(
      pages.count == 0
        || pages.changed(a.pages[pages.first], pages.first).shown
          == pages.changed(b.pages[pages.first], pages.first).shown
    )
  }
}

extension Step {
  fileprivate var isFloatingPoint: Bool {
    switch self {
    case .guestFloatingPoint: true
    default: false
    }
  }

  fileprivate var isOfMemory: Bool {
    switch self {
    case .guestLoad, .guestStore, .guestRegisters, .guestTimer: true
    default: false
    }
  }

  fileprivate var isRetry: Bool {
    switch self {
    case .guestAbort, .guestFetch: true
    default: false
    }
  }

  fileprivate var isIdentification: Bool {
    switch self {
    case .guestIdentification: true
    default: false
    }
  }

  /// It reads nothing but the guest's own registers.
  fileprivate var isOwn: Bool {
    switch self {
    case .guestCall, .guestLoad, .guestStore, .guestAbort, .guestFetch, .guestWait,
      .guestIdentification:
      false
    default: true
    }
  }

  fileprivate var isCall: Bool {
    switch self {
    case .guestCall: true
    default: false
    }
  }

  fileprivate func isCall(_ function: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> Bool {
    switch self {
    case .guestCall(_, let immediate, let its, let first, let second, let third):
      immediate == 0 && its == function && first == a && second == b && third == c
    default: false
    }
  }
}

extension Own {
  /// Before a step.
  fileprivate var resting: Own {
    var result = self
    result.fault = .none
    return result
  }

  fileprivate func calling(_ function: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> Own {
    var result = self
    result.registers = registers.loading(function, a, b, c).next()
    return result
  }

  fileprivate func makesSame(_ other: Own, _ step: Step) {
    requires(usesFloatingPoint == other.usesFloatingPoint || !step.isFloatingPoint)
    ensures(making(step).change == other.making(step).change)
  }
}
