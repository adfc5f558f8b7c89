import Contracts
import EngineABI

// What a call of the host for one VM may do, and what a guest may. A call gives the VM pages that the
// host may give, or takes pages from a VM that dies, wiped; it changes that VM and its vCPUs alone,
// and gives a CPU to no other. A guest changes pages of its own VM, which stay so.

extension System {
  /// Whether a change is one that a call for a VM may make.
  func concerns(_ change: Change, _ vm: UInt64) -> Bool {
    requires(System.isVM(vm))
    guard fits(change), change.vm == 0 || change.vm == vm, change.isCalls else { return false }
    guard concerns(change.vcpus, vm), enters(change, vm) else { return false }
    return change.pages.count == 0 || gives(change.pages, vm) || takes(change.pages, vm)
  }

  /// vCPUs are those of a VM.
  func concerns(_ change: VCPUChange, _ vm: UInt64) -> Bool {
    requires(change.isSound && System.isVM(vm))
    return change.count == 0
      || change.first >= System.vcpu(vm, 0)
        && change.first <= System.vcpu(vm, 0) + Limits.vcpusPerVM - change.count
  }

  /// Nobody gets the CPU, or a vCPU of the VM that is on and runs nowhere else.
  func enters(_ change: Change, _ vm: UInt64) -> Bool {
    requires(change.isSound && System.isVM(vm))
    if change.enters == Processor.host { return true }
    return change.enters >= System.vcpu(vm, 0)
      && change.enters < System.vcpu(vm, 0) + Limits.vcpusPerVM
      && isRunnable(vcpus[change.enters].life) && change.vcpus.isRun(change.enters)
  }

  func isRunnable(_ life: Life) -> Bool {
    life == .starting || life == .ready || life == .halted
  }

  /// The VM gets pages that the host may give, private ones; once it is sealed, nothing but zeros.
  func gives(_ change: PageChange, _ vm: UInt64) -> Bool {
    requires(change.isSound && change.first + change.count <= pages.count && System.isVM(vm))
    guard UInt64(change.owner) == vm, change.use != .shared,
      change.isWiped || guest(vm).state == .loading
    else { return false }
    return areGivable(change.first, change.count)
  }

  /// The host gets pages of a VM that dies, and nothing of what was in them.
  func takes(_ change: PageChange, _ vm: UInt64) -> Bool {
    requires(change.isSound && change.first + change.count <= pages.count && System.isVM(vm))
    guard change.owner == 0, change.use == .memory, change.isWiped,
      guest(vm).state == .dying
    else { return false }
    return areOf(change.first, change.count, vm)
  }

  /// Whether a change is one that a guest may make: of pages of its VM, which stay its own, and of its
  /// vCPUs.
  func isOwn(_ change: Change, _ vm: UInt64) -> Bool {
    requires(System.isVM(vm))
    guard fits(change), change.vm == 0, change.isGuests else { return false }
    return concerns(change.vcpus, vm) && isOwn(change.pages, vm)
  }

  func isOwn(_ change: PageChange, _ vm: UInt64) -> Bool {
    requires(change.isSound && change.first + change.count <= pages.count)
    return change.count == 0
      || UInt64(change.owner) == vm && areOf(change.first, change.count, vm)
  }

  /// Whether pages are a VM's.
  func areOf(_ first: Int, _ count: Int, _ vm: UInt64) -> Bool {
    requires(first >= 0 && count >= 0 && first <= pages.count && first <= pages.count - count)
    return forall(first..<first + count) { UInt64(pages[$0].owner) == vm }
  }

  // MARK: What calls decide on

  func createVMConcerns(_ vm: UInt64, _ a: UInt64) {
    requires(System.isVM(vm))
    ensures(concerns(createVM(vm, a), vm))
    if let root = page(at: a), a % (2 &* PageSize.page) == 0 {
      holds((isGivable(root) && isGivable(root + 1)) ==> areGivable(root, 2))
    }
  }

  func donateConcerns(_ vm: UInt64, _ first: Int, _ count: Int, _ place: UInt64) {
    requires(System.isVM(vm) && (count == 1 || count == 512))
    requires(first >= 0 && first <= pages.count - count && isAlive(vm))
    ensures(concerns(donate(vm, first, count, place), vm))
    let given = donated(vm, first, count, place)
    holds(given.isSound && given.first == first && given.count == count)
    holds(UInt64(given.owner) == vm && (given.isWiped || guest(vm).state == .loading))
    holds(areGivable(first, count) ==> gives(given, vm))
  }

  /// A donation's pages are there.
  func fitsDonation(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ first: Int) {
    requires(System.isDonation(a, b, c) && page(at: a) == first)
    ensures(first >= 0 && first <= pages.count - (c == 1 ? 512 : 1))
  }

  func donateConcerns(_ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) {
    requires(System.isVM(vm))
    ensures(concerns(donate(vm, a, b, c), vm))
    if System.isDonation(a, b, c), isAlive(vm), let first = page(at: a) {
      fitsDonation(a, b, c, first)
      donateConcerns(vm, first, c == 1 ? 512 : 1, b / PageSize.page)
    }
  }

  func donateTableConcerns(_ vm: UInt64, _ page: Int, _ use: Use, _ place: UInt64) {
    requires(System.isVM(vm) && page >= 0 && page < pages.count && use != .shared)
    ensures(concerns(donateTable(vm, page, use, place), vm))
    holds(isGivable(page) ==> areGivable(page, 1))
  }

  func donateTableConcerns(_ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) {
    requires(System.isVM(vm))
    ensures(concerns(donateTable(vm, a, b, c), vm))
    if let page = page(at: a) {
      donateTableConcerns(vm, page, c == 2 ? .table2 : .table3, b / PageSize.page)
    }
  }

  func reclaimConcerns(_ vm: UInt64, _ page: Int, _ count: Int) {
    requires(System.isVM(vm) && (count == 0 || count == 1 || count == 512))
    requires(page >= 0 && page <= pages.count - count && areOf(page, count, vm))
    requires(guest(vm).state == .dying)
    ensures(concerns(reclaim(vm, page, count), vm))
  }

  func reclaimConcerns(_ vm: UInt64, _ a: UInt64) {
    requires(System.isVM(vm))
    ensures(concerns(reclaim(vm, a), vm))
    let from = a == 0 ? address(of: 0) : a
    if let start = page(at: from), guest(vm).state == .dying {
      reclaimConcerns(vm, nextPage(of: vm, from: start).page, reclaimed(vm, from: start))
    }
  }

  func runConcerns(_ vm: UInt64, _ number: UInt64, _ completion: UInt64, _ value: UInt64) {
    requires(System.isVM(vm))
    ensures(concerns(run(vm, number, completion, value), vm))
    let change = run(vm, number, completion, value)
    holds(fits(change) && change.vm == 0 && change.isCalls && change.pages.count == 0)
    if number < UInt64(Limits.vcpusPerVM) {
      let vcpu = System.vcpu(vm, number)
      holds(change.enters == Processor.host || change.enters == vcpu)
      holds(change.enters == Processor.host || isRunnable(vcpus[vcpu].life))
      holds(change.enters == Processor.host || change.vcpus.isRun(vcpu))
      holds(change.enters != Processor.host || change.vcpus.count == 0)
    }
    holds(concerns(change.vcpus, vm))
    holds(enters(change, vm))
  }

  func lifeConcerns(_ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) {
    requires(System.isVM(vm))
    ensures(concerns(seal(vm), vm))
    ensures(concerns(destroyVM(vm), vm))
    ensures(concerns(createVCPU(vm, a), vm))
    ensures(concerns(setEntry(vm, a, b, c), vm))
    ensures(concerns(setInterrupt(vm, a, b), vm))
  }

  private func donationConcerns(
    _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mayManage: Bool
  ) {
    requires(System.isVM(vm))
    ensures(concerns(make(.donate, vm, a, b, c, mayManage), vm))
    ghost { donates(vm, a, b, c, mayManage, Before(self)) }
    donateConcerns(vm, a, b, c)
  }

  private func tableConcerns(
    _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mayManage: Bool
  ) {
    requires(System.isVM(vm))
    ensures(concerns(make(.donateTable, vm, a, b, c, mayManage), vm))
    ghost { donatesTable(vm, a, b, c, mayManage, Before(self)) }
    donateTableConcerns(vm, a, b, c)
  }

  private func reclaimingConcerns(
    _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mayManage: Bool
  ) {
    requires(System.isVM(vm))
    ensures(concerns(make(.reclaim, vm, a, b, c, mayManage), vm))
    ghost { takesBack(vm, a, b, c, mayManage, Before(self)) }
    reclaimConcerns(vm, a)
  }

  /// Every call for a VM.
  func callConcerns(
    _ call: Call, _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mayManage: Bool,
    _ before: Before
  ) {
    requires(System.isVM(vm))
    ensures(concerns(make(call, vm, a, b, c, mayManage), vm))
    switch call {
    case .createVM:
      if mayManage {
        createVMConcerns(vm, a)
        holds(concerns(make(call, vm, a, b, c, mayManage), vm))
      } else {
        answerConcerns(make(call, vm, a, b, c, mayManage), vm)
        holds(concerns(make(call, vm, a, b, c, mayManage), vm))
      }
    case .donate:
      donationConcerns(vm, a, b, c, mayManage)
      holds(concerns(make(call, vm, a, b, c, mayManage), vm))
    case .donateTable:
      tableConcerns(vm, a, b, c, mayManage)
      holds(concerns(make(call, vm, a, b, c, mayManage), vm))
    case .reclaim:
      reclaimingConcerns(vm, a, b, c, mayManage)
      holds(concerns(make(call, vm, a, b, c, mayManage), vm))
    case .stateOfVM, .info, .counter, .share, .unshare:
      answerConcerns(make(call, vm, a, b, c, mayManage), vm)
      holds(concerns(make(call, vm, a, b, c, mayManage), vm))
    case .run:
      runConcerns(vm, a, b, c)
      holds(concerns(make(call, vm, a, b, c, mayManage), vm))
    case .seal:
      lifeConcerns(vm, a, b, c)
      holds(concerns(make(call, vm, a, b, c, mayManage), vm))
    case .destroyVM:
      lifeConcerns(vm, a, b, c)
      holds(concerns(make(call, vm, a, b, c, mayManage), vm))
    case .createVCPU:
      lifeConcerns(vm, a, b, c)
      holds(concerns(make(call, vm, a, b, c, mayManage), vm))
    case .setEntry:
      lifeConcerns(vm, a, b, c)
      holds(concerns(make(call, vm, a, b, c, mayManage), vm))
    case .setInterrupt:
      lifeConcerns(vm, a, b, c)
      holds(concerns(make(call, vm, a, b, c, mayManage), vm))
    }
  }

  private func answerConcerns(_ change: Change, _ vm: UInt64) {
    requires(System.isVM(vm) && change.isAnswer)
    ensures(concerns(change, vm))
  }

  // MARK: What else writes memory

  /// A store of the host is to one page that it reaches, of which nothing else changes.
  func hostStoreConcerns(_ address: UInt64, _ value: UInt64) {
    ensures(isStore(hostStore(address, value).pages))
    ensures(
      hostStore(address, value).pages.count == 0
        || pages[hostStore(address, value).pages.first].isHosts)
  }

  /// Whether a change is of the contents of at most one page.
  func isStore(_ change: PageChange) -> Bool {
    guard change.isSound, change.first + change.count <= pages.count, change.count <= 1 else {
      return false
    }
    return change.count == 0
      || change.owner == pages[change.first].owner && change.use == pages[change.first].use
        && change.place == pages[change.first].place && !change.isRow
  }

  /// A store of a guest is to one page of its own, and changes no life.
  func guestStoreConcerns(_ own: Own, _ vcpu: Int, _ address: UInt64, _ value: UInt64) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures(isStore(guestStore(own, vcpu, address, value).change.pages))
    ensures(isOwn(guestStore(own, vcpu, address, value).change, System.vm(of: vcpu)))
  }

  /// A guest shares no other VM's pages, and takes none back.
  func sharingConcerns(_ vm: UInt64, _ address: UInt64, from: Use, to: Use) {
    requires(System.isVM(vm))
    ensures(isOwn(change(vm, address, from: from, to: to).pages, vm))
  }

  /// CPU_ON turns on a vCPU of the same VM.
  func turnOnConcerns(
    _ own: Own, _ vm: UInt64, _ affinity: UInt64, _ entry: UInt64, _ argument: UInt64
  ) {
    requires(System.isVM(vm))
    ensures(isOwn(turnOnCPU(own, vm, affinity, entry, argument).change, vm))
  }

  /// Every call of a guest.
  func guestCallConcerns(
    _ own: Own, _ vcpu: Int, _ function: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64
  ) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures(isOwn(guestCall(own, vcpu, function, a, b, c).change, System.vm(of: vcpu)))
    let vm = System.vm(of: vcpu)
    switch function {
    case PSCI.cpuOn: return turnOnConcerns(own, vm, a & word, b & word, c & word)
    case PSCI.cpuOn64: return turnOnConcerns(own, vm, a, b, c)
    case Call.hvcBase + UInt64(Call.share.rawValue):
      return sharingConcerns(vm, a, from: .memory, to: .shared)
    case Call.hvcBase + UInt64(Call.unshare.rawValue):
      return sharingConcerns(vm, a, from: .shared, to: .memory)
    default: return
    }
  }

  private func guestCallConcerns(_ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures(isOwn(guestCall(step, vcpu).change, System.vm(of: vcpu)))
    var own = vcpus[vcpu].own
    own.fault = .none
    switch step {
    case .guestCall(_, let immediate, let function, let a, let b, let c):
      own.registers = own.registers.loading(function, a, b, c)
      if immediate != 0 { return }
      own.registers = own.registers.next()
      guestCallConcerns(own, vcpu, function, a, b, c)
      return
    default: return
    }
  }

  /// Every step of a guest.
  func guestConcerns(_ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures(isOwn(guestChange(step, vcpu).change, System.vm(of: vcpu)))
    var own = vcpus[vcpu].own
    own.fault = .none
    switch step {
    case .guestCall: return guestCallConcerns(step, vcpu)
    case .guestStore(let address, let value):
      return guestStoreConcerns(own, vcpu, address, value)
    case .guestLoad: return
    case .guestAbort: return
    case .guestFetch: return
    case .guestWait: return
    case .guestIdentification: return
    default: return
    }
  }

  // MARK: Firmware

  /// An SMC of the host changes no page, no VM and no vCPU, and turns on no CPU that is on.
  func monitorCallConcerns(_ function: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) {
    ensures(turnsOn(hostMonitorCall(function, a, b, c)))
  }

  func turnsOn(_ change: Change) -> Bool {
    guard change.isQuiet, change.vm == 0, change.vcpus.count == 0, !change.ends,
      change.enters == Processor.host
    else { return false }
    return change.target == -1 || !cpus[change.target].isOnline
  }

  // MARK: What they change

  /// Makes what a step has decided on, but for its actor's own registers.
  mutating func take(_ change: Change, _ cpu: Int) {
    requires(cpu >= 0 && cpu < Limits.cpus && fits(change))
    ensures(
      ghost: forall(0..<pages.count) { change.pages.makes(pages[$0], of: old(pages[$0]), $0) })
    ensures(ghost: forall(0..<Limits.vms) { change.makes(vms[$0], of: old(vms[$0]), $0) })
    ensures(
      ghost: forall(0..<System.vcpuCount) {
        change.vcpus.makes(vcpus[$0], of: old(vcpus[$0]), $0)
      })
    ensures(
      ghost: forall(0..<Limits.cpus) { change.makes(cpus[$0], of: old(cpus[$0]), $0, cpu) })
    apply(change.pages)
    apply(change.vcpus)
    takeVM(change)
    apply(change, cpu)
  }

  /// Whether a change is of one VM alone, and of pages that are the host's.
  func isOfOne(_ change: Change, _ vm: UInt64) -> Bool {
    requires(System.isVM(vm))
    return concerns(change, vm) || isOwn(change, vm)
  }

  /// Nothing that is of another VM, nor does a page become one of its own.
  mutating func applyConcerning(_ change: Change, _ cpu: Int, _ vm: UInt64) {
    requires(cpu >= 0 && cpu < Limits.cpus && System.isVM(vm))
    requires(isOfOne(change, vm))
    ensures(
      ghost: forall(0..<pages.count) {
        old(pages[$0].owner) == 0 || UInt64(old(pages[$0].owner)) == vm
          ? pages[$0].owner == 0 || UInt64(pages[$0].owner) == vm : pages[$0] == old(pages[$0])
      })
    ensures(ghost: forall(0..<Limits.vms) { $0 + 1 == Int(vm) || vms[$0] == old(vms[$0]) })
    ensures(
      ghost: forall(0..<System.vcpuCount) {
        $0 >= System.vcpu(vm, 0) && $0 < System.vcpu(vm, 0) + Limits.vcpusPerVM
          || isSame(vcpus[$0], old(vcpus[$0]))
      })
    take(change, cpu)
  }
}
