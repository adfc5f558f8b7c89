import Contracts
import EngineABI

// What leaves a VM, and what comes into it, by the rules: the complete lists.

/// What a step of a guest tells the host, and all that it tells (`toldIsDeclassified`): of two states
/// that look the same to it, it cannot tell apart those in which guests' steps declassify the same.
public enum Declassification: BitwiseCopyable, Equatable, Sendable {
  /// What is counted; and whether it was a call that there is not.
  case count(Counter, isRefused: Bool)
  /// That an interrupt for the host has ended the run.
  case interruption
  /// Address, width and direction of an access that stage 2 does not map; and a store's value.
  case deviceAccess(address: UInt64, bytes: UInt64, isWrite: Bool, value: UInt64)
  /// When a vCPU in WFI wants to run again, by the physical counter; or all ones.
  case deadline(UInt64)
  /// The exception class of what was refused.
  case refusal(exceptionClass: UInt64)
  /// Which vCPU was turned on; that the caller is off; that the VM wants to be off or started anew.
  case turnedOn(vcpu: UInt64)
  case turnedOff
  case systemEvent(SystemEvent)
  /// A guest page, and its contents, from now on until it is unshared.
  case sharedPage(place: UInt64, contents: UInt64)
  /// A guest page, of which the host does not see the contents any more.
  case unsharedPage(place: UInt64)
  /// What the guest writes to a page that is shared, and to which.
  case sharedContents(place: UInt64, contents: UInt64)
  /// The syndrome of a hardware error.
  case hardwareError(syndrome: UInt64)
}

/// What a step of the guest that has a CPU tells the host; `nil` if nothing.
public func declassifies(_ step: Step, _ cpu: Int, _ system: borrowing System)
  -> Declassification?
{
  requires(cpu >= 0 && cpu < Limits.cpus && system.cpus[cpu].runs >= 0)
  return system.declassified(step, system.cpus[cpu].runs)
}

extension System {
  func declassified(_ step: Step, _ vcpu: Int) -> Declassification? {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    let vm = System.vm(of: vcpu)
    switch step {
    case .guestRegisters, .guestTimer: return nil
    case .guestLoad(let address): return declassifiedLoad(vm, address)
    case .guestStore(let address, let value): return declassifiedStore(vm, address, value)
    case .guestAbort(let address, let access): return declassifiedAbort(vcpu, address, access)
    case .guestFetch(let address): return declassifiedFetch(vm, address)
    case .guestDebug, .guestInterruptEnable, .guestIdentification:
      return .count(.systemRegister, isRefused: false)
    case .guestFloatingPoint:
      return vcpus[vcpu].usesFloatingPoint
        ? .refusal(exceptionClass: ExceptionClass.floatingPoint)
        : .count(.floatingPoint, isRefused: false)
    case .guestOther(let exceptionClass): return .refusal(exceptionClass: exceptionClass)
    case .guestWait: return declassifiedWait(vcpu)
    case .guestCall(let isSecure, let immediate, let function, let a, let b, _):
      return immediate == 0
        ? declassifiedCall(vm, function, a, b)
        : .refusal(exceptionClass: ExceptionClass.call(isSecure))
    case .interrupt: return .interruption
    case .timer: return .count(.timer, isRefused: false)
    case .systemError(let syndrome):
      return .hardwareError(syndrome: syndrome % 0x200_0000)
    default: return nil
    }
  }

  func declassifiedLoad(_ vm: UInt64, _ address: UInt64) -> Declassification? {
    find(vm, atAddress: address) >= 0 ? nil : .access(Access(5, isWrite: false), address, 0)
  }

  func declassifiedStore(_ vm: UInt64, _ address: UInt64, _ value: UInt64) -> Declassification? {
    let page = find(vm, atAddress: address)
    guard page >= 0 else { return .access(Access(5, isWrite: true), address, value) }
    return pages[page].use == .shared
      ? .sharedContents(place: address / PageSize.page, contents: value) : nil
  }

  func declassifiedAbort(
    _ vcpu: Int, _ address: UInt64, _ access: Access
  ) -> Declassification {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    if find(System.vm(of: vcpu), atAddress: address) >= 0 {
      return .count(.retry, isRefused: false)
    }
    return access.isPlain && access.isMiss
      ? .access(access, address, vcpus[vcpu].registers.read(access.register))
      : .refusal(exceptionClass: ExceptionClass.dataAbort)
  }

  func declassifiedFetch(_ vm: UInt64, _ address: UInt64) -> Declassification {
    find(vm, atAddress: address) >= 0
      ? .count(.retry, isRefused: false) : .refusal(exceptionClass: ExceptionClass.fetchAbort)
  }

  /// By WFI: a vCPU whose timer is due goes on.
  func declassifiedWait(_ vcpu: Int) -> Declassification {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    let registers = vcpus[vcpu].registers
    let start = guest(System.vm(of: vcpu)).start
    if registers.isTimerDue(now &- start) { return .count(.waitForInterrupt, isRefused: false) }
    let deadline = registers.timerCompare.addingReportingOverflow(start)
    return .deadline(
      registers.isTimerArmed && !deadline.overflow ? deadline.partialValue : UInt64.max)
  }

  /// By a call of a guest.
  func declassifiedCall(
    _ vm: UInt64, _ function: UInt64, _ a: UInt64, _ b: UInt64
  ) -> Declassification {
    requires(System.isVM(vm))
    switch function {
    case PSCI.cpuOff: return .turnedOff
    case PSCI.systemOff: return .systemEvent(.off)
    case PSCI.systemReset: return .systemEvent(.reset)
    case PSCI.cpuOn: return declassifiedTurnOn(vm, a & word, b & word)
    case PSCI.cpuOn64: return declassifiedTurnOn(vm, a, b)
    case Call.hvcBase + UInt64(Call.share.rawValue):
      let page = change(vm, a, from: .memory, to: .shared).pages
      return page.count == 0
        ? .count(.hypercall, isRefused: false)
        : .sharedPage(place: a / PageSize.page, contents: pages[page.first].contents)
    case Call.hvcBase + UInt64(Call.unshare.rawValue):
      return change(vm, a, from: .shared, to: .memory).pages.count == 0
        ? .count(.hypercall, isRefused: false) : .unsharedPage(place: a / PageSize.page)
    case PSCI.affinityInfo, PSCI.affinityInfo64: return .count(.hypercall, isRefused: false)
    default:
      return .count(.hypercall, isRefused: firmwareAnswer(function, a) == PSCI.notSupported)
    }
  }

  func declassifiedTurnOn(_ vm: UInt64, _ affinity: UInt64, _ entry: UInt64) -> Declassification {
    requires(System.isVM(vm))
    return life(vm, affinity) == .off && entry % 4 == 0 && find(vm, atAddress: entry) >= 0
      ? .turnedOn(vcpu: affinity) : .count(.hypercall, isRefused: false)
  }
}

extension Declassification {
  /// Whether it tells nothing of the guest but which step it was, as far as that shows in counters.
  public var isCount: Bool {
    switch self {
    case .count, .interruption: true
    default: false
    }
  }

  /// Of an access that is not mapped; `value` is its register's.
  static func access(_ access: Access, _ address: UInt64, _ value: UInt64) -> Declassification {
    .deviceAccess(
      address: address, bytes: access.bytes, isWrite: access.isWrite,
      value: access.isWrite ? access.narrowed(value) : 0)
  }
}

/// What a step of the host, or of another VM, may change of what a VM sees, and all that it may.
public enum Influence: BitwiseCopyable, Sendable {
  /// Time goes on.
  case time
  /// The VM is created, sealed or ended, and so are its vCPUs.
  case state
  /// Memory or a table is added; or memory of a VM that dies is taken back.
  case memory
  /// One of its vCPUs is made, or set up to start.
  case vcpu
  /// A vCPU gets a CPU; its device access is completed, with a value of the vmm's or an abort.
  case completion
  /// The line of a shared interrupt.
  case line
  /// The host writes to a page that is shared.
  case sharedPage
}

/// What a step that is not the VM's own may change of what it sees; `nil` if nothing
/// (`othersLeaveView`).
public func influences(
  _ step: Step, _ cpu: Int, _ vm: UInt64, _ system: borrowing System
) -> Influence? {
  switch step {
  case .time: return .time
  case .call, .hypervisorCall: return step.calls(vm) ? Influence.of(step.asked.number) : nil
  case .hostStore: return system.stores(step, to: vm) ? .sharedPage : nil
  default: return nil
  }
}

extension Influence {
  /// Of a call for the VM.
  static func of(_ number: UInt32) -> Influence? {
    guard let call = Call(rawValue: number) else { return nil }
    return of(call)
  }

  static func of(_ call: Call) -> Influence? {
    switch call {
    case .createVM, .seal, .destroyVM: return .state
    case .donate, .donateTable, .reclaim: return .memory
    case .createVCPU, .setEntry: return .vcpu
    case .run: return .completion
    case .setInterrupt: return .line
    case .info, .counter, .stateOfVM, .share, .unshare: return nil
    }
  }
}
