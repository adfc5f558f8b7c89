import EngineABI
import Synchronization

@testable import Contracts
@testable import IsolationCore

extension TestMachine {
  /// Locks are held in their order, and only those that `effects` names.
  func checkLocksTaken() {
    if lockIsFree(0) == effects.memoryLocked { violate("memory lock and effects disagree") }
    for vm in 1...Limits.vms where lockIsFree(vm) == (Int(effects.lockedVM) == vm) {
      violate("lock of VM \(vm) and effects disagree")
    }
  }

  func checkLocksFree() {
    for lock in 0...Limits.vms where !lockIsFree(lock) {
      violate("lock \(lock) is left")
    }
  }

  private func lockIsFree(_ lock: Int) -> Bool {
    machine.locks[lock].next.load(ordering: .relaxed)
      == machine.locks[lock].serving.load(ordering: .relaxed)
  }

  /// What holds after each step whatever was asked; cheap.
  func checkStep() {
    if !transition.broken.isEmpty { violate("broken entries are never forgotten") }
    for block in Set(transition.changed.map { $0 / 512 })
    where !machine.ownership.isWellFormed(block: block) {
      violate("the counts of block \(block) are wrong")
    }
    for vm in 1...8 {
      let space = machine.spaces[vm - 1]
      if space.pages != owned[vm] {
        violate("VM \(vm) has \(owned[vm]) pages but says \(space.pages)")
      }
      if space.state == .free && owned[vm] != 0 { violate("free VM \(vm) owns pages") }
    }
    for cpu in processors.indices {
      let running = Int(machine.cpus[cpu].running)
      let loaded = Int(processors[cpu].loaded)
      if (running == 0) != (loaded == 0) { violate("CPU \(cpu) runs \(running), has \(loaded)") }
      guard running != 0 else { continue }
      let vcpu = machine.vcpus[running - 1]
      if vcpu.life != .running || Int(vcpu.cpu) != cpu {
        violate("vCPU \(running - 1) on CPU \(cpu) is \(vcpu.life) on \(vcpu.cpu)")
      }
      if (running - 1) / Limits.vcpusPerVM + 1 != loaded { violate("CPU \(cpu): another VM") }
      if machine.spaces[loaded - 1].state != .sealed { violate("VM \(loaded) runs unsealed") }
      if vcpu.usesFloatingPoint != processors[cpu].hasGuestFloatingPoint {
        violate("FP of vCPU \(running - 1)")
      }
      checkLists(cpu, vcpu)
    }
  }

  /// The list registers hold what the core thinks, once each.
  private func checkLists(_ cpu: Int, _ vcpu: VCPU) {
    var own: UInt64 = 0
    var shared: UInt64 = 0
    for list in 0..<machine.configuration.listRegisters {
      let value = processors[cpu].lists[list]
      let interrupt = vcpu.listed[list] & Listed.number
      let isHeld = vcpu.lists >> UInt64(list) & 1 != 0
      if value >> 62 != 0 && !isHeld {
        violate("list register \(list) of CPU \(cpu) holds \(hex(value)), and nobody knows")
      }
      if isHeld && value & 0xffff_ffff != UInt64(interrupt) {
        violate("list register \(list) of CPU \(cpu) holds \(hex(value)), not \(interrupt)")
      }
      guard isHeld else { continue }
      let bit: UInt64 = interrupt < 32 ? 1 << UInt64(interrupt) : 1 << UInt64(interrupt - 32)
      if (interrupt < 32 ? own : shared) & bit != 0 { violate("INTID \(interrupt) twice") }
      if interrupt < 32 { own |= bit } else { shared |= bit }
    }
    if own != vcpu.ownListed || shared != vcpu.sharedListed {
      violate("listed \(hex(vcpu.ownListed)) \(hex(vcpu.sharedListed)) on CPU \(cpu)")
    }
  }

  /// All that holds, for every page, table and VM.
  func checkAll() {
    if !machine.ownership.typeInvariant { violate("what is proved of ownership does not hold") }
    for page in 0..<TestMachine.pages {
      let state = machine.ownership.pages[page]
      let number = TestMachine.firstPage + UInt64(page)
      let found = machine.memory.walk(root: map.root, GuestPage(number: number))
      if found.isMapped != state.hostMaps {
        violate("page \(page) is \(state), the host's table says \(found)")
      }
      if found.isMapped && found.page(of: GuestPage(number: number)).number != number {
        violate("the host finds another page than \(page) at its address")
      }
      let block = machine.ownership.blocks[page / 512]
      if (found.level == 2 && found.isMapped) != (block.absent == 0) {
        violate("block \(page / 512) with \(block) ends at level \(found.level)")
      }
    }
    var user = [UInt8](repeating: 0, count: TestMachine.pages)
    for vm in 1...Limits.vms { checkTree(vm, &user) }
    for cpu in processors.indices {
      for cached in caches.translations[cpu] { checkCached(cached) }
    }
  }

  private func checkTree(_ vm: Int, _ user: inout [UInt8]) {
    let space = machine.spaces[vm - 1]
    for number in 0..<Limits.vcpusPerVM {
      let life = machine.vcpus[(vm - 1) * Limits.vcpusPerVM + number].life
      if (space.state == .free || space.state == .dying) && life != .absent {
        violate("VM \(vm) is \(space.state) and has a vCPU that is \(life)")
      }
    }
    guard space.state == .loading || space.state == .sealed else { return }
    var tablePages = 2
    func take(_ page: UInt64, table: Bool) {
      guard let index = index(page) else { return violate("VM \(vm) maps outside the carve-out") }
      let owner = machine.ownership.pages[index]
      if Int(owner.owner) != vm || (owner.use == .table) != table {
        violate("VM \(vm) maps page \(index), which is \(owner)")
      }
      if user[index] != 0 { violate("page \(index) is mapped twice: \(user[index]), \(vm)") }
      user[index] = UInt8(vm)
    }
    take(space.root.number, table: true)
    take(space.root.number + 1, table: true)
    for (page, _) in tables(space.root.number) {
      take(page, table: true)
      tablePages += 1
    }
    var leaves = 0
    for guest in mappedPages(space.root) {
      let found = machine.memory.walk(root: space.root, GuestPage(number: guest))
      let first = found.page(of: GuestPage(number: guest)).number
      for page in first..<first + found.span / PageSize.page {
        take(page, table: false)
        leaves += 1
      }
    }
    if UInt64(tablePages + leaves) != space.pages {
      violate("VM \(vm) has \(tablePages) tables and \(leaves) pages, and says \(space.pages)")
    }
  }

  private func checkCached(_ cached: CachedTranslation) {
    for page in [cached.output, cached.output + cached.pages - 1] {
      guard let index = index(page) else { continue }
      let state = machine.ownership.pages[index]
      let may =
        cached.vmid == 0 ? state.hostMaps : state.owner == cached.vmid && state.use != .table
      if !may { violate("\(cached) is still remembered; page \(index) is \(state)") }
    }
  }
}
