import CRegisters
import Contracts
import EngineABI
import IsolationCore

/// Carries out the core's effects, in order.
@inline(__always)
func perform(_ cpu: UnsafeMutablePointer<Processor>) {
  let count = cpu.pointee.effects.count
  if count > 2 { note(cpu, count) }
  for index in 0..<count { perform(index, cpu) }
}

@inline(never)
private func note(_ cpu: UnsafeMutablePointer<Processor>, _ count: Int) {
  cpu.pointee.events.note(
    cpu.pointee.trap.syndrome, read_elr_el2(),
    cpu.pointee.machine.pointee.cpus[cpu.pointee.index].running, count)
}

// What needs more than some instructions is in a function of its own: this one then has no frame,
// which counts at every exit.
@inline(never)
private func perform(_ index: Int, _ cpu: UnsafeMutablePointer<Processor>) {
  switch cpu.pointee.effects[index] {
  case .store(let slot, let descriptor):
    store64(slot, descriptor.raw)
    dsb_ishst()
  case .fill(let table, let first):
    let step = first.isValid ? PageSize.page : 0
    for index in 0..<PageSize.pagesPerBlock {
      store64(table.address &+ index &* 8, first.raw &+ index &* step)
    }
    dsb_ishst()
  case .invalidatePage(let vmid, let page): invalidate(vmid, page, cpu)
  case .invalidateAll(let vmid): invalidate(vmid, nil, cpu)
  case .invalidateLocal:
    tlbi_vmalle1()
    ic_iallu()
    dsb_ish()
    isb()
  case .clean(let page, let pages):
    clean(page.address, pages &* PageSize.page, cpu)
  case .scrub(let page, let pages):
    scrub(page.address, pages &* PageSize.page, cpu)
  case .enter(let entry): enter(entry, cpu)
  case .leave(let departure): leave(departure, cpu)
  case .saveInterrupts(let id):
    saveInterrupts(&cpu.pointee.machine.pointee.contexts[id.context].interrupts)
  case .loadFloatingPoint(let id): loadFloatingPoint(id, cpu)
  case .list(let index, let value): writeList(index, value)
  case .pend(let index): writeList(index, readList(index) | ListRegister.pending)
  case .controlInterrupts(let value): write_ich_hcr_el2(value)
  case .admitTimer: admitTimer(cpu)
  case .holdTimer: holdTimer(cpu)
  case .kick(let cpus): kick(cpus, cpu)
  case .takeException(let syndrome, let faultAddress): takeException(syndrome, faultAddress)
  case .deviceRead(let address, let bytes, let register):
    let value = bytes == 8 ? load64(address) : UInt64(load32(address))
    current().pointee.frame.setRegister(register, value)
  case .deviceWrite(let address, let bytes, let value):
    if bytes == 8 {
      store64(address, value)
    } else {
      store32(address, UInt32(truncatingIfNeeded: value))
    }
  case .firmware(let function, let a, let b, let c): firmware(function, a, b, c)
  case .firmwareResults(let function, let a): firmwareResults(function, a)
  case .countInstructions(let register):
    current().pointee.frame.setRegister(
      register, instructionCount(cpu.pointee.settings.instructionCounter))
  case .startHost: startHost(cpu)
  }
}

/// The context whose registers the vectors load next.
@inline(__always)
func current() -> UnsafeMutablePointer<Context> {
  // TPIDR_EL2 names a context from the first entry on.
  UnsafeMutablePointer(bitPattern: UInt(read_tpidr_el2())).unsafelyUnwrapped
}

/// Forgets translations of one page, or all, of a VMID on all CPUs (Arm ARM D8.17.7: stage 2 first,
/// then what was combined with stage 1).
@inline(never)
private func invalidate(
  _ vmid: UInt64, _ page: GuestPage?, _ cpu: UnsafeMutablePointer<Processor>
) {
  let before = read_vttbr_el2()
  let wanted = cpu.pointee.settings.hostTables & ~(0xffff << 48) | vmid << 48
  dsb_ish()  // the entry is written, and no walk under the old one goes on
  if before >> 48 != vmid {
    write_vttbr_el2(wanted)
    isb()
  }
  if let page {
    tlbi_ipas2e1is(page.number)
    dsb_ish()
    tlbi_vmalle1is()
  } else {
    tlbi_vmalls12e1is()
  }
  dsb_ish()
  isb()
  if before >> 48 != vmid {
    write_vttbr_el2(before)
    isb()
  }
}

@inline(never)
private func clean(
  _ address: UInt64, _ bytes: UInt64, _ cpu: UnsafeMutablePointer<Processor>
) {
  var next = address
  while next < address &+ bytes {
    dc_civac(next)
    next &+= cpu.pointee.settings.cacheLine
  }
  dsb_sy()
  ic_ialluis()
  dsb_ish()
}

@inline(never)
private func scrub(
  _ address: UInt64, _ bytes: UInt64, _ cpu: UnsafeMutablePointer<Processor>
) {
  let block = cpu.pointee.settings.zeroBlock
  var next = address
  if block != 0 {
    while next < address &+ bytes {
      dc_zva(next)
      next &+= block
    }
  } else {
    while next < address &+ bytes {
      store64(next, 0)
      next &+= 8
    }
  }
  clean(address, bytes, cpu)
}

@inline(never)
private func firmware(_ function: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) {
  current().pointee.frame.x[0] = firmware_call(function, a, b, c).x0
}

@inline(never)
private func firmwareResults(_ function: UInt64, _ a: UInt64) {
  let answer = firmware_call(function, a, 0, 0)
  current().pointee.frame.x[0] = answer.x0
  current().pointee.frame.x[1] = answer.x1
  current().pointee.frame.x[2] = answer.x2
  current().pointee.frame.x[3] = answer.x3
}

/// GICR_ISENABLER0 and GICR_ICENABLER0, and in them PPI 27 for the guest's timer and PPI 25 for its
/// list registers.
private let setEnable: UInt64 = 0x100
private let clearEnable: UInt64 = 0x180
private let timer: UInt32 = 1 << 27
private let maintenance: UInt32 = 1 << 25

@inline(__always)
func admitTimer(_ cpu: UnsafeMutablePointer<Processor>) {
  store32(cpu.pointee.privateInterrupts &+ setEnable, timer)
}

@inline(__always)
func holdTimer(_ cpu: UnsafeMutablePointer<Processor>) {
  store32(cpu.pointee.privateInterrupts &+ clearEnable, timer)
}

/// The list registers' interrupt, which the host must not have turned off, and the timer's.
@inline(__always)
func admitInterrupts(holdsTimer: Bool, _ cpu: UnsafeMutablePointer<Processor>) {
  if holdsTimer {
    holdTimer(cpu)
    store32(cpu.pointee.privateInterrupts &+ setEnable, maintenance)
  } else {
    store32(cpu.pointee.privateInterrupts &+ setEnable, maintenance | timer)
  }
}

/// The host's reschedule SGI for some CPUs.
@inline(never)
private func kick(_ cpus: UInt64, _ cpu: UnsafeMutablePointer<Processor>) {
  dsb_ishst()
  for index in 0..<Limits.cpus where cpus >> UInt64(index) & 1 != 0 {
    let affinity = cpu.pointee.machine.pointee.configuration.affinities[index]
    write_icc_sgi1r_el1(
      softwareInterrupt(cpu.pointee.settings.rescheduleInterrupt, to: affinity))
  }
  isb()
}

/// ICC_SGI1R_EL1 for one CPU.
func softwareInterrupt(_ number: UInt64, to affinity: UInt64) -> UInt64 {
  (affinity >> 32 & 0xff) << 48 | (affinity >> 16 & 0xff) << 32 | number << 24
    | (affinity >> 8 & 0xff) << 16 | (affinity >> 4 & 0xf) << 44 | 1 << (affinity & 0xf)
}

/// An exception to EL1, as AArch64.TakeException does it (Arm ARM, shared pseudocode).
@inline(never)
private func takeException(_ syndrome: UInt64, _ faultAddress: UInt64) {
  let context = current()
  let state = context.pointee.frame.pstate
  let isAborting = syndrome >> 26 != 0
  var offset: UInt64 = 0x200
  var value = syndrome
  if state >> 4 & 1 != 0 {
    offset = 0x600
  } else if state & 0xf == 0 {
    offset = 0x400
  } else {
    if state & 1 == 0 { offset = 0 }
    if isAborting { value |= 1 << 26 }  // from the same level
  }
  write_esr_el1(value)
  if isAborting { write_far_el1(faultAddress) }
  write_elr_el1(context.pointee.frame.pc)
  write_spsr_el1(state)
  let control = read_sctlr_el1()
  // NZCV, DIT and PAN stay; SPAN clear sets PAN; DSSBS gives SSBS.
  var next = state & (0xf << 28 | 1 << 24 | 1 << 22) | Frame.resetState
  if control >> 23 & 1 == 0 { next |= 1 << 22 }
  next |= (control >> 44 & 1) << 12
  context.pointee.frame.pstate = next
  context.pointee.frame.pc = read_vbar_el1() &+ offset
}

/// Instructions retired at EL2 on this CPU, modulo 2^32; 0 if no counter counts them.
@inline(never)
private func instructionCount(_ counter: UInt64) -> UInt64 {
  guard counter != Settings.none else { return 0 }
  let selected = read_pmselr_el0()
  write_pmselr_el0(counter)
  isb()
  let count = read_pmxevcntr_el0()
  write_pmselr_el0(selected)
  return count & 0xffff_ffff
}
