import CRegisters
import Contracts
import EngineABI
import IsolationCore

/// Registers of the engine where it faulted, as `fault` in start.S stores them.
struct FaultFrame {
  /// x0...x30 and the stack pointer.
  var x: InlineArray<32, UInt64>
}

/// A fault of the engine: stops every CPU, then says what it knows. Nothing runs on.
@c(engine_fault)
public func engineFault(_ raw: UnsafeMutableRawPointer) {
  let frame = raw.assumingMemoryBound(to: FaultFrame.self)
  stopOthers()
  let console = Console(base: Record()[BootRecord.uart])
  console.print("\nbulkhead: the engine has faulted; all CPUs are stopped\n  at ")
  printLocation(console, read_elr_el2())
  console.print("\n  esr ")
  console.print(hex: read_esr_el2())
  console.print("  elr ")
  console.print(hex: read_elr_el2() &- address_of__image_start())
  console.print("  far ")
  console.print(hex: read_far_el2())
  console.print("  mpidr ")
  console.print(hex: read_mpidr_el1() & 0xffff_ffff, digits: 8)
  console.print("\n")
  for index in 0..<32 {
    console.print(index == 31 ? "  sp  " : "  x")
    if index < 31 {
      console.print(decimal: UInt64(index))
      console.print(index < 10 ? "  " : " ")
    }
    console.print(hex: frame.pointee.x[index])
    if index % 4 == 3 { console.print("\n") }
  }
  console.print("  called from ")
  printLocation(console, frame.pointee.x[30])
  console.print("\n")
  if processorsReady() {
    for index in 0..<Int(truncatingIfNeeded: Record()[BootRecord.cpuCount]) {
      printEvents(console, allProcessors() + index)
    }
  }
  console.print("bulkhead: stopped\n")
}

/// Takes every stage 2 away: a CPU in the host or in a guest faults at its next instruction, or is
/// brought out by an interrupt, and finds the engine stopped.
private func stopOthers() {
  guard processorsReady() else { return }
  let machine = allProcessors().pointee.machine
  clear(machine.pointee.configuration.hostRoot)
  for vm in 0..<Limits.vms where machine.pointee.spaces[vm].state != .free {
    clear(machine.pointee.spaces[vm].root)
  }
  dsb_sy()
  tlbi_alle1is()
  dsb_sy()
  isb()
  for index in 0..<machine.pointee.configuration.cpuCount {
    let affinity = machine.pointee.configuration.affinities[index]
    if affinity != read_mpidr_el1() & 0xff_00ff_ffff {
      write_icc_sgi1r_el1(
        softwareInterrupt(allProcessors().pointee.settings.rescheduleInterrupt, to: affinity))
    }
  }
  isb()
}

/// Empties the two level-1 tables of a stage 2.
private func clear(_ root: PhysicalPage) {
  for index in 0..<UInt64(1024) { store64(root.address &+ index &* 8, 0) }
}

/// The function that an address lies in, from the table that the build puts into the image: 32-bit
/// words for the count of functions and the bytes of names, pairs of offsets (function from the
/// image, name from the first name), names.
private func printLocation(_ console: Console, _ address: UInt64) {
  let table = address_of___symbols_start()
  let offset = address &- address_of__image_start()
  let text = address_of__text_end() &- address_of__image_start()
  if table < address_of___symbols_end() && offset < text {
    let count = UInt64(load32(table))
    var found: UInt64 = 0
    var first: UInt64 = 0
    for index in 0..<count {
      let entry = table &+ 8 &+ index &* 8
      if UInt64(load32(entry)) <= offset {
        first = UInt64(load32(entry))
        found = table &+ 8 &+ count &* 8 &+ UInt64(load32(entry &+ 4))
      }
    }
    if found != 0 {
      console.print(at: found)
      console.print(" + ")
      console.print(decimal: offset &- first)
      return
    }
  }
  console.print("image + 0x")
  console.print(hex: offset, digits: 8)
}

private func printEvents(_ console: Console, _ cpu: UnsafeMutablePointer<Processor>) {
  console.print("  cpu ")
  console.print(decimal: UInt64(cpu.pointee.index))
  console.print(": last traps with effects, oldest first\n")
  for offset in 0..<UInt8(EventRing.size) {
    let event = cpu.pointee.events.events[Int((cpu.pointee.events.next &+ offset) & 15)]
    if event.effects != 0 {
      console.print("    esr ")
      console.print(hex: event.syndrome, digits: 8)
      console.print(" pc ")
      console.print(hex: event.pc)
      console.print(" running ")
      console.print(decimal: UInt64(event.running))
      console.print(" effects ")
      console.print(decimal: UInt64(event.effects))
      console.print("\n")
    }
  }
}
