import EngineABI
import Foundation
import IsolationCore

/// A CPU as the hardware has it beside the core.
struct TestProcessor {
  /// VMID that stage 2 is set to, and its root.
  var loaded: UInt8 = 0
  var root = PhysicalPage(number: 0)
  /// Some pages that the loaded guest has mapped, for its walks.
  var guestPages: [UInt64] = []
  /// ICH_LR<n>_EL2 and ICH_HCR_EL2.
  var lists: [UInt64] = [0, 0, 0, 0]
  var control: UInt64 = 0
  var timerEnabled = false
  /// CNTV_CTL_EL0 and CNTV_CVAL_EL0.
  var timer = VirtualTimer()
  var hasGuestFloatingPoint = false
  /// Exceptions that EL1 took: syndromes.
  var exceptions: [UInt64] = []
  /// CPUs that this one kicked, as masks.
  var kicks: [UInt64] = []
  /// What the firmware was asked.
  var firmware: [(function: UInt64, a: UInt64, b: UInt64, c: UInt64)] = []
  var deviceReads: [UInt64] = []
  var deviceWrites: [(address: UInt64, bytes: UInt64, value: UInt64)] = []
}

extension TestMachine {
  /// Does what the glue does about a trap, checking every rule between two effects.
  func trap(_ cpu: Int, _ trap: Trap) {
    var trap = trap
    performed = []
    if watches { transition.begin(regions.pages) }
    trap.interruptsSaved = false
    if trap.kind == .synchronous && machine.answersAtOnce(cpu: cpu, syndrome: trap.syndrome) {
      checkLocksFree()
      return
    }
    let shortcut = tryShortcut(cpu, trap)
    defer { if let shortcut { check(shortcut, cpu) } }
    for pass in 0..<2 {
      machine.handle(cpu: cpu, &trap, &effects)
      checkLocksTaken()
      if watches && pass == 0 { noteChanges() }
      let pages = watches ? interest() : []
      for index in 0..<effects.count {
        let effect = effects[index]
        if watches {
          refill(pages)
          checkReach(pages, finished: false)
        }
        performed.append(effect)
        perform(effect, cpu)
        if watches { checkReach(pages, finished: false) }
      }
      if watches && !transition.changed.isEmpty {
        refill(pages)
        checkReach(pages, finished: true)
      }
      let again = effects.askAgain
      machine.release(&effects)
      checkLocksFree()
      if !again { return }
      if pass == 1 { violate("asked a third time") }
      trap.interruptsSaved = true
    }
  }

  func perform(_ effect: Effect, _ cpu: Int) {
    switch effect {
    case .store(let slot, let descriptor): store(slot, descriptor)
    case .fill(let table, let first): fill(table, first)
    case .invalidatePage(let vmid, let page):
      let vmid = UInt8(vmid)
      caches.invalidate(vmid: vmid, page: page.number)
      transition.broken = transition.broken.filter {
        $0.value.vmid != vmid || !$0.value.contains(input: page.number)
      }
    case .invalidateAll(let vmid):
      let vmid = UInt8(vmid)
      caches.invalidate(vmid: vmid)
      transition.broken = transition.broken.filter { $0.value.vmid != vmid }
    case .invalidateLocal: caches.invalidate(vmid: processors[cpu].loaded, on: cpu)
    case .clean(let page, let pages): clean(page, pages)
    case .scrub(let page, let pages): scrub(page, pages)
    case .enter(let entry): enter(entry, cpu)
    case .leave(let departure): leave(departure, cpu)
    case .saveInterrupts(let id): saveLists(id, cpu)
    case .loadFloatingPoint: processors[cpu].hasGuestFloatingPoint = true
    case .list(let index, let value): processors[cpu].lists[Int(index)] = value
    case .pend(let index):
      processors[cpu].lists[Int(index)] |= ListRegister.pending
    case .controlInterrupts(let value): processors[cpu].control = value
    case .admitTimer: processors[cpu].timerEnabled = true
    case .holdTimer: processors[cpu].timerEnabled = false
    case .kick(let cpus): processors[cpu].kicks.append(cpus)
    case .takeException(let syndrome, _): processors[cpu].exceptions.append(syndrome)
    case .deviceRead(let address, let bytes, let register):
      processors[cpu].deviceReads.append(address)
      current(cpu) { $0.setRegister(register, 0xd0_0000 + bytes) }
    case .deviceWrite(let address, let bytes, let value):
      processors[cpu].deviceWrites.append((address, bytes, value))
    case .firmware(let function, let a, let b, let c):
      processors[cpu].firmware.append((function, a, b, c))
      current(cpu) { $0.x[0] = 0 }
    case .firmwareResults(let function, let a):
      processors[cpu].firmware.append((function, a, 0, 0))
      current(cpu) { frame in
        frame.x[0] = 0
        for index in 1..<4 { frame.x[index] = 0x77 }
      }
    case .countInstructions(let register):
      current(cpu) { $0.setRegister(register, 12345) }
    case .startHost:
      if processors[cpu].loaded != 0 { violate("the host starts where a guest runs") }
    }
  }

  /// The frame that the vectors load next.
  private func current(_ cpu: Int, _ change: (inout Frame) -> Void) {
    let running = Int(machine.cpus[cpu].running)
    change(&machine.contexts[running == 0 ? cpu : Limits.cpus + running - 1].frame)
  }

  // MARK: Memory

  private func store(_ slot: UInt64, _ descriptor: Descriptor) {
    let old = machine.memory.descriptor(at: slot)
    if watches { checkStore(slot, old, descriptor) }
    machine.memory.store(descriptor, at: slot)
    if let table = index(slot / PageSize.page) { written[table] = true }
  }

  private func fill(_ table: PhysicalPage, _ first: Descriptor) {
    let isReachable =
      caches.remembers(table: table.address)
      || transition.hostLevel2.keys.contains {
        machine.memory.descriptor(at: $0) == .table(table)
      }
    if isReachable { violate("a table is filled while walks may come through it") }
    for entry in 0..<PageSize.pagesPerBlock {
      let step = first.isValid ? entry * PageSize.page : 0
      machine.memory.store(
        Descriptor(raw: first.raw + step), at: table.address + entry * 8)
    }
  }

  private func clean(_ page: PhysicalPage, _ pages: UInt64) {
    noteCleaned(page, pages)
  }

  private func scrub(_ page: PhysicalPage, _ pages: UInt64) {
    noteCleaned(page, pages)
    guard let first = index(page.number) else {
      violate("scrub outside the carve-out")
      return
    }
    for each in first..<first + Int(pages) where written[each] {
      memset(memory + each * 512, 0, Int(PageSize.page))
      written[each] = false
    }
  }

  // MARK: Worlds

  private func enter(_ entry: Entry, _ cpu: Int) {
    let id = entry.id
    if processors[cpu].loaded != 0 { violate("\(id) enters where a guest runs") }
    if machine.spaces[id.vm.index].root != entry.root { violate("\(id) enters with another root") }
    if machine.vms[id.vm.index].counterOffset != entry.counterOffset {
      violate("\(id) enters with another counter")
    }
    processors[cpu].loaded = id.vm.raw
    processors[cpu].root = entry.root
    processors[cpu].timerEnabled = !entry.holdsTimer
    for list in 0..<4 {
      processors[cpu].lists[list] = machine.contexts[id.context].interrupts.lists[list]
    }
    processors[cpu].control = machine.contexts[id.context].interrupts.hypervisorControl
    processors[cpu].timer = machine.contexts[id.context].timer
    if watches { processors[cpu].guestPages = mappedPages(entry.root) }
  }

  private func leave(_ departure: Departure, _ cpu: Int) {
    let id = departure.id
    if processors[cpu].loaded != id.vm.raw { violate("\(id) leaves, but does not run") }
    if departure.floatingPoint != processors[cpu].hasGuestFloatingPoint {
      violate("\(id) leaves its FP registers behind, or saves another's")
    }
    processors[cpu].hasGuestFloatingPoint = false
    saveLists(id, cpu)
    machine.contexts[id.context].timer = processors[cpu].timer
    processors[cpu].loaded = 0
    processors[cpu].guestPages = []
    processors[cpu].lists = [0, 0, 0, 0]
    processors[cpu].control = 0
  }

  private func saveLists(_ id: VCPUID, _ cpu: Int) {
    for list in 0..<4 {
      machine.contexts[id.context].interrupts.lists[list] = processors[cpu].lists[list]
    }
  }
}
