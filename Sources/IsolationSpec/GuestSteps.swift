import Contracts
import EngineABI

// What a running guest does.

extension System {
  mutating func makeGuest(_ step: Step, _ cpu: Int, _ vcpu: Int) {
    switch step {
    case .guestCall(let isSecure, let immediate, let function, let a, let b, let c):
      vcpus[vcpu].registers.x[0] = function
      vcpus[vcpu].registers.x[1] = a
      vcpus[vcpu].registers.x[2] = b
      vcpus[vcpu].registers.x[3] = c
      if immediate != 0 {
        refuse(cpu, isSecure ? monitorCallClass : hypervisorCallClass, .undefined)
      } else {
        vcpus[vcpu].registers.next()
        guestCall(cpu, vcpu, function, a, b, c)
      }
    case .guestLoad(let address): guestLoad(cpu, vcpu, address)
    case .guestStore(let address, let value): guestStore(cpu, vcpu, address, value)
    case .guestAbort(let address, let access): guestAbort(cpu, vcpu, address, access)
    case .guestFetch(let address): guestFetch(cpu, vcpu, address)
    case .guestIdentification(let index, let register):
      readRegister(
        vcpu, true, register, constants.guestIdentification[Int(truncatingIfNeeded: index & 63)])
    case .guestDebug(let isRead, let register): readRegister(vcpu, isRead, register, 0)
    case .guestInterruptEnable(let isRead, let register):
      readRegister(vcpu, isRead, register, 0b111)
    case .guestWait: wait(cpu, vcpu)
    case .guestFloatingPoint:
      if vcpus[vcpu].usesFloatingPoint {
        refuse(cpu, floatingPointClass, .undefined)
      } else {
        vcpus[vcpu].usesFloatingPoint = true
        vcpus[vcpu].count(.floatingPoint)
      }
    case .guestOther(let exceptionClass): refuse(cpu, exceptionClass, .undefined)
    case .guestRegisters(let value):
      for register in 6..<31 {
        vcpus[vcpu].registers.x[register] = value &+ UInt64(truncatingIfNeeded: register)
      }
      vcpus[vcpu].registers.system = value
      if vcpus[vcpu].usesFloatingPoint { vcpus[vcpu].registers.floatingPoint = value }
    case .guestTimer(let control, let compare):
      vcpus[vcpu].registers.timerControl = control
      vcpus[vcpu].registers.timerCompare = compare
    case .interrupt:
      vcpus[vcpu].count(.interrupted)
      leave(cpu, .interrupted)
    case .timer:
      vcpus[vcpu].count(.timer)
      vcpus[vcpu].timerLine = true
    case .systemError(let syndrome): leave(cpu, .hardwareError, syndrome % 0x200_0000)
    default: break
    }
  }

  /// A trapped system register that reads as a constant and ignores writes.
  private mutating func readRegister(
    _ vcpu: Int, _ isRead: Bool, _ register: UInt64, _ value: UInt64
  ) {
    vcpus[vcpu].count(.systemRegister)
    if isRead { vcpus[vcpu].registers.write(register, value) }
    vcpus[vcpu].registers.next()
  }
}

/// Exception classes (Arm ARM, ESR_EL2.EC) that the vmm is told.
private let floatingPointClass: UInt64 = 0x07
private let hypervisorCallClass: UInt64 = 0x16
private let monitorCallClass: UInt64 = 0x17
