import Contracts
import EngineABI

// A VM as observer, and its own steps: in two states that look the same to it, wherever its memory
// lies and whatever others have, a step of its guest makes the same of its registers and decides on the
// same.

extension System {
  /// A step of a running guest.
  static func vmDecidesSame(
    _ a: borrowing System, _ b: borrowing System, _ step: Step, _ vcpu: Int
  ) {
    requires(vcpu >= 0 && vcpu < vcpuCount && isVM(vm(of: vcpu)))
    requires(vmSeesSame(a, b, vm(of: vcpu)) && isSame(a.constants, b.constants))
    requires(a.vcpus[vcpu].life == .running && b.vcpus[vcpu].life == .running)
    ensures(a.guestChange(step, vcpu).looksSame(b.guestChange(step, vcpu)))
    sameRunning(a, b, vcpu)
    let own = a.vcpus[vcpu].own.resting
    let its = b.vcpus[vcpu].own.resting
    holds(isSame(own, its))
    switch step {
    case .guestCall:
      callSame(a, b, step, vcpu)
      holds(a.guestChange(step, vcpu).looksSame(b.guestChange(step, vcpu)))
    case .guestLoad(let address):
      loadSame(a, b, own, its, vcpu, address)
      holds(a.guestChange(step, vcpu).looksSame(b.guestChange(step, vcpu)))
    case .guestStore(let address, let value):
      storeSame(a, b, own, its, vcpu, address, value)
      holds(a.guestChange(step, vcpu).looksSame(b.guestChange(step, vcpu)))
    case .guestAbort(let address, let access):
      abortSame(a, b, own, its, vcpu, address, access)
      holds(a.guestChange(step, vcpu).looksSame(b.guestChange(step, vcpu)))
    case .guestFetch(let address):
      fetchSame(a, b, own, its, vcpu, address)
      holds(a.guestChange(step, vcpu).looksSame(b.guestChange(step, vcpu)))
    case .guestWait:
      waitSame(a, b, own, its, vcpu)
      holds(a.guestChange(step, vcpu).looksSame(b.guestChange(step, vcpu)))
    case .guestIdentification(let index, let register):
      identificationSame(a, b, own, its, index, register)
      holds(a.guestChange(step, vcpu).looksSame(b.guestChange(step, vcpu)))
    default:
      own.makesAlike(its, step)
      holds(a.guestChange(step, vcpu).looksSame(b.guestChange(step, vcpu)))
    }
  }

  /// It sees all of a vCPU that runs.
  private static func sameRunning(_ a: borrowing System, _ b: borrowing System, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < vcpuCount && isVM(vm(of: vcpu)))
    requires(vmSeesSame(a, b, vm(of: vcpu)) && a.vcpus[vcpu].life == .running)
    ensures(isSame(a.vcpus[vcpu].own, b.vcpus[vcpu].own))
    let first = System.vcpu(vm(of: vcpu), 0)
    holds(vcpu >= first && vcpu < first + Limits.vcpusPerVM)
    holds(Views.vcpus(a, b, first))
    holds(Views.guest(a.vcpus[vcpu], b.vcpus[vcpu]))
  }

  /// A VM finds the same at a place.
  static func samePlace(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ place: UInt64
  ) {
    requires(isVM(vm) && Views.memory(a, of: b, vm) && Views.memory(b, of: a, vm))
    ensures((a.find(vm, place) >= 0) == (b.find(vm, place) >= 0))
    ensures(
      a.find(vm, place) < 0
        || a.pages[a.find(vm, place)].use == b.pages[b.find(vm, place)].use)
    ensures(
      a.find(vm, place) < 0
        || a.pages[a.find(vm, place)].contents == b.pages[b.find(vm, place)].contents)
    let one = a.find(vm, place)
    let other = b.find(vm, place)
    if one >= 0 { holds(Views.finds(b, vm, a.pages[one].place, a.pages[one])) }
    if other >= 0 { holds(Views.finds(a, vm, b.pages[other].place, b.pages[other])) }
  }

  /// And at an address.
  static func sameAddress(
    _ a: borrowing System, _ b: borrowing System, _ vm: UInt64, _ address: UInt64
  ) {
    requires(isVM(vm) && vmSeesSame(a, b, vm))
    ensures((a.find(vm, atAddress: address) >= 0) == (b.find(vm, atAddress: address) >= 0))
    ensures(
      a.find(vm, atAddress: address) < 0
        || a.pages[a.find(vm, atAddress: address)].use
          == b.pages[b.find(vm, atAddress: address)].use
    )
    ensures(
      a.find(vm, atAddress: address) < 0
        || a.pages[a.find(vm, atAddress: address)].contents
          == b.pages[b.find(vm, atAddress: address)].contents
    )
    ensures(
      a.find(vm, atAddress: address) < 0
        || a.isPlaced(a.find(vm, atAddress: address), vm, address)
          && b.isPlaced(b.find(vm, atAddress: address), vm, address)
    )
    samePlace(a, b, vm, address / PageSize.page)
  }

  /// Whether a page is a VM's, at an address.
  func isPlaced(_ page: Int, _ vm: UInt64, _ address: UInt64) -> Bool {
    requires(page >= 0 && page < pages.count)
    return UInt64(pages[page].owner) == vm && pages[page].place == address / PageSize.page
  }

  // MARK: Memory

  private func loadMakes(_ own: Own, _ vcpu: Int, _ address: UInt64) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    requires(find(System.vm(of: vcpu), atAddress: address) >= 0)
    ensures(
      IsolationSpec.isSame(
        guestLoad(own, vcpu, address).own,
        own.loading(pages[find(System.vm(of: vcpu), atAddress: address)].contents)))
    ensures(guestLoad(own, vcpu, address).change == Change())
  }

  private func loadAsks(_ own: Own, _ vcpu: Int, _ address: UInt64) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    requires(find(System.vm(of: vcpu), atAddress: address) < 0)
    ensures(
      guestLoad(own, vcpu, address)
        .isSame(System.guestAbort(own, address, Access(5, isWrite: false))))
  }

  private func storeMakes(_ own: Own, _ vcpu: Int, _ address: UInt64, _ value: UInt64) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    requires(find(System.vm(of: vcpu), atAddress: address) >= 0)
    ensures(
      IsolationSpec.isSame(guestStore(own, vcpu, address, value).own, own.storing(value).done))
    ensures(
      guestStore(own, vcpu, address, value).change
        == Change.using(storing(find(System.vm(of: vcpu), atAddress: address), value), -1))
  }

  private func waitMakes(_ own: Own, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures(
      IsolationSpec.isSame(
        wait(own, vcpu).own,
        own.waiting(
          own.registers.isTimerDue(now &- guest(System.vm(of: vcpu)).start))))
    ensures(
      wait(own, vcpu).change
        == (own.registers.isTimerDue(now &- guest(System.vm(of: vcpu)).start)
          ? Change.counting(.waitForInterrupt)
          : Change.ending(
            .waitForInterrupt, own.registers.deadline(guest(System.vm(of: vcpu)).start), .halted,
            Int(Counter.waitForInterrupt.rawValue))))
  }

  private static func loadSame(
    _ a: borrowing System, _ b: borrowing System, _ own: Own, _ its: Own, _ vcpu: Int,
    _ address: UInt64
  ) {
    requires(vcpu >= 0 && vcpu < vcpuCount && isVM(vm(of: vcpu)))
    requires(vmSeesSame(a, b, vm(of: vcpu)) && isSame(own, its))
    ensures(a.guestLoad(own, vcpu, address).looksSame(b.guestLoad(its, vcpu, address)))
    let vm = vm(of: vcpu)
    sameAddress(a, b, vm, address)
    let page = a.find(vm, atAddress: address)
    if page >= 0 {
      let value = a.pages[page].contents
      let one = a.guestLoad(own, vcpu, address)
      let other = b.guestLoad(its, vcpu, address)
      a.loadMakes(own, vcpu, address)
      b.loadMakes(its, vcpu, address)
      own.loadsSame(its, value)
      one.isLike(other, own.loading(value), its.loading(value))
      Change().looksLikeItself()
      one.isLike(other, Change(), Change())
      holds(a.guestLoad(own, vcpu, address).looksSame(b.guestLoad(its, vcpu, address)))
    } else {
      a.loadAsks(own, vcpu, address)
      b.loadAsks(its, vcpu, address)
      own.asksSame(its, address, Access(5, isWrite: false))
      holds(a.guestLoad(own, vcpu, address).looksSame(b.guestLoad(its, vcpu, address)))
    }
  }

  private static func storeSame(
    _ a: borrowing System, _ b: borrowing System, _ own: Own, _ its: Own, _ vcpu: Int,
    _ address: UInt64, _ value: UInt64
  ) {
    requires(vcpu >= 0 && vcpu < vcpuCount && isVM(vm(of: vcpu)))
    requires(vmSeesSame(a, b, vm(of: vcpu)) && isSame(own, its))
    ensures(
      a.guestStore(own, vcpu, address, value).looksSame(b.guestStore(its, vcpu, address, value)))
    let vm = vm(of: vcpu)
    sameAddress(a, b, vm, address)
    let page = a.find(vm, atAddress: address)
    own.storesSame(its, value)
    if page >= 0 {
      let found = b.find(vm, atAddress: address)
      let one = a.guestStore(own, vcpu, address, value)
      let other = b.guestStore(its, vcpu, address, value)
      storingSame(a, b, page, found, vm, address, value)
      a.storeMakes(own, vcpu, address, value)
      b.storeMakes(its, vcpu, address, value)
      one.isLike(other, own.storing(value).done, its.storing(value).done)
      usesSame(one, other, a.storing(page, value), b.storing(found, value))
      holds(
        a.guestStore(own, vcpu, address, value).looksSame(b.guestStore(its, vcpu, address, value)))
    } else {
      own.storing(value).asksSame(its.storing(value), address, Access(5, isWrite: true))
      holds(
        a.guestStore(own, vcpu, address, value).looksSame(b.guestStore(its, vcpu, address, value)))
    }
  }

  private static func storingSame(
    _ a: borrowing System, _ b: borrowing System, _ page: Int, _ other: Int, _ vm: UInt64,
    _ address: UInt64, _ value: UInt64
  ) {
    requires(page >= 0 && page < a.pages.count && other >= 0 && other < b.pages.count)
    requires(a.isPlaced(page, vm, address) && b.isPlaced(other, vm, address))
    requires(a.pages[page].use == b.pages[other].use)
    ensures(a.storing(page, value).looksSame(b.storing(other, value)))
    ensures(a.storing(page, value).isSound && b.storing(other, value).isSound)
    ensures(a.storing(page, value).count == 1 && b.storing(other, value).count == 1)
  }

  private static func abortSame(
    _ a: borrowing System, _ b: borrowing System, _ own: Own, _ its: Own, _ vcpu: Int,
    _ address: UInt64, _ access: Access
  ) {
    requires(vcpu >= 0 && vcpu < vcpuCount && isVM(vm(of: vcpu)))
    requires(vmSeesSame(a, b, vm(of: vcpu)) && isSame(own, its))
    ensures(
      a.guestAbort(own, vcpu, address, access).looksSame(b.guestAbort(its, vcpu, address, access))
    )
    sameAddress(a, b, vm(of: vcpu), address)
    if a.find(vm(of: vcpu), atAddress: address) < 0 { own.asksSame(its, address, access) }
  }

  private static func usesSame(
    _ one: GuestChange, _ other: GuestChange, _ x: PageChange, _ y: PageChange
  ) {
    requires(x.isSound && y.isSound && x.count <= 1 && y.count <= 1 && x.looksSame(y))
    requires(isSame(one.own, other.own))
    requires(one.change == Change.using(x, -1) && other.change == Change.using(y, -1))
    ensures(one.looksSame(other))
    Change.usesSame(x, y, -1)
  }

  private static func fetchSame(
    _ a: borrowing System, _ b: borrowing System, _ own: Own, _ its: Own, _ vcpu: Int,
    _ address: UInt64
  ) {
    requires(vcpu >= 0 && vcpu < vcpuCount && isVM(vm(of: vcpu)))
    requires(vmSeesSame(a, b, vm(of: vcpu)) && isSame(own, its))
    ensures(a.guestFetch(own, vcpu, address).looksSame(b.guestFetch(its, vcpu, address)))
    sameAddress(a, b, vm(of: vcpu), address)
  }

  private static func waitSame(
    _ a: borrowing System, _ b: borrowing System, _ own: Own, _ its: Own, _ vcpu: Int
  ) {
    requires(vcpu >= 0 && vcpu < vcpuCount && isVM(vm(of: vcpu)))
    requires(vmSeesSame(a, b, vm(of: vcpu)) && isSame(own, its))
    ensures(a.wait(own, vcpu).looksSame(b.wait(its, vcpu)))
    let start = a.guest(vm(of: vcpu)).start
    let other = b.guest(vm(of: vcpu)).start
    holds(a.now &- start == b.now &- other)
    let isDue = own.registers.isTimerDue(a.now &- start)
    holds(isDue == its.registers.isTimerDue(b.now &- other))
    let one = a.wait(own, vcpu)
    let two = b.wait(its, vcpu)
    a.waitMakes(own, vcpu)
    b.waitMakes(its, vcpu)
    own.waitsSame(its, isDue)
    one.isLike(two, own.waiting(isDue), its.waiting(isDue))
    Change.counting(.waitForInterrupt).looksLikeItself()
    Change.endsSame(
      .waitForInterrupt, own.registers.deadline(start), its.registers.deadline(other), .halted,
      Int(Counter.waitForInterrupt.rawValue))
    one.isLike(two, one.change, two.change)
  }

  private static func identificationSame(
    _ a: borrowing System, _ b: borrowing System, _ own: Own, _ its: Own, _ index: UInt64,
    _ register: UInt64
  ) {
    requires(isSame(a.constants, b.constants) && isSame(own, its))
    ensures(
      own.reading(
        true, register, a.constants.guestIdentification[Int(truncatingIfNeeded: index & 63)]
      ).looksSame(
        its.reading(
          true, register, b.constants.guestIdentification[Int(truncatingIfNeeded: index & 63)])))
    holds(
      forall(0..<64) {
        a.constants.guestIdentification[$0] == b.constants.guestIdentification[$0]
      })
  }
}

extension Registers {
  /// What WFI answers, from when the VM's time is counted.
  fileprivate func deadline(_ start: UInt64) -> UInt64 {
    let deadline = timerCompare.addingReportingOverflow(start)
    return isTimerArmed && !deadline.overflow ? deadline.partialValue : UInt64.max
  }
}
