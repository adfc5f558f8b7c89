import Contracts
import EngineABI

// The list registers of a vCPU: which interrupts they hold, which come next. (Methods of the vCPU
// rather than of the machine: its fields are then at hand, not behind an index each.)

extension VCPU {
  /// Takes interrupts that the guest is done with out of the list registers, and puts the most
  /// urgent deliverable ones in.
  ///
  /// - Parameters:
  ///   - registers: the vCPU's saved virtual CPU interface.
  ///   - empty: bit n set if list register n holds nothing.
  ///   - count: list registers of the machine.
  ///   - live: the vCPU runs on this CPU: registers change by effects, not where they are saved.
  @inline(never)
  mutating func deliver(
    _ vm: inout VirtualMachine, _ registers: inout InterruptRegisters, empty: UInt64, count: Int,
    live: Bool, _ effects: inout Effects
  ) {
    requires(count >= 0 && count <= Limits.listRegisters)
    requires(effects.hasRoom(17))
    ensures(effects.count <= old(effects.count) + 17)
    var stale = lists & empty
    if stale != 0 { retire(stale, live: live, &effects) }
    if (own.pending & ownListed) | (vm.shared.pending & sharedListed) != 0 {
      pendAgain(&vm, &registers, count: count, live: live, &effects)
    }
    if !live && vm.shared.level & ~vm.shared.edge & sharedListed != 0 {
      askForMaintenance(&vm, &registers, count: count)
    }
    var mine: UInt64 = 0
    var shared: UInt64 = 0
    if vm.interruptsEnabled {
      mine = own.deliverable & ~ownListed
      shared = vm.shared.deliverable & routed & ~sharedListed
    }
    for list in 0..<count where lists >> UInt64(truncatingIfNeeded: list) & 1 == 0 {
      invariant(effects.count <= old(effects.count) + 8 + list)
      invariant(lists < 16 && stale < 16)
      if mine | shared == 0 { break }
      let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: list)
      let value: UInt64
      let interrupt = mostUrgent(&vm, mine, shared)
      if interrupt < firstShared {
        mine &= ~(1 << UInt64(interrupt))
        value = listOwn(interrupt)
      } else {
        shared &= ~(1 << UInt64(interrupt &- firstShared))
        value = listShared(interrupt, &vm)
      }
      listed[list & 3] = interrupt
      lists |= bit
      stale &= ~bit
      setList(list, value, &registers, live: live, &effects)
    }
    while stale != 0 {
      invariant(effects.count + stale.nonzeroBitCount <= old(effects.count) + 16)
      variant(stale.nonzeroBitCount)
      setList(stale.trailingZeroBitCount, 0, &registers, live: live, &effects)
      stale &= stale &- 1
    }
    let overflows = mine | shared != 0
    if overflows != overflowed {
      overflowed = overflows
      registers.hypervisorControl =
        InterruptRegisters.enable | (overflows ? InterruptRegisters.underflow : 0)
      if live { effects.append(.controlInterrupts(registers.hypervisorControl)) }
    }
  }

  /// Edges that came again while their interrupt is listed: pending and active.
  @inline(never)
  private mutating func pendAgain(
    _ vm: inout VirtualMachine, _ registers: inout InterruptRegisters, count: Int, live: Bool,
    _ effects: inout Effects
  ) {
    requires(count >= 0 && count <= Limits.listRegisters)
    requires(effects.hasRoom(4))
    ensures(effects.count <= old(effects.count) + 4)
    for list in 0..<count where lists >> UInt64(list) & 1 != 0 {
      invariant(effects.count <= old(effects.count) + list)
      let interrupt = listed[list & 3]
      var again: UInt64 = 0
      if interrupt < firstShared {
        again = own.pending & own.edge & own.enabled & 1 << UInt64(interrupt)
        own.pending &= ~again
      } else {
        let bit: UInt64 = 1 << UInt64(interrupt &- firstShared)
        again = vm.shared.pending & vm.shared.edge & vm.shared.enabled & routed & bit
        vm.shared.pending &= ~again
      }
      if again != 0 {
        if live {
          effects.append(.pend(index: UInt64(truncatingIfNeeded: list)))
        } else {
          registers.lists[list & 3] |= ListRegister.pending
        }
      }
    }
  }

  /// A line that rose again while its interrupt is listed has to be looked at after its handler.
  @inline(never)
  private mutating func askForMaintenance(
    _ vm: inout VirtualMachine, _ registers: inout InterruptRegisters, count: Int
  ) {
    requires(count >= 0 && count <= Limits.listRegisters)
    for list in 0..<count
    where lists >> UInt64(list) & 1 != 0 && listed[list & 3] >= firstShared {
      let bit: UInt64 = 1 << UInt64(listed[list & 3] &- firstShared)
      if vm.shared.level & ~vm.shared.edge & bit != 0 {
        registers.lists[list & 3] |= ListRegister.maintenance
      }
    }
  }

  /// The deliverable interrupt of the highest priority, the lowest number among equals.
  @inline(__always)
  private mutating func mostUrgent(
    _ vm: inout VirtualMachine, _ mine: UInt64, _ shared: UInt64
  ) -> UInt16 {
    if shared == 0 && mine & (mine &- 1) == 0 {
      return UInt16(truncatingIfNeeded: mine.trailingZeroBitCount)
    }
    return mostUrgentOfMany(&vm, mine, shared)
  }

  @inline(never)
  private mutating func mostUrgentOfMany(
    _ vm: inout VirtualMachine, _ mine: UInt64, _ shared: UInt64
  ) -> UInt16 {
    requires(mine | shared != 0)
    var best: UInt16 = 0
    var bestPriority: UInt16 = 0x100
    var rest = mine
    while rest != 0 {
      variant(rest.nonzeroBitCount)
      let bit = rest.trailingZeroBitCount
      rest &= rest &- 1
      let priority = UInt16(priorities[bit & 31])
      if priority < bestPriority {
        bestPriority = priority
        best = UInt16(truncatingIfNeeded: bit)
      }
    }
    rest = shared
    while rest != 0 {
      variant(rest.nonzeroBitCount)
      let bit = rest.trailingZeroBitCount
      rest &= rest &- 1
      let priority = UInt16(vm.priorities[bit & 63])
      if priority < bestPriority {
        bestPriority = priority
        best = firstShared &+ UInt16(truncatingIfNeeded: bit)
      }
    }
    return best
  }

  /// Moves an SGI or PPI into a list register's value.
  @inline(__always)
  private mutating func listOwn(_ interrupt: UInt16) -> UInt64 {
    let bit: UInt64 = 1 << UInt64(interrupt)
    own.pending &= ~bit
    ownListed |= bit
    return ListRegister.value(
      interrupt, priority: priorities[Int(interrupt & 31)], level: own.edge & bit == 0)
  }

  private mutating func listShared(_ interrupt: UInt16, _ vm: inout VirtualMachine) -> UInt64 {
    let number = interrupt &- firstShared
    let bit: UInt64 = 1 << UInt64(number)
    vm.shared.pending &= ~bit
    sharedListed |= bit
    return ListRegister.value(
      interrupt, priority: vm.priorities[Int(number & 63)], level: vm.shared.edge & bit == 0)
  }

  @inline(__always)
  private func setList(
    _ list: Int, _ value: UInt64, _ registers: inout InterruptRegisters, live: Bool,
    _ effects: inout Effects
  ) {
    requires(effects.hasRoom(1))
    ensures(effects.count <= old(effects.count) + 1)
    if live {
      effects.append(.list(index: UInt64(truncatingIfNeeded: list), value))
    } else {
      registers.lists[list & 3] = value
    }
  }

  /// The guest is done with the interrupts of these list registers. The timer's line is looked at
  /// anew by letting its physical interrupt come again.
  @inline(__always)
  private mutating func retire(_ done: UInt64, live: Bool, _ effects: inout Effects) {
    requires(done < 1 << UInt64(Limits.listRegisters))
    requires(effects.hasRoom(4))
    ensures(effects.count <= old(effects.count) + 4)
    var rest = done
    while rest != 0 {
      invariant(effects.count + rest.nonzeroBitCount <= old(effects.count) + 4)
      variant(rest.nonzeroBitCount)
      let list = rest.trailingZeroBitCount
      rest &= rest &- 1
      let interrupt = listed[list & 3]
      if interrupt < firstShared {
        ownListed &= ~(1 << UInt64(interrupt))
        if UInt32(interrupt) == GuestGIC.virtualTimer {
          own.level &= ~(1 << UInt64(interrupt))
          if live { effects.append(.admitTimer) }
        }
      } else {
        sharedListed &= ~(1 << UInt64(interrupt &- firstShared))
      }
    }
    lists &= ~done
  }

  /// Puts saved list registers back among the pending ones where the guest has not seen them yet,
  /// for a guest that disables, clears or moves interrupts.
  mutating func recall(
    _ vm: inout VirtualMachine, _ registers: inout InterruptRegisters, count: Int,
    _ effects: inout Effects
  ) {
    requires(count >= 0 && count <= Limits.listRegisters)
    requires(effects.hasRoom(4))
    ensures(effects.count <= old(effects.count) + 4)
    for list in 0..<count {
      invariant(effects.count <= old(effects.count) + list)
      let interrupt = listed[list & 3]
      let state = registers.lists[list & 3] & (ListRegister.active | ListRegister.pending)
      if lists >> UInt64(list) & 1 != 0 && state == ListRegister.pending {
        registers.lists[list & 3] = 0
        effects.append(.list(index: UInt64(truncatingIfNeeded: list), 0))
        lists &= ~(1 << UInt64(list))
        if interrupt < firstShared {
          let bit: UInt64 = 1 << UInt64(interrupt)
          ownListed &= ~bit
          own.pending |= bit & own.edge
        } else {
          let bit: UInt64 = 1 << UInt64(interrupt &- firstShared)
          sharedListed &= ~bit
          vm.shared.pending |= bit & vm.shared.edge
        }
      }
    }
  }

  /// Whether it has an interrupt to take, or will once its list registers are looked at.
  @inline(__always)
  mutating func hasInterrupt(_ vm: inout VirtualMachine) -> Bool {
    if lists != 0 { return true }
    guard vm.interruptsEnabled else { return false }
    return own.deliverable | vm.shared.deliverable & routed != 0
  }
}

extension InterruptRegisters {
  /// List registers that are empty in the saved state.
  mutating func emptyLists(count: Int) -> UInt64 {
    requires(count >= 0 && count <= Limits.listRegisters)
    var empty: UInt64 = 0
    for list in 0..<count
    where lists[list & 3] & (ListRegister.pending | ListRegister.active) == 0 {
      empty |= 1 << UInt64(list)
    }
    return empty
  }
}
