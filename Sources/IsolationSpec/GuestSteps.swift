import Contracts
import EngineABI

// What a running guest does.

/// What a step of a guest makes of its own registers, and all else that it changes.
struct GuestChange {
  var own: Own
  var change: Change
  init(_ own: Own, _ change: Change) {
    self.own = own
    self.change = change
  }
  func isSame(_ other: GuestChange) -> Bool {
    change == other.change && IsolationSpec.isSame(own, other.own)
  }
  /// What no rule allows: an exception for the guest, and the vmm learns the exception class.
  init(refusing own: Own, _ exceptionClass: UInt64, _ fault: Fault) {
    self.own = own
    self.own.fault = fault
    change = Change.ending(.refused, exceptionClass, .ready, -1, isRefused: true)
  }
}

extension System {
  /// What a step of a guest decides on.
  func guestChange(_ step: Step, _ vcpu: Int) -> GuestChange {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures { (result: GuestChange) in fits(result.change) }
    var own = vcpus[vcpu].own
    own.fault = .none
    switch step {
    case .guestCall: return guestCall(step, vcpu)
    case .guestLoad(let address): return guestLoad(own, vcpu, address)
    case .guestStore(let address, let value): return guestStore(own, vcpu, address, value)
    case .guestAbort(let address, let access): return guestAbort(own, vcpu, address, access)
    case .guestFetch(let address): return guestFetch(own, vcpu, address)
    case .guestWait: return wait(own, vcpu)
    case .guestIdentification(let index, let register):
      return own.reading(
        true, register, constants.guestIdentification[Int(truncatingIfNeeded: index & 63)])
    default: return own.making(step)
    }
  }
}

extension System {
  /// HVC or SMC.
  func guestCall(_ step: Step, _ vcpu: Int) -> GuestChange {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures { (result: GuestChange) in fits(result.change) }
    var own = vcpus[vcpu].own
    own.fault = .none
    switch step {
    case .guestCall(let isSecure, let immediate, let function, let a, let b, let c):
      own.registers = own.registers.loading(function, a, b, c)
      if immediate != 0 {
        return GuestChange(
          refusing: own, ExceptionClass.call(isSecure), .undefined)
      }
      own.registers = own.registers.next()
      return guestCall(own, vcpu, function, a, b, c)
    default: return GuestChange(own, Change.nothing())
    }
  }
}

extension Own {
  /// The steps that read nothing but the guest's own registers.
  func making(_ step: Step) -> GuestChange {
    ensures { (result: GuestChange) in result.change.isQuiet }
    switch step {
    case .guestDebug(let isRead, let register): return reading(isRead, register, 0)
    case .guestInterruptEnable(let isRead, let register): return reading(isRead, register, 0b111)
    case .guestFloatingPoint:
      if usesFloatingPoint {
        return GuestChange(refusing: self, ExceptionClass.floatingPoint, .undefined)
      }
      var after = self
      after.usesFloatingPoint = true
      return GuestChange(after, Change.counting(.floatingPoint))
    case .guestOther(let exceptionClass):
      return GuestChange(refusing: self, exceptionClass, .undefined)
    case .guestRegisters(let value):
      var after = self
      after.registers = registers.renewed(value)
      if usesFloatingPoint { after.registers.floatingPoint = value }
      return GuestChange(after, Change.nothing())
    case .guestTimer(let control, let compare):
      var after = self
      after.registers.timerControl = control
      after.registers.timerCompare = compare
      return GuestChange(after, Change.nothing())
    case .interrupt:
      return GuestChange(
        self, Change.ending(.interrupted, 0, .ready, Int(Counter.interrupted.rawValue)))
    case .timer:
      var after = self
      after.timerLine = true
      return GuestChange(after, Change.counting(.timer))
    case .systemError(let syndrome):
      return GuestChange(self, Change.ending(.hardwareError, syndrome % 0x200_0000, .ready, -1))
    default: return GuestChange(self, Change.nothing())
    }
  }

  /// A trapped system register that reads as a constant and ignores writes.
  func reading(_ isRead: Bool, _ register: UInt64, _ value: UInt64) -> GuestChange {
    ensures { (result: GuestChange) in result.change.isQuiet }
    var after = self
    after.registers = isRead ? registers.writing(register, value).next() : registers.next()
    return GuestChange(after, Change.counting(.systemRegister))
  }
}

/// Exception classes (Arm ARM, ESR_EL2.EC) that the vmm is told.
enum ExceptionClass {
  static let floatingPoint: UInt64 = 0x07
  static let hypervisorCall: UInt64 = 0x16
  static let monitorCall: UInt64 = 0x17
  static let fetchAbort: UInt64 = 0x20
  static let dataAbort: UInt64 = 0x24

  static func call(_ isSecure: Bool) -> UInt64 { isSecure ? monitorCall : hypervisorCall }
}
