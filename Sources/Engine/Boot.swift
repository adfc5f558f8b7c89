import CRegisters
import Contracts
import EngineABI
import IsolationCore

/// Engine memory behind the image, handed out once.
private struct Region {
  var next: UInt64
  let end: UInt64

  mutating func take(_ bytes: UInt64, alignment: UInt64 = PageSize.page) -> UInt64 {
    let start = (next &+ alignment &- 1) & ~(alignment &- 1)
    next = start &+ bytes
    if next > end { refuse("engine memory is too small for the carve-out") }
    return start
  }

  /// A table of `count` equal elements.
  mutating func table<T: BitwiseCopyable>(_ count: Int, of element: T) -> Table<T> {
    let address = take(UInt64(MemoryLayout<T>.stride) &* UInt64(count))
    let raw = UnsafeMutableRawPointer(bitPattern: UInt(address)).unsafelyUnwrapped
    let first = raw.bindMemory(to: T.self, capacity: count)
    for index in 0..<count { (first + index).initialize(to: element) }
    return Table(unsafeAt: raw, count: count)
  }
}

/// Nothing to run on with: says why and stops this CPU, the only one yet.
private func refuse(_ reason: StaticString) -> Never {
  let console = Console(base: Record()[BootRecord.uart])
  console.print("bulkhead: cannot start: ")
  console.print(reason)
  console.print("\n")
  stop()
}

private func check(_ condition: Bool, _ reason: StaticString) {
  if !condition { refuse(reason) }
}

/// The first CPU, MMU on: builds the core's state, and enters the host. Returns this CPU's record.
@c(engine_boot)
public func engineBoot(_ start: UInt64) -> UnsafeMutableRawPointer {
  let record = Record()
  check(
    read_identification(UInt64(Identification.instructions0)) >> 20 & 15 >= 2,
    "the CPU has no atomic instructions (FEAT_LSE)")
  check(record[BootRecord.version] == BootRecord.versionValue, "boot record of another version")
  let image = address_of__image_start()
  let engine = AddressRange(
    base: record[BootRecord.engineBase], bytes: record[BootRecord.engineBytes])
  var region = Region(next: image &+ imageBytes, end: engine.base &+ engine.bytes)
  let map = hostMap(record, engine, &region)
  let (configuration, settings) = survey(record, map, &region)

  // Everything from here on is in place for good.
  let raw = region.take(UInt64(MemoryLayout<Machine>.stride))
  let machine = UnsafeMutableRawPointer(bitPattern: UInt(raw)).unsafelyUnwrapped
    .bindMemory(to: Machine.self, capacity: 1)
  makeMachine(machine, map, configuration, &region)
  check(map.build(&machine.pointee.memory), "no page left for the host's stage-2 tables")

  let processors = makeProcessors(machine, settings, &region)
  check(machine.pointee.configuration.affinities[0] == affinity(), "boot CPU is not the first")
  initialize(processors)
  banner(processors.pointee.machine, settings, engine, map)
  machine.pointee.contexts[0].frame.pc = record[BootRecord.hostEntry]
  machine.pointee.contexts[0].frame.pstate = Frame.resetState
  machine.pointee.contexts[0].frame.x[0] = record[BootRecord.hostArgument]
  machine.pointee.configuration.ticksToHost = read_cntpct_el0() &- start
  processors.pointee.trap.kind = .started
  handle(processors)
  return UnsafeMutableRawPointer(processors)
}

/// A CPU that the host turned on: the same for it alone.
@c(engine_secondary)
public func engineSecondary(_ index: UInt64) -> UnsafeMutableRawPointer {
  let cpu = allProcessors() + Int(truncatingIfNeeded: index)
  initialize(cpu)
  stopAfterFault()
  cpu.pointee.trap.kind = .started
  handle(cpu)
  return UnsafeMutableRawPointer(cpu)
}

/// Written once at boot.
nonisolated(unsafe) private var processorsAddress: UInt = 0

func processorsReady() -> Bool { processorsAddress != 0 }

func allProcessors() -> UnsafeMutablePointer<Processor> {
  UnsafeMutablePointer(bitPattern: processorsAddress).unsafelyUnwrapped
}

private func affinity() -> UInt64 { read_mpidr_el1() & 0xff_00ff_ffff }

/// Checks the boot record's ranges and lays out the host's stage 2.
private func hostMap(
  _ record: Record, _ engine: AddressRange, _ region: inout Region
) -> HostMap {
  var map = HostMap()
  map.engine = engine
  map.host = AddressRange(base: record[BootRecord.hostBase], bytes: record[BootRecord.hostBytes])
  check(isAligned(engine) && isAligned(map.host), "engine or host memory is not 2 MiB aligned")
  check(!engine.overlaps(map.host), "engine and host memory overlap")
  check(
    engine.contains(address_of__image_start())
      && address_of__image_start() &+ imageBytes <= engine.base &+ engine.bytes,
    "the image is not in engine memory")
  check(map.host.contains(record[BootRecord.hostEntry]), "the host's entry is not in its memory")
  let count = Int(truncatingIfNeeded: record[BootRecord.carveOutCount])
  check(count >= 1 && count <= BootRecord.maxCarveOuts, "no or too many carve-out ranges")
  var end: UInt64 = 0
  for index in 0..<count {
    let range = AddressRange(
      base: record[BootRecord.carveOuts &+ 2 &* index],
      bytes: record[BootRecord.carveOuts &+ 2 &* index &+ 1])
    check(isAligned(range) && range.base >= end, "carve-out is not 2 MiB aligned and ascending")
    check(
      !range.overlaps(engine) && !range.overlaps(map.host), "carve-out overlaps other memory")
    map.carveOuts[index] = range
    end = range.base &+ range.bytes
  }
  map.carveOut = AddressRange(base: map.carveOuts[0].base, bytes: end &- map.carveOuts[0].base)
  check(
    !map.carveOut.overlaps(engine) && !map.carveOut.overlaps(map.host)
      && engine.base < map.carveOut.base,
    "memory between the carve-outs is not theirs")
  map.redistributors = AddressRange(
    base: record[BootRecord.redistributor],
    bytes: record[BootRecord.redistributorBytes])
  map.cpus = record[BootRecord.cpuCount]
  check(
    map.redistributors.bytes >= map.cpus &* GuestGIC.redistributorStride,
    "fewer redistributors than CPUs")
  let absent = Int(truncatingIfNeeded: record[BootRecord.absentCount])
  check(absent <= BootRecord.maxAbsent, "too many absent ranges")
  for index in 0..<absent {
    map.absent[index] = AddressRange(
      base: record[BootRecord.absentRanges &+ 2 &* index],
      bytes: record[BootRecord.absentRanges &+ 2 &* index &+ 1])
    check(
      map.absent[index].base % PageSize.page == 0, "an absent range begins within a page")
  }
  map.absent[BootRecord.maxAbsent] = AddressRange(
    base: AbsentPage.base, bytes: AbsentPage.bytes)
  check(map.isApart, "a device or an absent range lies in the carve-out")
  map.root = PhysicalPage(
    number: region.take(2 &* PageSize.page, alignment: 2 &* PageSize.page) / PageSize.page)
  map.poolPages = 64
  map.pool = PhysicalPage(number: region.take(map.poolPages &* PageSize.page) / PageSize.page)
  map.tables.level2 = PhysicalPage(
    number: region.take(map.level2Pages &* PageSize.page) / PageSize.page)
  map.tables.level3 = PhysicalPage(
    number: region.take(map.carveOut.bytes / PageSize.block &* PageSize.page) / PageSize.page)
  return map
}

private func isAligned(_ range: AddressRange) -> Bool {
  range.bytes != 0 && range.base % PageSize.block == 0 && range.bytes % PageSize.block == 0
    && range.base < stageOneLimit && range.bytes <= stageOneLimit &- range.base
}

/// Finds out what CPU and firmware can do.
private func survey(
  _ record: Record, _ map: HostMap, _ region: inout Region
) -> (Configuration, Settings) {
  var configuration = Configuration()
  var settings = Settings()
  let cpus = Int(truncatingIfNeeded: record[BootRecord.cpuCount])
  check(cpus >= 1 && cpus <= Limits.cpus, "no or too many CPUs")
  configuration.cpuCount = cpus
  for index in 0..<cpus {
    configuration.affinities[index] = record[BootRecord.affinities &+ index]
  }
  configuration.hostRoot = map.root
  configuration.redistributor = map.redistributors.base
  configuration.secondaryEntry = address_of_secondary_entry()

  var hardware: InlineArray<64, UInt64> = InlineArray(repeating: 0)
  for index in 8..<64 {
    hardware[index] = read_identification(UInt64(index))
    configuration.guestIdentification[index] = Identification.guestValue(
      index, hardware: hardware[index])
    configuration.hostIdentification[index] = Identification.hostValue(
      index, hardware: hardware[index])
  }
  settings.hasPointerAuthentication =
    hardware[Identification.instructions1] & 0xff00_0ff0 != 0
    || hardware[Identification.instructions2] & 0xff00 != 0
  settings.hasErrorRecords = hardware[Identification.processor0] >> 28 & 15 != 0
  if settings.hasPointerAuthentication {
    configuration.features |= Feature.pointerAuthentication
  }
  if hardware[Identification.memory2] >> 40 & 15 != 0 {
    configuration.features |= Feature.forcedWriteBack
  }
  check(
    hardware[Identification.memory0] & 15 >= 2, "the CPU has fewer than 40 physical address bits")

  let gic = read_ich_vtr_el2()
  configuration.listRegisters = Limits.listRegisters
  check(gic & 31 >= 3, "the CPU interface has fewer than 4 list registers")
  check(gic >> 26 & 7 == 4, "the CPU interface has not 5 preemption bits")
  for number in 0..<3 {
    configuration.workarounds[number] = workaround(number)
  }
  configuration.counterFrequency = read_cntfrq_el0()
  configuration.textBytes = address_of__text_end() &- address_of__image_start()
  configuration.engineBytes = map.engine.bytes

  settings.console = record[BootRecord.uart]
  settings.rescheduleInterrupt = record[BootRecord.rescheduleInterrupt] & 15
  settings.hostTables = map.root.address
  settings.cacheLine = 4 << (read_ctr_el0() >> 16 & 15)
  let zero = read_dczid_el0()
  settings.zeroBlock = zero & 16 == 0 ? 4 << (zero & 15) : 0
  monitors(hardware[Identification.debug0], &settings)
  return (configuration, settings)
}

/// The last event counter is the engine's; the host has the others.
private func monitors(_ debug: UInt64, _ settings: inout Settings) {
  let version = debug >> 8 & 15
  let hasMonitors = version != 0 && version != 15
  let counters = hasMonitors ? read_pmcr_el0() >> 11 & 31 : 0
  settings.hostMonitors = hasMonitors ? 0xffff_ffff : 0
  // TPMS, TTRF: no profiling and trace; HPMD: the host's counters stand still at EL2.
  settings.monitorControl = 1 << 14 | 1 << 17 | 1 << 19
  if counters >= 2 {
    settings.instructionCounter = counters &- 1
    settings.hostMonitors &= ~(1 << settings.instructionCounter)
    settings.monitorControl |= counters &- 1 | 1 << 7  // HPME
  } else {
    settings.monitorControl |= counters
  }
}

/// What the firmware says of SMCCC_ARCH_WORKAROUND_1, 2 and 3.
private func workaround(_ number: Int) -> UInt64 {
  let functions: InlineArray<3, UInt64> = [0x8000_8000, 0x8000_7fff, 0x8000_3fff]
  let version = firmware_call(0x8000_0000, 0, 0, 0).x0
  guard Int32(truncatingIfNeeded: version) >= 0x1_0001 else { return ~0 }
  let answer = Int32(truncatingIfNeeded: firmware_call(0x8000_0001, functions[number], 0, 0).x0)
  return UInt64(bitPattern: Int64(answer))
}

private func makeMachine(
  _ place: UnsafeMutablePointer<Machine>, _ map: HostMap, _ configuration: Configuration,
  _ region: inout Region
) {
  let pages = Int(truncatingIfNeeded: map.carveOut.bytes / PageSize.page)
  let blocks = Int(truncatingIfNeeded: map.carveOut.bytes / PageSize.block)
  var ownership = Ownership(
    pages: region.table(pages, of: PageState.host),
    blocks: region.table(blocks, of: BlockState.host),
    first: map.carveOut.base / PageSize.page, host: map.tables)
  for block in 0..<blocks {
    let start = ownership.page(at: block &* Int(PageSize.pagesPerBlock))
    if !isDonatable(start.address, map) { ownership.leaveOut(block: block) }
  }
  // The host's tables lie side by side: level 1, the pool, levels 2 and 3 of the carve-out.
  let tables = map.root.address
  let tablesEnd =
    map.tables.level3.address &+ map.carveOut.bytes / PageSize.block &* PageSize.page
  let engineTables = UnsafeMutableRawPointer(bitPattern: UInt(tables)).unsafelyUnwrapped
  let carveOut = UnsafeMutableRawPointer(bitPattern: UInt(map.carveOut.base)).unsafelyUnwrapped
  let memory = TableMemory(
    engine: Table(unsafeAt: engineTables, count: Int((tablesEnd &- tables) / 8)),
    engineBase: tables,
    carveOut: Table(unsafeAt: carveOut, count: Int(map.carveOut.bytes / 8)),
    carveOutBase: map.carveOut.base)
  place.initialize(
    to: Machine(
      configuration: configuration, memory: memory, ownership: ownership,
      spaces: region.table(Limits.vms, of: AddressSpace()),
      vms: region.table(Limits.vms, of: VirtualMachine()),
      vcpus: region.table(Limits.vms * Limits.vcpusPerVM, of: VCPU()),
      cpus: region.table(Limits.cpus, of: CPU()),
      contexts: region.table(Machine.contextCount, of: Context())))
}

private func isDonatable(_ address: UInt64, _ map: HostMap) -> Bool {
  for index in 0..<map.carveOuts.count where map.carveOuts[index].contains(address) {
    return true
  }
  return false
}

private func makeProcessors(
  _ machine: UnsafeMutablePointer<Machine>, _ settings: Settings, _ region: inout Region
) -> UnsafeMutablePointer<Processor> {
  let raw = region.take(UInt64(MemoryLayout<Processor>.stride) &* UInt64(Limits.cpus))
  let processors = UnsafeMutableRawPointer(bitPattern: UInt(raw)).unsafelyUnwrapped
    .bindMemory(to: Processor.self, capacity: Limits.cpus)
  for index in 0..<machine.pointee.configuration.cpuCount {
    (processors + index).initialize(
      to: Processor(
        index: index, host: address(&machine.pointee.contexts[index]), machine: machine,
        privateInterrupts: privateInterrupts(
          machine.pointee.configuration.affinities[index],
          machine.pointee.configuration.redistributor,
          machine.pointee.configuration.cpuCount),
        settings: settings))
  }
  processorsAddress = UInt(bitPattern: processors)
  return processors
}

/// The SGI frame of the redistributor whose GICR_TYPER names the CPU.
private func privateInterrupts(_ affinity: UInt64, _ first: UInt64, _ count: Int) -> UInt64 {
  let packed = affinity & 0xff_ffff | affinity >> 8 & 0xff00_0000
  for index in 0..<UInt64(count) {
    let frame = first &+ index &* GuestGIC.redistributorStride
    if load64(frame &+ 8) >> 32 == packed { return frame &+ GuestGIC.redistributorStride / 2 }
  }
  refuse("no redistributor for a CPU of the boot record")
}

/// EL2's registers of this CPU that never change.
private func initialize(_ cpu: UnsafeMutablePointer<Processor>) {
  // 40-bit guest addresses, level 1 first, write-back inner-shareable walks, 40-bit output.
  write_vtcr_el2(1 << 31 | 2 << 16 | 0b11 << 12 | 0b01 << 10 | 0b01 << 8 | 1 << 6 | 24)
  write_vpidr_el2(read_midr_el1())
  write_hstr_el2(0)
  if cpu.pointee.settings.hasErrorRecords {
    write_vdisr_el2(0)
    write_vsesr_el2(0)
  }
  clearExtensions()
  write_icc_sre_el2(Control.hostInterruptRegisters)
  isb()
  clearInterrupts()
  write_ich_vmcr_el2(0)
  let settings = cpu.pointee.settings
  write_vttbr_el2(settings.hostTables)
  write_mdcr_el2(settings.monitorControl)
  isb()
  tlbi_alle1is()
  dsb_ish()
  isb()
  guard settings.instructionCounter != Settings.none else { return }
  // INST_RETIRED at EL2 only: NSH set, P and U set.
  write_pmselr_el0(settings.instructionCounter)
  isb()
  write_pmxevtyper_el0(1 << 31 | 1 << 30 | 1 << 27 | 0x08)
  write_pmxevcntr_el0(0)
  write_pmcntenset_el0(1 << settings.instructionCounter)
  write_pmselr_el0(0)
  isb()
}

/// Controls of EL2 that some CPUs have, and whose reset values say nothing: zero grants EL1 nothing
/// that the engine does not switch.
private func clearExtensions() {
  write_cnthp_ctl_el2(0)
  if read_identification(UInt64(Identification.memory0)) >> 56 & 15 != 0 {  // FEAT_FGT
    write_hfgrtr_el2(0)
    write_hfgwtr_el2(0)
    write_hfgitr_el2(0)
    write_hdfgrtr_el2(0)
    write_hdfgwtr_el2(0)
  }
  if read_identification(UInt64(Identification.memory1)) >> 40 & 15 != 0 {  // FEAT_HCX
    write_hcrx_el2(0)
  }
  if read_identification(UInt64(Identification.debug0)) >> 40 & 15 != 0 {  // FEAT_TRF
    write_trfcr_el2(0)
  }
}

private func banner(
  _ machine: UnsafeMutablePointer<Machine>, _ settings: Settings, _ engine: AddressRange,
  _ map: HostMap
) {
  let console = Console(base: settings.console)
  console.print("bulkhead engine ")
  console.print(decimal: abiVersion >> 16)
  console.print(".")
  console.print(decimal: abiVersion & 0xffff)
  console.print(" at EL2: text ")
  console.print(decimal: machine.pointee.configuration.textBytes / 1024)
  console.print(" KiB, ")
  console.print(decimal: UInt64(machine.pointee.configuration.cpuCount))
  console.print(" CPUs\nbulkhead memory: engine ")
  console.print(decimal: engine.bytes >> 20)
  console.print(" MiB, host ")
  console.print(decimal: map.host.bytes >> 20)
  console.print(" MiB, carve-out ")
  console.print(decimal: map.carveOut.bytes >> 20)
  console.print(" MiB\nbulkhead features: ")
  console.print(decimal: UInt64(machine.pointee.configuration.listRegisters))
  console.print(" list registers, pointer authentication ")
  console.print(settings.hasPointerAuthentication ? "yes" : "no")
  console.print(", forced write-back ")
  console.print(
    machine.pointee.configuration.features & Feature.forcedWriteBack != 0 ? "yes" : "no")
  console.print(", instruction counter ")
  console.print(settings.instructionCounter != Settings.none ? "yes" : "no")
  console.print("\nbulkhead warning: host DMA is not bounded\n")
}
