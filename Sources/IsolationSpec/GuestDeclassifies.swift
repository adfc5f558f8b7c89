import Contracts
import EngineABI

// What a step of a guest tells the host (``Told``) is what it declassifies (``Declassification``), and
// no more: it can be told from the declassification and from what the host sees already.

extension System {
  /// What a step tells is what its declassification tells.
  func toldIsDeclassified(_ step: Step, _ cpu: Int) {
    requires(cpu >= 0 && cpu < Limits.cpus && isGuests(step, cpu))
    ensures(
      told(step, cpu)
        == telling(declassified(step, cpus[cpu].runs), System.vm(of: cpus[cpu].runs)))
    decisionTells(step, cpus[cpu].runs)
    holds(decide(step, cpu).change == guestDecision(step, cpus[cpu].runs))
  }

  private func decisionTells(_ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && step.isOfGuest)
    ensures(
      told(guestDecision(step, vcpu))
        == telling(declassified(step, vcpu), System.vm(of: vcpu)))
    guestChooses(step, vcpu)
    guestTells(guestDecision(step, vcpu), step, vcpu)
  }

  private func guestTells(_ change: Change, _ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && step.isOfGuest)
    requires(fits(change) && change == guestChange(step, vcpu).change)
    ensures(told(change) == telling(declassified(step, vcpu), System.vm(of: vcpu)))
    var own = vcpus[vcpu].own
    own.fault = .none
    switch step {
    case .guestCall:
      holds(change == guestCall(step, vcpu).change)
      callTells(change, step, vcpu)
      holds(told(change) == telling(declassified(step, vcpu), System.vm(of: vcpu)))
    case .guestLoad(let address):
      holds(change == guestLoad(own, vcpu, address).change)
      loadTells(own, vcpu, address)
      holds(told(change) == telling(declassified(step, vcpu), System.vm(of: vcpu)))
    case .guestStore(let address, let value):
      holds(change == guestStore(own, vcpu, address, value).change)
      storeTells(change, own, vcpu, address, value)
      holds(told(change) == telling(declassified(step, vcpu), System.vm(of: vcpu)))
    case .guestAbort(let address, let access):
      holds(change == guestAbort(own, vcpu, address, access).change)
      abortTells(own, vcpu, address, access)
      holds(declassified(step, vcpu) == declassifiedAbort(vcpu, address, access))
      isTold(
        change, declassified(step, vcpu), declassifiedAbort(vcpu, address, access),
        System.vm(of: vcpu))
    case .guestFetch(let address):
      holds(change == guestFetch(own, vcpu, address).change)
      fetchTells(own, vcpu, address)
      holds(declassified(step, vcpu) == declassifiedFetch(System.vm(of: vcpu), address))
      isTold(
        change, declassified(step, vcpu), declassifiedFetch(System.vm(of: vcpu), address),
        System.vm(of: vcpu))
    case .guestWait:
      holds(change == wait(own, vcpu).change)
      waitTells(own, vcpu)
      holds(told(change) == telling(declassified(step, vcpu), System.vm(of: vcpu)))
    case .guestIdentification:
      holds(change == Change.counting(.systemRegister))
      quietTells(change)
      holds(told(change) == telling(declassified(step, vcpu), System.vm(of: vcpu)))
    default:
      holds(change == own.making(step).change)
      ownTells(own, step, vcpu)
      holds(told(change) == telling(declassified(step, vcpu), System.vm(of: vcpu)))
    }
  }

  /// (Where less is known.)
  func isTold(
    _ change: Change, _ one: Declassification?, _ other: Declassification?, _ vm: UInt64
  ) {
    requires(fits(change) && one == other && told(change) == telling(other, vm))
    ensures(told(change) == telling(one, vm))
  }

  /// A step that changes no page.
  func quietTells(_ change: Change) {
    requires(change.isQuiet)
    ensures(told(change) == Told(change))
  }

  private func ownTells(_ own: Own, _ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount && step.isOwn && step.isOfGuest)
    requires(own.usesFloatingPoint == vcpus[vcpu].usesFloatingPoint)
    ensures(
      told(own.making(step).change) == telling(declassified(step, vcpu), System.vm(of: vcpu)))
    quietTells(own.making(step).change)
  }

  private func waitTells(_ own: Own, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    requires(isSame(own.registers, vcpus[vcpu].registers))
    ensures(
      told(wait(own, vcpu).change) == telling(declassifiedWait(vcpu), System.vm(of: vcpu)))
    quietTells(wait(own, vcpu).change)
  }

  // MARK: Memory

  private func loadTells(_ own: Own, _ vcpu: Int, _ address: UInt64) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures(
      told(guestLoad(own, vcpu, address).change)
        == telling(
          declassifiedLoad(System.vm(of: vcpu), address), System.vm(of: vcpu)))
    quietTells(guestLoad(own, vcpu, address).change)
  }

  private func abortTells(_ own: Own, _ vcpu: Int, _ address: UInt64, _ access: Access) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    requires(isSame(own.registers, vcpus[vcpu].registers))
    ensures(
      told(guestAbort(own, vcpu, address, access).change)
        == telling(declassifiedAbort(vcpu, address, access), System.vm(of: vcpu)))
    quietTells(guestAbort(own, vcpu, address, access).change)
    let value = own.registers.read(access.register)
    holds(value == vcpus[vcpu].registers.read(access.register))
    if find(System.vm(of: vcpu), atAddress: address) < 0 && access.isPlain && access.isMiss {
      holds(
        guestAbort(own, vcpu, address, access).change
          == Change.asking(address, access, access.narrowed(value)))
      accessTells(access, address, value, System.vm(of: vcpu))
    }
  }

  private func accessTells(
    _ access: Access, _ address: UInt64, _ value: UInt64, _ vm: UInt64
  ) {
    ensures(
      Told(Change.asking(address, access, access.narrowed(value)))
        == telling(.access(access, address, value), vm))
  }

  private func fetchTells(_ own: Own, _ vcpu: Int, _ address: UInt64) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures(
      told(guestFetch(own, vcpu, address).change)
        == telling(
          declassifiedFetch(System.vm(of: vcpu), address), System.vm(of: vcpu)))
    quietTells(guestFetch(own, vcpu, address).change)
  }

  private func storeTells(
    _ change: Change, _ own: Own, _ vcpu: Int, _ address: UInt64, _ value: UInt64
  ) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    requires(fits(change) && change == guestStore(own, vcpu, address, value).change)
    ensures(
      told(change)
        == telling(
          declassifiedStore(System.vm(of: vcpu), address, value), System.vm(of: vcpu)))
    System.vcpuIsOfVM(vcpu)
    let page = find(System.vm(of: vcpu), atAddress: address)
    if page >= 0 {
      holds(change == Change.using(storing(page, value), -1))
      pageTells(change, page, System.vm(of: vcpu), address / PageSize.page)
    } else {
      quietTells(change)
    }
  }

  /// A change of one page of a VM tells what the host sees of it now, if that is something else.
  func pageTells(_ change: Change, _ page: Int, _ vm: UInt64, _ place: UInt64) {
    requires(System.isVM(vm) && page >= 0 && page == find(vm, place) && fits(change))
    requires(change.pages.first == page && change.pages.count == 1 && !change.pages.isRow)
    requires(change.pages.owner == pages[page].owner && change.pages.place == pages[page].place)
    ensures(
      told(change)
        == (change.pages.use == .shared || pages[page].use != change.pages.use
          ? Told(change).showing(
            page, vm, place, change.pages.use,
            change.pages.use != .shared
              ? 0 : change.pages.keepsContents ? pages[page].contents : change.pages.contents)
          : Told(change)))
    holds(UInt64(pages[page].owner) == vm && pages[page].place == place)
  }
}

extension Step {
  /// It reads nothing but the guest's own registers.
  fileprivate var isOwn: Bool {
    switch self {
    case .guestCall, .guestLoad, .guestStore, .guestAbort, .guestFetch, .guestWait,
      .guestIdentification:
      false
    default: true
    }
  }

  /// Whether a guest, or what happens while it runs, can be that.
  var isOfGuest: Bool { !isHosts && !isTime && !isArrival }
}
