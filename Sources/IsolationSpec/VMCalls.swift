import Contracts
import EngineABI

// A VM as observer: its guests' calls.

extension System {
  static func callSame(
    _ a: borrowing System, _ b: borrowing System, _ step: Step, _ vcpu: Int
  ) {
    requires(vcpu >= 0 && vcpu < vcpuCount && isVM(vm(of: vcpu)))
    requires(vmSeesSame(a, b, vm(of: vcpu)) && isSame(a.constants, b.constants))
    requires(isSame(a.vcpus[vcpu].own, b.vcpus[vcpu].own))
    ensures(a.guestCall(step, vcpu).looksSame(b.guestCall(step, vcpu)))
    var own = a.vcpus[vcpu].own.resting
    var its = b.vcpus[vcpu].own.resting
    switch step {
    case .guestCall(let isSecure, let immediate, let function, let x, let y, let z):
      own.registers = own.registers.loading(function, x, y, z)
      its.registers = its.registers.loading(function, x, y, z)
      holds(isSame(own, its))
      if immediate != 0 {
        own.refusesSame(its, ExceptionClass.call(isSecure), .undefined)
        return
      }
      own.registers = own.registers.next()
      its.registers = its.registers.next()
      callSame(a, b, own, its, vcpu, vm(of: vcpu), function, x, y, z)
    default: return
    }
  }

  private static func callSame(
    _ a: borrowing System, _ b: borrowing System, _ own: Own, _ its: Own, _ vcpu: Int,
    _ vm: UInt64, _ function: UInt64, _ x: UInt64, _ y: UInt64, _ z: UInt64
  ) {
    requires(vcpu >= 0 && vcpu < vcpuCount && vm == System.vm(of: vcpu) && isVM(vm))
    requires(vmSeesSame(a, b, vm) && isSame(a.constants, b.constants) && isSame(own, its))
    ensures(
      a.guestCall(own, vcpu, function, x, y, z)
        .looksSame(b.guestCall(its, vcpu, function, x, y, z)))
    switch function {
    case PSCI.cpuOff, PSCI.systemOff, PSCI.systemReset:
      let change = a.ending(function)
      a.endingCalls(own, vcpu, function, x, y, z)
      b.endingCalls(its, vcpu, function, x, y, z)
      own.endsSame(its, change)
      a.guestCall(own, vcpu, function, x, y, z).isLike(
        b.guestCall(its, vcpu, function, x, y, z), GuestChange(own, change),
        GuestChange(its, change))
      return
    case PSCI.cpuOn:
      turnOnSame(a, b, own, its, vm, x & a.word, y & a.word, z & a.word)
      a.turnOnCalls(own, vcpu, vm, function, x, y, z)
      b.turnOnCalls(its, vcpu, vm, function, x, y, z)
      a.guestCall(own, vcpu, function, x, y, z).isLike(
        b.guestCall(its, vcpu, function, x, y, z),
        a.turnOnCPU(own, vm, x & a.word, y & a.word, z & a.word),
        b.turnOnCPU(its, vm, x & a.word, y & a.word, z & a.word))
      return
    case PSCI.cpuOn64:
      turnOnSame(a, b, own, its, vm, x, y, z)
      a.turnOnCalls(own, vcpu, vm, function, x, y, z)
      b.turnOnCalls(its, vcpu, vm, function, x, y, z)
      a.guestCall(own, vcpu, function, x, y, z).isLike(
        b.guestCall(its, vcpu, function, x, y, z), a.turnOnCPU(own, vm, x, y, z),
        b.turnOnCPU(its, vm, x, y, z))
      return
    case Call.hvcBase + UInt64(Call.share.rawValue):
      sharingSame(a, b, vm, x, from: .memory, to: .shared)
      own.answersSame(
        its, a.change(vm, x, from: .memory, to: .shared),
        b.change(vm, x, from: .memory, to: .shared))
      a.sharingCalls(own, vcpu, vm, function, x, y, z)
      b.sharingCalls(its, vcpu, vm, function, x, y, z)
      a.guestCall(own, vcpu, function, x, y, z).isLike(
        b.guestCall(its, vcpu, function, x, y, z),
        own.answered(a.change(vm, x, from: .memory, to: .shared)),
        its.answered(b.change(vm, x, from: .memory, to: .shared)))
      return
    case Call.hvcBase + UInt64(Call.unshare.rawValue):
      sharingSame(a, b, vm, x, from: .shared, to: .memory)
      own.answersSame(
        its, a.change(vm, x, from: .shared, to: .memory),
        b.change(vm, x, from: .shared, to: .memory))
      a.sharingCalls(own, vcpu, vm, function, x, y, z)
      b.sharingCalls(its, vcpu, vm, function, x, y, z)
      a.guestCall(own, vcpu, function, x, y, z).isLike(
        b.guestCall(its, vcpu, function, x, y, z),
        own.answered(a.change(vm, x, from: .shared, to: .memory)),
        its.answered(b.change(vm, x, from: .shared, to: .memory)))
      return
    case PSCI.affinityInfo:
      affinitySame(a, b, vm, x & a.word, y & a.word)
      own.answersSame(its, a.affinityInfo(vm, x & a.word, y & a.word))
      a.answerCalls(own, vcpu, vm, function, x, y, z)
      b.answerCalls(its, vcpu, vm, function, x, y, z)
      a.guestCall(own, vcpu, function, x, y, z).isLike(
        b.guestCall(its, vcpu, function, x, y, z),
        own.answered(a.affinityInfo(vm, x & a.word, y & a.word)),
        its.answered(b.affinityInfo(vm, x & a.word, y & a.word)))
      return
    case PSCI.affinityInfo64:
      affinitySame(a, b, vm, x, y)
      own.answersSame(its, a.affinityInfo(vm, x, y))
      a.answerCalls(own, vcpu, vm, function, x, y, z)
      b.answerCalls(its, vcpu, vm, function, x, y, z)
      a.guestCall(own, vcpu, function, x, y, z).isLike(
        b.guestCall(its, vcpu, function, x, y, z), own.answered(a.affinityInfo(vm, x, y)),
        its.answered(b.affinityInfo(vm, x, y)))
      return
    default: return firmwareSame(a, b, own, its, vcpu, vm, function, x, y, z)
    }
  }

  private static func firmwareSame(
    _ a: borrowing System, _ b: borrowing System, _ own: Own, _ its: Own, _ vcpu: Int,
    _ vm: UInt64, _ function: UInt64, _ x: UInt64, _ y: UInt64, _ z: UInt64
  ) {
    requires(vcpu >= 0 && vcpu < vcpuCount && vm == System.vm(of: vcpu) && isVM(vm))
    requires(isSame(a.constants, b.constants) && isSame(own, its))
    requires(!a.isOther(function) && !b.isOther(function))
    ensures(
      a.guestCall(own, vcpu, function, x, y, z)
        .looksSame(b.guestCall(its, vcpu, function, x, y, z)))
    sameFirmware(a, b, function, x)
    a.answerCalls(own, vcpu, vm, function, x, y, z)
    b.answerCalls(its, vcpu, vm, function, x, y, z)
    answersLike(
      a.guestCall(own, vcpu, function, x, y, z), b.guestCall(its, vcpu, function, x, y, z), own,
      its, a.firmwareAnswer(function, x), b.firmwareAnswer(function, x))
  }

  private static func answersLike(
    _ one: GuestChange, _ other: GuestChange, _ own: Own, _ its: Own, _ value: UInt64,
    _ same: UInt64
  ) {
    requires(isSame(own, its) && value == same)
    requires(one.isSame(own.answered(value)))
    requires(other.isSame(its.answered(same)))
    ensures(one.looksSame(other))
    own.answersSame(its, value, same)
    one.isLike(other, own.answered(value), its.answered(same))
  }

  /// What CPU_OFF, SYSTEM_OFF and SYSTEM_RESET are.
  private func ending(_ function: UInt64) -> Change {
    function == PSCI.cpuOff
      ? Change.ending(.off, 0, .off, Int(Counter.hypercall.rawValue))
      : Change.ending(
        .systemEvent,
        function == PSCI.systemOff ? SystemEvent.off.rawValue : SystemEvent.reset.rawValue, .off,
        Int(Counter.hypercall.rawValue))
  }

  private func endingCalls(
    _ own: Own, _ vcpu: Int, _ function: UInt64, _ x: UInt64, _ y: UInt64, _ z: UInt64
  ) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    requires(
      function == PSCI.cpuOff || function == PSCI.systemOff || function == PSCI.systemReset)
    ensures(
      guestCall(own, vcpu, function, x, y, z).isSame(GuestChange(own, ending(function))))
  }

  private func turnOnCalls(
    _ own: Own, _ vcpu: Int, _ vm: UInt64, _ function: UInt64, _ x: UInt64, _ y: UInt64,
    _ z: UInt64
  ) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && vm == System.vm(of: vcpu) && System.isVM(vm))
    ensures(
      function != PSCI.cpuOn
        || guestCall(own, vcpu, function, x, y, z)
          .isSame(turnOnCPU(own, vm, x & word, y & word, z & word))
    )
    ensures(
      function != PSCI.cpuOn64
        || guestCall(own, vcpu, function, x, y, z).isSame(turnOnCPU(own, vm, x, y, z)))
  }

  private func sharingCalls(
    _ own: Own, _ vcpu: Int, _ vm: UInt64, _ function: UInt64, _ x: UInt64, _ y: UInt64,
    _ z: UInt64
  ) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && vm == System.vm(of: vcpu) && System.isVM(vm))
    ensures(
      function != Call.hvcBase + UInt64(Call.share.rawValue)
        || guestCall(own, vcpu, function, x, y, z)
          .isSame(own.answered(change(vm, x, from: .memory, to: .shared)))
    )
    ensures(
      function != Call.hvcBase + UInt64(Call.unshare.rawValue)
        || guestCall(own, vcpu, function, x, y, z)
          .isSame(own.answered(change(vm, x, from: .shared, to: .memory)))
    )
  }

  private func answerCalls(
    _ own: Own, _ vcpu: Int, _ vm: UInt64, _ function: UInt64, _ x: UInt64, _ y: UInt64,
    _ z: UInt64
  ) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && vm == System.vm(of: vcpu) && System.isVM(vm))
    ensures(
      function != PSCI.affinityInfo
        || guestCall(own, vcpu, function, x, y, z)
          .isSame(own.answered(affinityInfo(vm, x & word, y & word)))
    )
    ensures(
      function != PSCI.affinityInfo64
        || guestCall(own, vcpu, function, x, y, z)
          .isSame(own.answered(affinityInfo(vm, x, y)))
    )
    ensures(
      isOther(function)
        || guestCall(own, vcpu, function, x, y, z)
          .isSame(own.answered(firmwareAnswer(function, x)))
    )
  }

  /// Whether the answer is not the firmware's.
  private func isOther(_ function: UInt64) -> Bool {
    switch function {
    case PSCI.cpuOff, PSCI.systemOff, PSCI.systemReset, PSCI.cpuOn, PSCI.cpuOn64,
      Call.hvcBase + UInt64(Call.share.rawValue), Call.hvcBase + UInt64(Call.unshare.rawValue),
      PSCI.affinityInfo, PSCI.affinityInfo64:
      true
    default: false
    }
  }

  private static func sameLife(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ affinity: UInt64
  ) {
    requires(isVM(vm) && vmSeesSame(a, b, vm))
    ensures(Views.seen(a.life(vm, affinity)) == Views.seen(b.life(vm, affinity)))
    if affinity < UInt64(Limits.vcpusPerVM) {
      holds(Views.vcpus(a, b, System.vcpu(vm, 0)))
      holds(
        System.vcpu(vm, affinity) >= System.vcpu(vm, 0)
          && System.vcpu(vm, affinity) < System.vcpu(vm, 0) + Limits.vcpusPerVM)
    }
  }

  private static func turnOnSame(
    _ a: borrowing System, _ b: borrowing System, _ own: Own, _ its: Own, _ vm: UInt64,
    _ affinity: UInt64, _ entry: UInt64, _ argument: UInt64
  ) {
    requires(isVM(vm) && vmSeesSame(a, b, vm) && isSame(own, its))
    ensures(
      a.turnOnCPU(own, vm, affinity, entry, argument)
        .looksSame(b.turnOnCPU(its, vm, affinity, entry, argument)))
    sameLife(a, b, vm, affinity)
    sameAddress(a, b, vm, entry)
    let life = a.life(vm, affinity)
    holds((life == .off) == (b.life(vm, affinity) == .off))
    if life != .off {
      own.refusesToTurnOnSame(
        its,
        life == .absent
          ? PSCI.invalidParameters : life == .starting ? PSCI.onPending : PSCI.alreadyOn)
      holds(
        a.turnOnCPU(own, vm, affinity, entry, argument)
          .looksSame(b.turnOnCPU(its, vm, affinity, entry, argument)))
    } else if entry % 4 != 0 || a.find(vm, atAddress: entry) < 0 {
      own.refusesToTurnOnSame(its, PSCI.invalidAddress)
      holds(
        a.turnOnCPU(own, vm, affinity, entry, argument)
          .looksSame(b.turnOnCPU(its, vm, affinity, entry, argument)))
    } else {
      let one = a.turnOnCPU(own, vm, affinity, entry, argument)
      let other = b.turnOnCPU(its, vm, affinity, entry, argument)
      let change = Change.waking(
        System.turningOn(System.vcpu(vm, affinity), entry, argument), 1 << affinity)
      a.turnOnMakes(own, vm, affinity, entry, argument)
      b.turnOnMakes(its, vm, affinity, entry, argument)
      own.returnsSame(its, PSCI.success)
      one.isLike(other, own.returning(PSCI.success), its.returning(PSCI.success))
      change.looksLikeItself()
      one.isLike(other, change, change)
      holds(
        a.turnOnCPU(own, vm, affinity, entry, argument)
          .looksSame(b.turnOnCPU(its, vm, affinity, entry, argument)))
    }
  }

  private func turnOnMakes(
    _ own: Own, _ vm: UInt64, _ affinity: UInt64, _ entry: UInt64, _ argument: UInt64
  ) {
    requires(System.isVM(vm) && affinity < UInt64(Limits.vcpusPerVM))
    requires(life(vm, affinity) == .off && entry % 4 == 0 && find(vm, atAddress: entry) >= 0)
    ensures(
      IsolationSpec.isSame(
        turnOnCPU(own, vm, affinity, entry, argument).own, own.returning(PSCI.success)))
    ensures(
      turnOnCPU(own, vm, affinity, entry, argument).change
        == Change.waking(
          System.turningOn(System.vcpu(vm, affinity), entry, argument), 1 << affinity))
  }

  private static func affinitySame(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ affinity: UInt64,
    _ level: UInt64
  ) {
    requires(isVM(vm) && vmSeesSame(a, b, vm))
    ensures(a.affinityInfo(vm, affinity, level) == b.affinityInfo(vm, affinity, level))
    sameLife(a, b, vm, affinity)
  }

  private static func sharingSame(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ address: UInt64, from: Use,
    to: Use
  ) {
    requires(isVM(vm) && vmSeesSame(a, b, vm))
    ensures(
      a.change(vm, address, from: from, to: to).status
        == b.change(vm, address, from: from, to: to).status)
    ensures(
      a.change(vm, address, from: from, to: to).pages
        .looksSame(b.change(vm, address, from: from, to: to).pages))
    sameAddress(a, b, vm, address)
  }
}
