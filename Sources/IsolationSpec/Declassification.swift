import Contracts
import EngineABI

// What leaves a VM, and what comes into it, by the rules: the complete lists.

/// What a step of a guest tells the host beside that it was made, how the run ended and what is
/// counted.
public enum Declassification: BitwiseCopyable, Sendable {
  /// Address and width of an access that stage 2 does not map; and a store's value.
  case deviceAccess
  /// When a vCPU in WFI wants to run again.
  case deadline
  /// The exception class of what was refused.
  case refusal
  /// Whether a vCPU was turned on, which, or that the VM wants to be off or started anew.
  case lifeCycle
  /// The contents of a page, from now on until it is unshared.
  case sharedPage
  /// What the guest writes to pages that are shared.
  case sharedContents
  /// The syndrome of a hardware error.
  case hardwareError
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
    case .guestLoad(let address):
      return memory(of: vm, atAddress: address) == nil ? .deviceAccess : nil
    case .guestAbort(let address, _):
      return memory(of: vm, atAddress: address) == nil ? .deviceAccess : nil
    case .guestStore(let address, _):
      guard let page = memory(of: vm, atAddress: address) else { return .deviceAccess }
      return pages[page].use == .shared ? .sharedContents : nil
    case .guestFetch(let address):
      return memory(of: vm, atAddress: address) == nil ? .refusal : nil
    case .guestFloatingPoint: return vcpus[vcpu].usesFloatingPoint ? .refusal : nil
    case .guestOther: return .refusal
    case .guestWait: return .deadline
    case .guestCall(_, let immediate, let function, _, _, _):
      return immediate != 0 ? .refusal : System.declassified(function)
    case .systemError: return .hardwareError
    default: return nil
    }
  }

  /// By a call of a guest.
  static func declassified(_ function: UInt64) -> Declassification? {
    switch function {
    case PSCI.cpuOn, PSCI.cpuOn64, PSCI.cpuOff, PSCI.systemOff, PSCI.systemReset: .lifeCycle
    case Call.hvcBase + UInt64(Call.share.rawValue): .sharedPage
    default: nil
    }
  }
}

/// What a step of the host, or of another VM, may change of what a VM sees.
public enum Influence: BitwiseCopyable, Sendable {
  /// Time goes on.
  case time
  /// A call for this VM: memory is added, a life changes, a line changes, or it ends.
  case call
  /// Its device access is completed, with a value of the vmm's or an abort (a `run` for it).
  case completion
  /// The host writes to a page that is shared.
  case sharedPage
}

/// Whether a step on a CPU may change what the VM sees; `nil` if not at all.
public func influences(
  _ step: Step, _ cpu: Int, _ vm: UInt64, _ system: borrowing System
) -> Influence? {
  switch step {
  case .time: return .time
  case .call(let page, let word, _, _, _):
    let named = word >> 32
    return (named == 0 ? page : named) == vm ? callInfluence(word) : nil
  case .hypervisorCall(_, _, let word, _, _, _):
    return word >> 32 == vm ? callInfluence(word) : nil
  case .hostStore(let address, _):
    guard let page = system.page(at: address) else { return nil }
    return UInt64(system.pages[page].owner) == vm && system.pages[page].use == .shared
      ? .sharedPage : nil
  default: return nil
  }
}

private func callInfluence(_ word: UInt64) -> Influence {
  CallWord(raw: word).number == Call.run.rawValue ? .completion : .call
}
