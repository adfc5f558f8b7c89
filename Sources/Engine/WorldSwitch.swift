import CRegisters
import Contracts
import EngineABI
import IsolationCore

/// Values of EL2's control registers (Arm ARM D19.2).
enum Control {
  private static let vm: UInt64 = 1 << 0
  private static let setWayOverride: UInt64 = 1 << 1  // invalidation by set/way cleans too
  private static let interrupts: UInt64 = 0b111 << 3  // FMO, IMO, AMO
  private static let broadcast: UInt64 = 1 << 9 | 0b01 << 10  // FB, BSU inner shareable
  private static let twi: UInt64 = 1 << 13
  private static let tid3: UInt64 = 1 << 18
  private static let tsc: UInt64 = 1 << 19
  private static let tidcp: UInt64 = 1 << 20
  private static let tacr: UInt64 = 1 << 21
  private static let tsw: UInt64 = 1 << 22
  private static let rw: UInt64 = 1 << 31
  private static let tlor: UInt64 = 1 << 35
  private static let terr: UInt64 = 1 << 36
  private static let pointerAuthentication: UInt64 = 0b11 << 40  // APK, API: not trapped

  static let host =
    vm | setWayOverride | tid3 | tsc | tidcp | tacr | rw | pointerAuthentication
  static let guest =
    host | interrupts | broadcast | twi | tsw | tlor | terr

  /// CPTR_EL2: SVE, SME, activity monitors and trace trap; FP/SIMD as needed.
  static let allowFloatingPoint: UInt64 = 0x4010_33ff
  static let trapFloatingPoint: UInt64 = allowFloatingPoint | 1 << 10

  /// ICC_SRE_EL2: system registers without bypass; ICC_SRE_EL1 is the host's, and traps for guests.
  static let hostInterruptRegisters: UInt64 = 0xf
  static let guestInterruptRegisters: UInt64 = 0x7

  /// CNTHCTL_EL2: EL1 may use the physical counter and timer.
  static let physicalTimer: UInt64 = 0b11

  /// MDCR_EL2 for guests: debug and performance monitors trap.
  static let trapMonitors: UInt64 = 1 << 5 | 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11
}

/// Saves the host's state of this CPU and loads a vCPU's.
@inline(never)
func enter(_ entry: Entry, _ cpu: UnsafeMutablePointer<Processor>) {
  let guest = address(&cpu.pointee.machine.pointee.contexts[entry.id.context])
  let hasKeys = cpu.pointee.settings.hasPointerAuthentication
  stopHostMonitors(cpu)
  saveSystem(&cpu.pointee.host.pointee.system, hasKeys)
  write_hcr_el2(Control.guest)
  write_vttbr_el2(entry.root.address | UInt64(entry.id.vm.raw) << 48)
  write_vmpidr_el2(1 << 31 | UInt64(entry.id.number))
  write_cptr_el2(Control.trapFloatingPoint)
  write_mdcr_el2(cpu.pointee.settings.monitorControl | Control.trapMonitors)
  write_cnthctl_el2(0)
  write_icc_sre_el2(Control.guestInterruptRegisters)
  write_cntvoff_el2(entry.counterOffset)
  isb()  // what follows is under the guest's control; the return to it is a barrier too
  loadSystem(&guest.pointee.system, hasKeys)
  if cpu.pointee.settings.hasErrorRecords { write_vdisr_el2(guest.pointee.system.disr) }
  loadInterrupts(&guest.pointee.interrupts)
  admitInterrupts(holdsTimer: entry.holdsTimer, cpu)
  loadTimer(&guest.pointee.timer)
  setCurrent(guest)
}

/// FP/SIMD is the guest's from now on.
@inline(never)
func loadFloatingPoint(_ id: VCPUID, _ cpu: UnsafeMutablePointer<Processor>) {
  write_cptr_el2(Control.allowFloatingPoint)
  isb()
  fp_save(&cpu.pointee.host.pointee.floatingPoint)
  fp_restore(&cpu.pointee.machine.pointee.contexts[id.context].floatingPoint)
}

/// FP/SIMD is the host's again.
@inline(never)
private func saveFloatingPoint(_ cpu: UnsafeMutablePointer<Processor>) {
  fp_save(&current().pointee.floatingPoint)
  fp_restore(&cpu.pointee.host.pointee.floatingPoint)
}

/// Saves the state of the vCPU that runs and loads the host's.
func leave(_ departure: Departure, _ cpu: UnsafeMutablePointer<Processor>) {
  if departure.floatingPoint { saveFloatingPoint(cpu) }
  leave(cpu)
}

// This calls nothing, so it needs no frame.
@inline(never)
private func leave(_ cpu: UnsafeMutablePointer<Processor>) {
  let guest = current()
  let hasKeys = cpu.pointee.settings.hasPointerAuthentication
  saveTimer(&guest.pointee.timer)
  if cpu.pointee.settings.hasErrorRecords {
    guest.pointee.system.disr = read_vdisr_el2()
    write_vdisr_el2(0)
  }
  saveInterrupts(&guest.pointee.interrupts)
  clearInterrupts()
  saveSystem(&guest.pointee.system, hasKeys)
  loadHost(cpu, hasKeys)
  startHostMonitors(cpu)
}

/// The host's first entry on this CPU, in the reset state of its context.
@inline(never)
func startHost(_ cpu: UnsafeMutablePointer<Processor>) {
  var none = VirtualTimer()
  loadTimer(&none)
  loadHost(cpu, cpu.pointee.settings.hasPointerAuthentication)
  fp_restore(&cpu.pointee.host.pointee.floatingPoint)
}

@inline(__always)
private func loadHost(_ cpu: UnsafeMutablePointer<Processor>, _ hasKeys: Bool) {
  write_hcr_el2(Control.host)
  write_vttbr_el2(cpu.pointee.settings.hostTables)
  write_vmpidr_el2(read_mpidr_el1())
  write_cptr_el2(Control.allowFloatingPoint)
  write_mdcr_el2(cpu.pointee.settings.monitorControl)
  write_cnthctl_el2(Control.physicalTimer)
  write_icc_sre_el2(Control.hostInterruptRegisters)
  write_cntvoff_el2(0)
  isb()
  loadSystem(&cpu.pointee.host.pointee.system, hasKeys)
  setCurrent(cpu.pointee.host)
}

/// Where a context lies: the tables of the core stay where they are.
@inline(__always)
func address(_ context: UnsafeMutablePointer<Context>) -> UnsafeMutablePointer<Context> {
  context
}

@inline(__always)
private func setCurrent(_ context: UnsafeMutablePointer<Context>) {
  write_tpidr_el2(UInt64(UInt(bitPattern: context)))
}

/// Nothing that the guest does shows in the host's event counters.
@inline(__always)
private func stopHostMonitors(_ cpu: UnsafeMutablePointer<Processor>) {
  guard cpu.pointee.settings.hostMonitors != 0 else { return }
  let counters = read_pmcntenset_el0() & cpu.pointee.settings.hostMonitors
  cpu.pointee.runningMonitors = counters
  if counters != 0 { write_pmcntenclr_el0(counters) }
}

@inline(__always)
private func startHostMonitors(_ cpu: UnsafeMutablePointer<Processor>) {
  if cpu.pointee.runningMonitors != 0 { write_pmcntenset_el0(cpu.pointee.runningMonitors) }
}

@inline(__always)
private func loadTimer(_ timer: inout VirtualTimer) {
  write_cntv_cval_el0(timer.compare)
  write_cntv_ctl_el0(timer.control)
}

/// And stops it: the host has none.
@inline(__always)
private func saveTimer(_ timer: inout VirtualTimer) {
  (timer.control, timer.compare) = (read_cntv_ctl_el0(), read_cntv_cval_el0())
  write_cntv_ctl_el0(0)
  write_cntv_cval_el0(0)
}

// Registers go by twos, so that the compiler stores and loads pairs.

@inline(__always)
private func saveSystem(_ system: inout SystemRegisters, _ hasKeys: Bool) {
  (system.sctlr, system.cpacr) = (read_sctlr_el1(), read_cpacr_el1())
  (system.ttbr0, system.ttbr1) = (read_ttbr0_el1(), read_ttbr1_el1())
  (system.tcr, system.mair) = (read_tcr_el1(), read_mair_el1())
  (system.amair, system.vbar) = (read_amair_el1(), read_vbar_el1())
  (system.contextidr, system.tpidrEL0) = (read_contextidr_el1(), read_tpidr_el0())
  (system.tpidrroEL0, system.tpidrEL1) = (read_tpidrro_el0(), read_tpidr_el1())
  (system.spEL0, system.spEL1) = (read_sp_el0(), read_sp_el1())
  (system.elr, system.spsr) = (read_elr_el1(), read_spsr_el1())
  (system.esr, system.far) = (read_esr_el1(), read_far_el1())
  (system.afsr0, system.afsr1) = (read_afsr0_el1(), read_afsr1_el1())
  (system.par, system.cntkctl) = (read_par_el1(), read_cntkctl_el1())
  (system.csselr, system.mdscr) = (read_csselr_el1(), read_mdscr_el1())
  if hasKeys { saveKeys(&system.keys) }
}

@inline(__always)
private func loadSystem(_ system: inout SystemRegisters, _ hasKeys: Bool) {
  write(system.sctlr, write_sctlr_el1, system.cpacr, write_cpacr_el1)
  write(system.ttbr0, write_ttbr0_el1, system.ttbr1, write_ttbr1_el1)
  write(system.tcr, write_tcr_el1, system.mair, write_mair_el1)
  write(system.amair, write_amair_el1, system.vbar, write_vbar_el1)
  write(system.contextidr, write_contextidr_el1, system.tpidrEL0, write_tpidr_el0)
  write(system.tpidrroEL0, write_tpidrro_el0, system.tpidrEL1, write_tpidr_el1)
  write(system.spEL0, write_sp_el0, system.spEL1, write_sp_el1)
  write(system.elr, write_elr_el1, system.spsr, write_spsr_el1)
  write(system.esr, write_esr_el1, system.far, write_far_el1)
  write(system.afsr0, write_afsr0_el1, system.afsr1, write_afsr1_el1)
  write(system.par, write_par_el1, system.cntkctl, write_cntkctl_el1)
  write(system.csselr, write_csselr_el1, system.mdscr, write_mdscr_el1)
  if hasKeys { loadKeys(&system.keys) }
}

@inline(__always)
private func write(
  _ first: UInt64, _ writeFirst: (UInt64) -> Void, _ second: UInt64, _ writeSecond: (UInt64) -> Void
) {
  writeFirst(first)
  writeSecond(second)
}

@inline(__always)
private func saveKeys(_ keys: inout InlineArray<10, UInt64>) {
  (keys[0], keys[1]) = (read_apiakeylo_el1(), read_apiakeyhi_el1())
  (keys[2], keys[3]) = (read_apibkeylo_el1(), read_apibkeyhi_el1())
  (keys[4], keys[5]) = (read_apdakeylo_el1(), read_apdakeyhi_el1())
  (keys[6], keys[7]) = (read_apdbkeylo_el1(), read_apdbkeyhi_el1())
  (keys[8], keys[9]) = (read_apgakeylo_el1(), read_apgakeyhi_el1())
}

@inline(__always)
private func loadKeys(_ keys: inout InlineArray<10, UInt64>) {
  write(keys[0], write_apiakeylo_el1, keys[1], write_apiakeyhi_el1)
  write(keys[2], write_apibkeylo_el1, keys[3], write_apibkeyhi_el1)
  write(keys[4], write_apdakeylo_el1, keys[5], write_apdakeyhi_el1)
  write(keys[6], write_apdbkeylo_el1, keys[7], write_apdbkeyhi_el1)
  write(keys[8], write_apgakeylo_el1, keys[9], write_apgakeyhi_el1)
}

/// The virtual CPU interface (GICv3 specification, 12.4).
@inline(__always)
func saveInterrupts(_ interrupts: inout InterruptRegisters) {
  (interrupts.lists[0], interrupts.lists[1]) = (read_ich_lr0_el2(), read_ich_lr1_el2())
  (interrupts.lists[2], interrupts.lists[3]) = (read_ich_lr2_el2(), read_ich_lr3_el2())
  (interrupts.activePriorities0, interrupts.activePriorities1) =
    (read_ich_ap0r0_el2(), read_ich_ap1r0_el2())
  interrupts.control = read_ich_vmcr_el2()
}

@inline(__always)
private func loadInterrupts(_ interrupts: inout InterruptRegisters) {
  write(interrupts.lists[0], write_ich_lr0_el2, interrupts.lists[1], write_ich_lr1_el2)
  write(interrupts.lists[2], write_ich_lr2_el2, interrupts.lists[3], write_ich_lr3_el2)
  write(
    interrupts.activePriorities0, write_ich_ap0r0_el2, interrupts.activePriorities1,
    write_ich_ap1r0_el2)
  write(interrupts.control, write_ich_vmcr_el2, interrupts.hypervisorControl, write_ich_hcr_el2)
}

/// Off, and nothing of a guest left in it.
func clearInterrupts() {
  write_ich_hcr_el2(0)
  write_ich_lr0_el2(0)
  write_ich_lr1_el2(0)
  write_ich_lr2_el2(0)
  write_ich_lr3_el2(0)
}

func writeList(_ index: UInt64, _ value: UInt64) {
  switch index {
  case 0: write_ich_lr0_el2(value)
  case 1: write_ich_lr1_el2(value)
  case 2: write_ich_lr2_el2(value)
  default: write_ich_lr3_el2(value)
  }
}

func readList(_ index: UInt64) -> UInt64 {
  switch index {
  case 0: read_ich_lr0_el2()
  case 1: read_ich_lr1_el2()
  case 2: read_ich_lr2_el2()
  default: read_ich_lr3_el2()
  }
}
