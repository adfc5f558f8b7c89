import Contracts
import EngineABI

// What each declassification tells the host: beside it, this reads only what the host sees.

extension System {
  /// What a step of a VM's guest tells the host that declassifies this (`toldIsDeclassified`).
  func telling(_ declassified: Declassification?, _ vm: UInt64) -> Told {
    guard let declassified else { return Told() }
    switch declassified {
    case .count(let counter, let isRefused):
      return Told(counting: Int(counter.rawValue), isRefused: isRefused)
    case .interruption:
      return Told(
        ending: .interrupted, 0, .ready, Int(Counter.interrupted.rawValue), isRefused: false)
    case .deviceAccess(let address, let bytes, let isWrite, let value):
      return Told(asking: address, bytes, isWrite, value)
    case .deadline(let time):
      return Told(
        ending: .waitForInterrupt, time, .halted, Int(Counter.waitForInterrupt.rawValue),
        isRefused: false)
    case .refusal(let exceptionClass):
      return Told(ending: .refused, exceptionClass, .ready, -1, isRefused: true)
    case .turnedOn(let number): return System.telling(turnedOn: number, vm)
    case .turnedOff: return Told(ending: .off, 0, .off, hypercall, isRefused: false)
    case .systemEvent(let event):
      return Told(ending: .systemEvent, event.rawValue, .off, hypercall, isRefused: false)
    case .sharedPage(let place, let contents):
      return Told(counting: hypercall, isRefused: false)
        .showing(find(vm, place), vm, place, .shared, contents)
    case .unsharedPage(let place):
      return Told(counting: hypercall, isRefused: false)
        .showing(find(vm, place), vm, place, .memory, 0)
    case .sharedContents(let place, let contents):
      return Told().showing(find(vm, place), vm, place, .shared, contents)
    case .hardwareError(let syndrome):
      return Told(ending: .hardwareError, syndrome, .ready, -1, isRefused: false)
    }
  }

  private static func telling(turnedOn number: UInt64, _ vm: UInt64) -> Told {
    if !isVM(vm) || number >= UInt64(Limits.vcpusPerVM) { return Told() }
    return Told(waking: VCPUChange(.turnOn, vcpu(vm, number), 1), 1 << number)
  }

  private var hypercall: Int { Int(Counter.hypercall.rawValue) }

  /// In states that look the same to the host, the same is told by the same.
  static func sameTelling(
    _ a: borrowing System, _ b: borrowing System, _ declassified: Declassification?,
    _ vcpu: Int, _ other: Int
  ) {
    requires(hostSeesSame(a, b) && vcpu >= 0 && vcpu < vcpuCount && other == vcpu)
    ensures(
      a.telling(declassified, vm(of: vcpu)) == b.telling(declassified, vm(of: other)))
    sameVM(vcpu, other)
    sameTelling(a, b, declassified, vm(of: vcpu))
  }

  private static func sameVM(_ vcpu: Int, _ other: Int) {
    requires(vcpu >= 0 && vcpu < vcpuCount && other == vcpu)
    ensures(vm(of: vcpu) == vm(of: other))
  }

  private static func sameTelling(
    _ a: borrowing System, _ b: borrowing System, _ declassified: Declassification?, _ vm: UInt64
  ) {
    requires(hostSeesSame(a, b))
    ensures(a.telling(declassified, vm) == b.telling(declassified, vm))
    guard let declassified else { return }
    switch declassified {
    case .sharedPage(let place, _): sameMemory(a, b, vm, place)
    case .unsharedPage(let place): sameMemory(a, b, vm, place)
    case .sharedContents(let place, _): sameMemory(a, b, vm, place)
    default: return
    }
  }
}

extension Told {
  /// Of a page, which a VM finds at this place, the host sees this now.
  func showing(
    _ page: Int, _ vm: UInt64, _ place: UInt64, _ use: Use, _ contents: UInt64
  ) -> Told {
    var result = self
    result.page = page
    result.shown = Page()
    result.shown.owner = UInt8(truncatingIfNeeded: vm)
    result.shown.use = use
    result.shown.place = place
    result.shown.contents = contents
    return result
  }
}
