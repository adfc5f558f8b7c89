import Contracts
import EngineABI
import IsolationSpec

extension Generator {
  /// What a guest does.
  mutating func guestStep(_ spec: borrowing System, _ vcpu: Int) -> Step {
    if random.oneIn(8), let other = starting(spec, vcpu) {
      return random.oneIn(2)
        ? guestCall(0xc400_0003, other, Generator.guestBase, Generator.device)
        : guestCall(0xc400_0004, other, 0)
    }
    switch random.below(100) {
    case 0..<22:
      return guestCall(
        Call.hvcBase &+ UInt64(random.oneIn(2) ? Call.share.rawValue : Call.unshare.rawValue),
        guestPlace())
    case 22..<36: return .guestLoad(guestPlace() &+ Generator.word)
    case 36..<50: return .guestStore(guestPlace() &+ Generator.word, value: random.next() | 1)
    case 50..<60: return firmware()
    case 60..<64: return device()
    case 64..<67: return isOnDevice ? .guestWait : .guestRegisters(random.next() >> 1 | 1)
    case 67..<70: return .guestIdentification(random.below(64), register: random.below(32))
    case 70..<84: return isOnDevice ? device() : .interrupt
    default: return isOnDevice ? deviceOddity() : oddity()
    }
  }

  /// A vCPU of the same VM that is turned on and has not run.
  private func starting(_ spec: borrowing System, _ vcpu: Int) -> UInt64? {
    let vm = System.vm(of: vcpu)
    for number in 0..<UInt64(Limits.vcpusPerVM)
    where spec.vcpus[System.vcpu(vm, number)].life == .starting {
      return number
    }
    return nil
  }

  private mutating func guestPlace() -> UInt64 {
    if random.oneIn(30) { return Generator.device }
    if random.oneIn(60) { return random.oneIn(2) && !isOnDevice ? 1 << 40 : 0x7fff_f000 }
    let base = random.oneIn(3) ? Generator.guestBase &+ PageSize.block : Generator.guestBase
    return base &+ random.below(6) << 12
  }

  private mutating func guestCall(
    _ function: UInt64, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0
  ) -> Step {
    .guestCall(
      isSecure: random.oneIn(3), immediate: !isOnDevice && random.oneIn(60) ? 1 : 0,
      function: function, a: a, b: b, c: c)
  }

  private mutating func firmware() -> Step {
    switch random.below(24) {
    case 0..<6:
      return guestCall(
        random.oneIn(2) ? 0xc400_0003 : 0x8400_0003, number(4),
        random.oneIn(4) ? 0x1002 : Generator.guestBase, Generator.device)
    case 6..<10: return guestCall(0xc400_0004, number(4), random.oneIn(5) ? 1 : 0)
    case 10: return guestCall(0x8400_0002)
    case 11: return random.oneIn(3) ? guestCall(0x8400_0008) : guestCall(0x8400_0009)
    case 12: return guestCall(0x8400_0000)
    case 13: return guestCall(0x8400_000a, 0x8400_0000 &+ random.below(16))
    case 14: return guestCall(0x8400_000a, 0xc400_0000 &+ random.below(16))
    case 15: return guestCall(0x8000_0000)
    case 16: return guestCall(0x8000_0001, 0x8000_0000 &+ random.below(3))
    case 17:
      if isOnDevice { return guestCall(0x8400_0006) }
      return guestCall(0x8000_0001, workaround())
    case 18:
      if isOnDevice { return guestCall(0x8400_0006) }
      return guestCall(workaround(), random.next())
    case 19: return guestCall(0xc400_0001, random.oneIn(2) ? 0 : 1 << 16)
    case 20: return guestCall(0x8400_0001, random.oneIn(2) ? 0 : 1 << 30)
    case 21: return guestCall(Call.hvcBase &+ random.below(20), guestPlace())
    case 22: return guestCall(Call.hvcBase &+ UInt64(Call.share.rawValue), guestPlace() | 8)
    default: return guestCall(random.next(), random.next(), random.next(), random.next())
    }
  }

  private mutating func workaround() -> UInt64 {
    switch random.below(3) {
    case 0: 0x8000_8000
    case 1: 0x8000_7fff
    default: 0x8000_3fff
    }
  }

  /// An access to a device, of any form that the hardware knows.
  private mutating func device() -> Step {
    var access = Access()
    access.isWrite = random.oneIn(2)
    access.bytes = 1 << random.below(4)
    access.register = random.below(32)
    access.isSigned = !access.isWrite && random.oneIn(3)
    access.isWide = random.oneIn(2)
    access.virtualPage = random.below(1 << 52)
    if !isOnDevice && random.oneIn(8) { access.isPlain = false }
    if !isOnDevice && random.oneIn(8) { access.isMiss = false }
    let address = random.oneIn(4) && !isOnDevice ? guestPlace() : Generator.device
    return .guestAbort(address &+ random.below(8) &* 8, access)
  }

  private mutating func deviceOddity() -> Step {
    switch random.below(4) {
    case 0: .guestWait
    case 1: .guestDebug(isRead: true, register: 7)
    case 2: .guestIdentification(0, register: 7)
    default: .guestOther(0)
    }
  }

  /// What a guest seldom does, or the hardware does to it.
  private mutating func oddity() -> Step {
    switch random.below(12) {
    case 0, 1: return .guestWait
    case 2: return .guestFloatingPoint
    case 3: return .guestDebug(isRead: random.oneIn(2), register: random.below(32))
    case 4: return .guestInterruptEnable(isRead: random.oneIn(2), register: random.below(32))
    case 5: return .guestOther(random.oneIn(2) ? 0x19 : 0x0c)
    case 6: return .guestFetch(guestPlace())
    case 7, 8: return .guestTimer(control: random.below(4), compare: random.below(3000))
    case 9: return .timer
    case 10: return .systemError(random.next())
    default: return .guestRegisters(random.next() >> 1 | 1)
    }
  }
}
