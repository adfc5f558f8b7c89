import Contracts
import EngineABI

// What a call of the host for one VM does to others: nothing. A call decides on changes of pages that
// are the host's or the VM's, of the VM and of its vCPUs; and such a change leaves all that is of
// another VM as it was.

extension System {
  /// Whether a change is of pages of the host and of a VM alone, of that VM and of its vCPUs.
  func concerns(_ change: Change, _ vm: UInt64) -> Bool {
    requires(System.isVM(vm))
    guard fits(change), change.vm == 0 || change.vm == vm else { return false }
    guard concerns(change.vcpus, vm) else { return false }
    return concerns(change.pages, vm)
  }

  func concerns(_ change: VCPUChange, _ vm: UInt64) -> Bool {
    requires(change.isSound && System.isVM(vm))
    return change.count == 0
      || change.first >= System.vcpu(vm, 0)
        && change.first <= System.vcpu(vm, 0) + Limits.vcpusPerVM - change.count
  }

  func concerns(_ change: PageChange, _ vm: UInt64) -> Bool {
    requires(change.isSound && change.first + change.count <= pages.count)
    return change.count == 0
      || (change.owner == 0 || UInt64(change.owner) == vm) && areOf(change.first, change.count, vm)
  }

  /// Whether pages are the host's or a VM's.
  func areOf(_ first: Int, _ count: Int, _ vm: UInt64) -> Bool {
    requires(first >= 0 && count >= 0 && first <= pages.count && first <= pages.count - count)
    return forall(first..<first + count) {
      pages[$0].owner == 0 || UInt64(pages[$0].owner) == vm
    }
  }

  // MARK: What calls decide on

  func createVMConcerns(_ vm: UInt64, _ a: UInt64) {
    requires(System.isVM(vm))
    ensures(concerns(createVM(vm, a), vm))
    if let root = page(at: a), a % (2 &* PageSize.page) == 0 {
      holds((isGivable(root) && isGivable(root + 1)) ==> areOf(root, 2, vm))
    }
  }

  func donateConcerns(_ vm: UInt64, _ first: Int, _ count: Int, _ place: UInt64) {
    requires(System.isVM(vm) && (count == 1 || count == 512))
    requires(first >= 0 && first <= pages.count - count)
    ensures(concerns(donate(vm, first, count, place), vm))
    if areGivable(first, count) { givableAreOf(first, count, vm) }
  }

  private func givableAreOf(_ first: Int, _ count: Int, _ vm: UInt64) {
    requires(first >= 0 && count >= 0 && first <= pages.count && first <= pages.count - count)
    requires(areGivable(first, count))
    ensures(areOf(first, count, vm))
    for page in first..<first + count {
      invariant(forall(first..<page) { pages[$0].owner == 0 })
      holds(isGivable(page))
    }
  }

  func donateConcerns(_ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) {
    requires(System.isVM(vm))
    ensures(concerns(donate(vm, a, b, c), vm))
    if System.isDonation(a, b, c), let first = page(at: a) {
      donateConcerns(vm, first, c == 1 ? 512 : 1, b / PageSize.page)
    }
  }

  func donateTableConcerns(_ vm: UInt64, _ page: Int, _ use: Use, _ place: UInt64) {
    requires(System.isVM(vm) && page >= 0 && page < pages.count)
    ensures(concerns(donateTable(vm, page, use, place), vm))
    holds(isGivable(page) ==> areOf(page, 1, vm))
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
    ensures(concerns(reclaim(vm, page, count), vm))
  }

  func reclaimConcerns(_ vm: UInt64, _ a: UInt64) {
    requires(System.isVM(vm))
    ensures(concerns(reclaim(vm, a), vm))
    let from = a == 0 ? address(of: 0) : a
    if let start = page(at: from) {
      let next = nextPage(of: vm, from: start)
      if next.found {
        holds(areOf(next.page, 1, vm))
        if isWholeBlock(next.page, of: vm) {
          holds(areOf(next.page, 512, vm))
          reclaimConcerns(vm, next.page, 512)
        } else {
          reclaimConcerns(vm, next.page, 1)
        }
      } else {
        holds(areOf(next.page, 0, vm))
        reclaimConcerns(vm, next.page, 0)
      }
    }
  }

  func lifeConcerns(_ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) {
    requires(System.isVM(vm))
    ensures(concerns(seal(vm), vm))
    ensures(concerns(destroyVM(vm), vm))
    ensures(concerns(createVCPU(vm, a), vm))
    ensures(concerns(setEntry(vm, a, b, c), vm))
    ensures(concerns(run(vm, a, b, c), vm))
    ensures(concerns(setInterrupt(vm, a, b), vm))
  }

  /// Every call for a VM.
  func callConcerns(
    _ call: Call, _ vm: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ mayManage: Bool
  ) {
    requires(System.isVM(vm))
    ensures(concerns(make(call, vm, a, b, c, mayManage), vm))
    switch call {
    case .createVM:
      if mayManage {
        return createVMConcerns(vm, a)
      } else {
        return answerConcerns(make(call, vm, a, b, c, mayManage), vm)
      }
    case .donate: return donateConcerns(vm, a, b, c)
    case .donateTable: return donateTableConcerns(vm, a, b, c)
    case .reclaim: return reclaimConcerns(vm, a)
    case .stateOfVM, .info, .counter, .share, .unshare:
      return answerConcerns(make(call, vm, a, b, c, mayManage), vm)
    case .seal, .destroyVM, .createVCPU, .setEntry, .run, .setInterrupt:
      return lifeConcerns(vm, a, b, c)
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

  /// A store of a guest is to one page of its own or the host's, and changes no life.
  func guestStoreConcerns(_ own: Own, _ vcpu: Int, _ address: UInt64, _ value: UInt64) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures(isStore(guestStore(own, vcpu, address, value).change.pages))
    ensures(concerns(guestStore(own, vcpu, address, value).change, System.vm(of: vcpu)))
  }

  /// A guest shares no other VM's pages, and takes none back.
  func sharingConcerns(_ vm: UInt64, _ address: UInt64, from: Use, to: Use) {
    requires(System.isVM(vm))
    ensures(concerns(change(vm, address, from: from, to: to).pages, vm))
  }

  /// CPU_ON turns on a vCPU of the same VM.
  func turnOnConcerns(
    _ own: Own, _ vm: UInt64, _ affinity: UInt64, _ entry: UInt64, _ argument: UInt64
  ) {
    requires(System.isVM(vm))
    ensures(concerns(turnOnCPU(own, vm, affinity, entry, argument).change, vm))
  }

  /// Every call of a guest.
  func guestCallConcerns(
    _ own: Own, _ vcpu: Int, _ function: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64
  ) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures(concerns(guestCall(own, vcpu, function, a, b, c).change, System.vm(of: vcpu)))
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

  /// Every step of a guest.
  func guestConcerns(_ step: Step, _ vcpu: Int) {
    requires(vcpu >= 0 && vcpu < System.vcpuCount)
    ensures(concerns(guestChange(step, vcpu).change, System.vm(of: vcpu)))
    var own = vcpus[vcpu].own
    own.fault = .none
    switch step {
    case .guestCall(_, let immediate, let function, let a, let b, let c):
      own.registers = own.registers.loading(function, a, b, c)
      if immediate != 0 { return }
      own.registers = own.registers.next()
      return guestCallConcerns(own, vcpu, function, a, b, c)
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

  // MARK: What they change

  /// Nothing that is of another VM, nor does a page become one of its own.
  mutating func applyConcerning(_ change: Change, _ cpu: Int, _ vm: UInt64) {
    requires(cpu >= 0 && cpu < Limits.cpus && System.isVM(vm))
    requires(concerns(change, vm))
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
    apply(change, cpu)
  }
}
