import EngineABI
import IsolationCore

extension Chaos {
  /// What a guest does in a step.
  func actAsGuest(_ cpu: Int) {
    let guest = machine.guest(cpu)
    let running = machine.machine.cpus[cpu].running
    let vm = Int(running - 1) / Limits.vcpusPerVM
    if !machine.machine.vms[vm].interruptsEnabled && random.oneIn(2) {
      guest.set(5, ~0)
      guest.access(
        random.pick([
          GuestGIC.distributor, GuestGIC.distributor + 0x104, GuestGIC.redistributor + 0x1_0100,
        ]), write: true)
      return
    }
    switch random.below(20) {
    case 0...2: firmware(guest)
    case 3...6: interruptController(guest)
    case 7: device(guest)
    case 8, 9: waitForInterrupt(guest)
    case 10, 11: guest.sendInterrupt(sgi())
    case 12: registers(guest)
    case 13...15: takeInterrupts(guest)
    case 16: guest.interrupt(27)
    case 17: guest.interrupt(random.oneIn(3) ? random.pick([30, 33, 0]) : random.pick([25, 1023]))
    case 18: random.oneIn(3) ? touch(guest) : firmware(guest)
    default: oddities(guest)
    }
    record("guest on CPU \(cpu), vCPU \(running - 1)")
    if machine.isHost(cpu) {
      let answer = machine.answer(cpu)
      outcomes["exit \(answer.x[0])", default: 0] += 1
    }
    machine.processors[cpu].exceptions = []
    machine.processors[cpu].kicks = []
  }

  private func record(_ what: String) {
    if history.count > 12 { history.removeFirst() }
    history.append("\(what): \(machine.performed)")
  }

  private func guestPage() -> UInt64 {
    let base: UInt64 = random.oneIn(3) ? 0x4020_0000 : guestMemory
    return base + UInt64(random.below(8)) * 4096
  }

  private func firmware(_ guest: Guest) {
    switch random.below(12) {
    case 0...2:
      let status = guest.hvc(Call.hvcBase + UInt64(Call.share.rawValue), guestPage())
      outcomes["guest share \(Int64(bitPattern: status))", default: 0] += 1
    case 3...5:
      let status = guest.hvc(Call.hvcBase + UInt64(Call.unshare.rawValue), guestPage())
      outcomes["guest unshare \(Int64(bitPattern: status))", default: 0] += 1
    case 6, 7:
      guest.hvc(
        random.pick([0xc400_0003, 0x8400_0003]), UInt64(random.below(4)),
        random.oneIn(4) ? 0x1000 : guestMemory, 7)
    case 8: guest.hvc(0x8400_0002)
    case 9: if random.oneIn(4) { guest.hvc(random.pick([0x8400_0008, 0x8400_0009])) }
    case 10: guest.hvc(0xc400_0004, UInt64(random.below(4)), UInt64(random.below(2)))
    default:
      guest.hvc(
        random.pick([
          0x8400_0000, 0x8400_000a, 0x8000_0000, 0x8000_0001, 0x8000_8000, 0x8400_0001,
          random.next(), Call.hvcBase + UInt64(random.below(16)),
        ]), random.next(), random.next(), random.next(), immediate: random.oneIn(9) ? 1 : 0,
        secure: random.oneIn(2))
    }
  }

  private func interruptController(_ guest: Guest) {
    // Registers that matter, by words; and anything.
    let distributor: [UInt64] = [
      0, 4, 8, 0x104, 0x108, 0x184, 0x204, 0x284, 0x384, 0x420, 0xc08, 0x440,
    ]
    let redistributor: [UInt64] = [
      0x1_0100, 0x1_0180, 0x1_0200, 0x1_0280, 0x1_0380, 0x1_0400, 0x14,
    ]
    var address: UInt64
    var bytes: UInt64 = 4
    switch random.below(10) {
    case 0...3: address = GuestGIC.distributor + random.pick(distributor)
    case 4...6:
      address =
        GuestGIC.redistributor + UInt64(random.below(3)) * GuestGIC.redistributorStride
        + random.pick(redistributor)
    case 7:
      address = GuestGIC.distributor + 0x6100 + UInt64(random.below(64)) * 8
      bytes = 8
    default:
      address = random.oneIn(2) ? GuestGIC.distributor : GuestGIC.redistributor
      address += random.next() % 0x4_0000
      bytes = 1 << UInt64(random.below(4))
    }
    let isControl = address == GuestGIC.distributor
    let value = isControl ? 2 : bytes == 8 ? UInt64(random.below(4)) : random.next()
    guest.set(5, value)
    guest.access(
      address, write: random.below(4) != 0, bytes: bytes, register: random.oneIn(9) ? 31 : 5)
  }

  private func device(_ guest: Guest) {
    guest.access(
      0x0900_0000 + random.next() % 0x1000, write: random.oneIn(2),
      bytes: 1 << UInt64(random.below(4)), register: UInt64(random.below(32)),
      signed: random.oneIn(2), wide: random.oneIn(2))
  }

  /// Aborts with any syndrome at any address.
  private func touch(_ guest: Guest) {
    let address = random.oneIn(2) ? guestPage() : random.next() % (1 << 44)
    guest.access(
      address, write: random.oneIn(2), bytes: 1 << UInt64(random.below(4)),
      register: UInt64(random.below(32)), described: random.oneIn(2), tableWalk: random.oneIn(5),
      fault: UInt64(random.below(64)), maintenance: random.oneIn(8))
  }

  private func waitForInterrupt(_ guest: Guest) {
    guest.waitForInterrupt(
      timerControl: UInt64(random.below(4)),
      timerCompare: random.pick([0, machine.counter, machine.counter + 5000, ~0]))
  }

  private func sgi() -> UInt64 {
    if random.oneIn(10) { return random.next() }
    return random.pick([1 << 40, 1, 2, 3, 4, 7]) | UInt64(random.below(16)) << 24
  }

  private func registers(_ guest: Guest) {
    let small = { (limit: Int) in UInt64(self.random.below(limit)) }
    guest.register(
      (2 + small(2), small(8), random.oneIn(2) ? 0 : small(16), small(16), small(8)),
      read: random.oneIn(2), small(32))
  }

  private func takeInterrupts(_ guest: Guest) {
    guard !guest.isDry else { return guest.interrupt(25) }
    if let number = guest.acknowledge() {
      if !random.oneIn(4) { guest.endInterrupt(number, maintenance: !random.oneIn(3)) }
    } else {
      let active = machine.processors[guest.cpu].lists.first { $0 >> 63 != 0 }
      if let active { guest.endInterrupt(active & 0xffff_ffff) }
    }
  }

  private func oddities(_ guest: Guest) {
    switch random.below(4) {
    case 0: guest.exception(ExceptionClass.floatingPoint)
    case 1: guest.instructionAbort(guestPage())
    case 2:
      if random.oneIn(5) {
        random.oneIn(2) ? guest.systemError(random.next()) : guest.fastInterrupt()
      }
    default: guest.exception(random.next() & 0x3f, random.next() & 0x1ff_ffff)
    }
  }
}
