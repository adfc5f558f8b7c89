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
func enter(_ id: VCPUID, _ root: PhysicalPage, _ cpu: UnsafeMutablePointer<Processor>) {
  let machine = cpu.pointee.machine
  let hasKeys = cpu.pointee.settings.hasPointerAuthentication
  stopHostMonitors(cpu)
  saveSystem(&machine.pointee.contexts[cpu.pointee.index].system, hasKeys)
  write_hcr_el2(Control.guest)
  write_vttbr_el2(root.address | UInt64(id.vm.raw) << 48)
  write_vmpidr_el2(1 << 31 | UInt64(id.number))
  write_cptr_el2(Control.trapFloatingPoint)
  write_mdcr_el2(cpu.pointee.settings.monitorControl | Control.trapMonitors)
  write_cnthctl_el2(0)
  write_icc_sre_el2(Control.guestInterruptRegisters)
  write_cntvoff_el2(machine.pointee.vms[id.vm.index].counterOffset)
  isb()
  loadSystem(&machine.pointee.contexts[id.context].system, hasKeys)
  loadInterrupts(&machine.pointee.contexts[id.context].interrupts)
  admitMaintenance(cpu)
  if cpu.pointee.settings.hasErrorRecords {
    write_vdisr_el2(machine.pointee.contexts[id.context].system.disr)
  }
  write_cntv_cval_el0(machine.pointee.contexts[id.context].timer.compare)
  write_cntv_ctl_el0(machine.pointee.contexts[id.context].timer.control)
  setCurrent(&machine.pointee.contexts[id.context])
  isb()
}

/// Saves the vCPU's state and loads the host's.
func leave(_ id: VCPUID, _ cpu: UnsafeMutablePointer<Processor>) {
  let machine = cpu.pointee.machine
  let hasKeys = cpu.pointee.settings.hasPointerAuthentication
  machine.pointee.contexts[id.context].timer.control = read_cntv_ctl_el0()
  machine.pointee.contexts[id.context].timer.compare = read_cntv_cval_el0()
  write_cntv_ctl_el0(0)
  write_cntv_cval_el0(0)
  if cpu.pointee.settings.hasErrorRecords {
    machine.pointee.contexts[id.context].system.disr = read_vdisr_el2()
    write_vdisr_el2(0)
  }
  saveInterrupts(&machine.pointee.contexts[id.context].interrupts)
  clearInterrupts()
  saveSystem(&machine.pointee.contexts[id.context].system, hasKeys)
  loadHostControl(cpu)
  isb()
  loadSystem(&machine.pointee.contexts[cpu.pointee.index].system, hasKeys)
  startHostMonitors(cpu)
  setCurrent(&machine.pointee.contexts[cpu.pointee.index])
  isb()
}

/// The host's first entry on this CPU, in the reset state of its context.
func startHost(_ cpu: UnsafeMutablePointer<Processor>) {
  let machine = cpu.pointee.machine
  let hasKeys = cpu.pointee.settings.hasPointerAuthentication
  loadHostControl(cpu)
  write_cntv_ctl_el0(0)
  write_cntv_cval_el0(0)
  isb()
  loadSystem(&machine.pointee.contexts[cpu.pointee.index].system, hasKeys)
  fp_restore(&machine.pointee.contexts[cpu.pointee.index].floatingPoint)
  setCurrent(&machine.pointee.contexts[cpu.pointee.index])
  isb()
}

private func loadHostControl(_ cpu: UnsafeMutablePointer<Processor>) {
  write_hcr_el2(Control.host)
  write_vttbr_el2(cpu.pointee.settings.hostTables)
  write_vmpidr_el2(read_mpidr_el1())
  write_cptr_el2(Control.allowFloatingPoint)
  write_mdcr_el2(cpu.pointee.settings.monitorControl)
  write_cnthctl_el2(Control.physicalTimer)
  write_icc_sre_el2(Control.hostInterruptRegisters)
  write_cntvoff_el2(0)
}

private func setCurrent(_ context: UnsafeMutablePointer<Context>) {
  write_tpidr_el2(UInt64(UInt(bitPattern: context)))
}

/// Nothing that the guest does shows in the host's event counters.
private func stopHostMonitors(_ cpu: UnsafeMutablePointer<Processor>) {
  guard cpu.pointee.settings.monitorControl & 0x1f != 0 else { return }
  var counters = read_pmcntenset_el0()
  if cpu.pointee.settings.instructionCounter != Settings.none {
    counters &= ~(1 << cpu.pointee.settings.instructionCounter)
  }
  cpu.pointee.hostCounters = counters
  if counters != 0 { write_pmcntenclr_el0(counters) }
}

private func startHostMonitors(_ cpu: UnsafeMutablePointer<Processor>) {
  if cpu.pointee.hostCounters != 0 { write_pmcntenset_el0(cpu.pointee.hostCounters) }
}

private func saveSystem(_ system: inout SystemRegisters, _ hasKeys: Bool) {
  system.sctlr = read_sctlr_el1()
  system.cpacr = read_cpacr_el1()
  system.ttbr0 = read_ttbr0_el1()
  system.ttbr1 = read_ttbr1_el1()
  system.tcr = read_tcr_el1()
  system.mair = read_mair_el1()
  system.amair = read_amair_el1()
  system.vbar = read_vbar_el1()
  system.contextidr = read_contextidr_el1()
  system.tpidrEL0 = read_tpidr_el0()
  system.tpidrroEL0 = read_tpidrro_el0()
  system.tpidrEL1 = read_tpidr_el1()
  system.spEL0 = read_sp_el0()
  system.spEL1 = read_sp_el1()
  system.elr = read_elr_el1()
  system.spsr = read_spsr_el1()
  system.esr = read_esr_el1()
  system.far = read_far_el1()
  system.afsr0 = read_afsr0_el1()
  system.afsr1 = read_afsr1_el1()
  system.par = read_par_el1()
  system.cntkctl = read_cntkctl_el1()
  system.csselr = read_csselr_el1()
  system.mdscr = read_mdscr_el1()
  if hasKeys { saveKeys(&system.keys) }
}

private func loadSystem(_ system: inout SystemRegisters, _ hasKeys: Bool) {
  write_sctlr_el1(system.sctlr)
  write_cpacr_el1(system.cpacr)
  write_ttbr0_el1(system.ttbr0)
  write_ttbr1_el1(system.ttbr1)
  write_tcr_el1(system.tcr)
  write_mair_el1(system.mair)
  write_amair_el1(system.amair)
  write_vbar_el1(system.vbar)
  write_contextidr_el1(system.contextidr)
  write_tpidr_el0(system.tpidrEL0)
  write_tpidrro_el0(system.tpidrroEL0)
  write_tpidr_el1(system.tpidrEL1)
  write_sp_el0(system.spEL0)
  write_sp_el1(system.spEL1)
  write_elr_el1(system.elr)
  write_spsr_el1(system.spsr)
  write_esr_el1(system.esr)
  write_far_el1(system.far)
  write_afsr0_el1(system.afsr0)
  write_afsr1_el1(system.afsr1)
  write_par_el1(system.par)
  write_cntkctl_el1(system.cntkctl)
  write_csselr_el1(system.csselr)
  write_mdscr_el1(system.mdscr)
  if hasKeys { loadKeys(&system.keys) }
}

private func saveKeys(_ keys: inout InlineArray<10, UInt64>) {
  keys[0] = read_apiakeylo_el1()
  keys[1] = read_apiakeyhi_el1()
  keys[2] = read_apibkeylo_el1()
  keys[3] = read_apibkeyhi_el1()
  keys[4] = read_apdakeylo_el1()
  keys[5] = read_apdakeyhi_el1()
  keys[6] = read_apdbkeylo_el1()
  keys[7] = read_apdbkeyhi_el1()
  keys[8] = read_apgakeylo_el1()
  keys[9] = read_apgakeyhi_el1()
}

private func loadKeys(_ keys: inout InlineArray<10, UInt64>) {
  write_apiakeylo_el1(keys[0])
  write_apiakeyhi_el1(keys[1])
  write_apibkeylo_el1(keys[2])
  write_apibkeyhi_el1(keys[3])
  write_apdakeylo_el1(keys[4])
  write_apdakeyhi_el1(keys[5])
  write_apdbkeylo_el1(keys[6])
  write_apdbkeyhi_el1(keys[7])
  write_apgakeylo_el1(keys[8])
  write_apgakeyhi_el1(keys[9])
}

/// The virtual CPU interface (GICv3 specification, 12.4).
func saveInterrupts(_ interrupts: inout InterruptRegisters) {
  interrupts.lists[0] = read_ich_lr0_el2()
  interrupts.lists[1] = read_ich_lr1_el2()
  interrupts.lists[2] = read_ich_lr2_el2()
  interrupts.lists[3] = read_ich_lr3_el2()
  interrupts.control = read_ich_vmcr_el2()
  interrupts.activePriorities0 = read_ich_ap0r0_el2()
  interrupts.activePriorities1 = read_ich_ap1r0_el2()
}

private func loadInterrupts(_ interrupts: inout InterruptRegisters) {
  write_ich_lr0_el2(interrupts.lists[0])
  write_ich_lr1_el2(interrupts.lists[1])
  write_ich_lr2_el2(interrupts.lists[2])
  write_ich_lr3_el2(interrupts.lists[3])
  write_ich_vmcr_el2(interrupts.control)
  write_ich_ap0r0_el2(interrupts.activePriorities0)
  write_ich_ap1r0_el2(interrupts.activePriorities1)
  write_ich_hcr_el2(interrupts.hypervisorControl)
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
