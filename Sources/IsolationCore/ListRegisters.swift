import Contracts
import EngineABI

// The list registers of a vCPU: which interrupts they hold, which come next. (Methods of the vCPU
// rather than of the machine: its fields are then at hand, not behind an index each.)

/// What ``VCPU/listed`` says beside the INTID.
enum Listed {
  static let number: UInt16 = 0x3ff
  /// Of a level: pending by a latch as well, which goes back if the guest does not see it. (An edge
  /// always is.)
  static let latched: UInt16 = 1 << 15
  /// The pending state is to be forgotten, the active state to end, when the registers are recalled.
  static let forgotten: UInt16 = 1 << 14
  static let ended: UInt16 = 1 << 13
}

/// Bits of ``VCPU/unsettled``.
enum Unsettled {
  /// More interrupts are pending than list registers were free.
  static let overflow: UInt8 = 1
  /// The list registers are to be recalled before the next entry: a write concerned them while they
  /// were in use, or something more urgent came.
  static let recall: UInt8 = 2
}

extension VCPU {
  /// Whether its list registers have to be recalled before it runs again.
  var isRecalled: Bool { unsettled & Unsettled.recall != 0 }

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
    ensures(!live ==> effects.count == old(effects.count))
    // Its run ends at once, and the next entry puts all in order.
    if live && isRecalled { return }
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
      invariant(effects.count <= old(effects.count) + 5 + list)
      invariant(!live ==> effects.count == old(effects.count))
      invariant(lists < 16 && stale < 16)
      if mine | shared == 0 { break }
      let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: list)
      let value: UInt64
      let interrupt = mostUrgent(&vm, mine, shared)
      if interrupt < firstShared {
        mine &= ~(1 << UInt64(interrupt))
        value = listOwn(interrupt, at: list)
      } else {
        shared &= ~(1 << UInt64(interrupt &- firstShared))
        value = listShared(interrupt, at: list, &vm)
      }
      lists |= bit
      stale &= ~bit
      setList(list, value, &registers, live: live, &effects)
    }
    while stale != 0 {
      invariant(effects.count + stale.nonzeroBitCount <= old(effects.count) + 13)
      invariant(!live ==> effects.count == old(effects.count))
      variant(stale.nonzeroBitCount)
      setList(stale.trailingZeroBitCount, 0, &registers, live: live, &effects)
      stale &= stale &- 1
    }
    let overflows = mine | shared != 0
    if overflows { giveWay(&vm, &registers, mine, shared, live: live, &effects) }
    if overflows != (unsettled & Unsettled.overflow != 0) {
      unsettled ^= Unsettled.overflow
      registers.hypervisorControl =
        InterruptRegisters.enable | (overflows ? InterruptRegisters.underflow : 0)
      if live { effects.append(.controlInterrupts(registers.hypervisorControl)) }
    }
  }

  /// Something did not fit: if it is more urgent than what the guest may not have seen yet, the list
  /// registers are filled anew at the next entry, when it is known which of them the guest has seen.
  /// A vCPU that runs has to leave for that.
  @inline(never)
  private mutating func giveWay(
    _ vm: inout VirtualMachine, _ registers: inout InterruptRegisters, _ mine: UInt64,
    _ shared: UInt64, live: Bool, _ effects: inout Effects
  ) {
    requires(mine | shared != 0)
    requires(effects.hasRoom(1))
    ensures(effects.count <= old(effects.count) + 1)
    ensures(!live ==> effects.count == old(effects.count))
    let waiting = priority(&vm, mostUrgentOfMany(&vm, mine, shared))
    for list in 0..<Limits.listRegisters where lists >> UInt64(list) & 1 != 0 {
      invariant(effects.count == old(effects.count))
      let state = registers.lists[list & 3] & (ListRegister.active | ListRegister.pending)
      if (live || state == ListRegister.pending)
        && priority(&vm, listed[list & 3] & Listed.number) > waiting
      {
        unsettled |= Unsettled.recall
        if live { effects.append(.kick(cpus: 1 << UInt64(cpu))) }
        return
      }
    }
  }

  private mutating func priority(_ vm: inout VirtualMachine, _ interrupt: UInt16) -> UInt8 {
    interrupt < firstShared
      ? priorities[Int(interrupt & 31)] : vm.priorities[Int((interrupt &- firstShared) & 63)]
  }

  /// What is latched again while its interrupt is listed: pending and active.
  @inline(never)
  private mutating func pendAgain(
    _ vm: inout VirtualMachine, _ registers: inout InterruptRegisters, count: Int, live: Bool,
    _ effects: inout Effects
  ) {
    requires(count >= 0 && count <= Limits.listRegisters)
    requires(effects.hasRoom(4))
    ensures(effects.count <= old(effects.count) + 4)
    ensures(!live ==> effects.count == old(effects.count))
    guard vm.interruptsEnabled else { return }
    for list in 0..<count where lists >> UInt64(list) & 1 != 0 {
      invariant(effects.count <= old(effects.count) + list)
      invariant(!live ==> effects.count == old(effects.count))
      let interrupt = listed[list & 3] & Listed.number
      var again: UInt64 = 0
      if interrupt < firstShared {
        again = own.pending & own.enabled & 1 << UInt64(interrupt)
        own.pending &= ~again
      } else {
        let bit: UInt64 = 1 << UInt64(interrupt &- firstShared)
        again = vm.shared.pending & vm.shared.enabled & routed & bit
        vm.shared.pending &= ~again
      }
      if again != 0 {
        listed[list & 3] |= Listed.latched
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
    where lists >> UInt64(list) & 1 != 0 && listed[list & 3] & Listed.number >= firstShared {
      let bit: UInt64 = 1 << UInt64(listed[list & 3] & Listed.number &- firstShared)
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
  private mutating func listOwn(_ interrupt: UInt16, at list: Int) -> UInt64 {
    let bit: UInt64 = 1 << UInt64(interrupt)
    listed[list & 3] = interrupt | (own.pending & ~own.edge & bit != 0 ? Listed.latched : 0)
    own.pending &= ~bit
    ownListed |= bit
    return ListRegister.value(
      interrupt, priority: priorities[Int(interrupt & 31)], level: own.edge & bit == 0)
  }

  private mutating func listShared(
    _ interrupt: UInt16, at list: Int, _ vm: inout VirtualMachine
  ) -> UInt64 {
    let number = interrupt &- firstShared
    let bit: UInt64 = 1 << UInt64(number)
    let isLatched = vm.shared.pending & ~vm.shared.edge & bit != 0
    listed[list & 3] = interrupt | (isLatched ? Listed.latched : 0)
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
    ensures(!live ==> effects.count == old(effects.count))
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
    requires(effects.hasRoom(1))
    ensures(effects.count <= old(effects.count) + 1)
    ensures(!live ==> effects.count == old(effects.count))
    let timer = ownListed & InterruptBank.timer
    var rest = done
    while rest != 0 {
      variant(rest.nonzeroBitCount)
      unlist(rest.trailingZeroBitCount)
      rest &= rest &- 1
    }
    lists &= ~done
    if timer & ~ownListed != 0 {
      own.level &= ~InterruptBank.timer
      if live { effects.append(.admitTimer) }
    }
  }

  @inline(__always)
  private mutating func unlist(_ list: Int) {
    let interrupt = listed[list & 3] & Listed.number
    if interrupt < firstShared {
      ownListed &= ~(1 << UInt64(interrupt))
    } else {
      sharedListed &= ~(1 << UInt64(interrupt &- firstShared))
    }
  }

  // MARK: Taking back

  /// Puts what saved list registers hold back into the banks where the guest has not seen it yet, and
  /// does what was marked: for guests that disable, clear or move interrupts, and to fill the
  /// registers anew. Returns the list registers that are to be written.
  mutating func recall(
    _ vm: inout VirtualMachine, _ registers: inout InterruptRegisters, count: Int
  ) -> UInt64 {
    requires(count >= 0 && count <= Limits.listRegisters)
    var changed: UInt64 = 0
    for list in 0..<count where lists >> UInt64(list) & 1 != 0 {
      let before = registers.lists[list & 3]
      let marks = listed[list & 3]
      listed[list & 3] = marks & Listed.number
      var after = before & ~ListRegister.pending
      if marks & Listed.ended != 0 { after &= ~ListRegister.active }
      if after != before {
        if before & ListRegister.pending != 0 && marks & Listed.forgotten == 0 {
          putBack(&vm, marks)
        }
        if before & ListRegister.active == 0 {
          // (One that is over leaves like any that the guest is done with.)
          unlist(list)
          lists &= ~(1 << UInt64(list))
        }
        registers.lists[list & 3] = after & ListRegister.active != 0 ? after : 0
        changed |= 1 << UInt64(list)
      }
    }
    unsettled &= ~Unsettled.recall
    return changed
  }

  /// A latch of an interrupt goes back into its bank; a line is there all the time.
  private mutating func putBack(_ vm: inout VirtualMachine, _ marks: UInt16) {
    let interrupt = marks & Listed.number
    if interrupt < firstShared {
      let bit: UInt64 = 1 << UInt64(interrupt)
      own.pending |= marks & Listed.latched != 0 ? bit : bit & own.edge
    } else {
      let bit: UInt64 = 1 << UInt64(interrupt &- firstShared)
      vm.shared.pending |= marks & Listed.latched != 0 ? bit : bit & vm.shared.edge
    }
  }

  /// Whether a list register holds one of these.
  @inline(__always)
  func lists(_ what: Withdrawal) -> Bool {
    ownListed & what.own | sharedListed & what.shared != 0
  }

  /// Marks what is to become of these where list registers hold them.
  mutating func mark(_ what: Withdrawal) {
    for list in 0..<Limits.listRegisters where lists >> UInt64(list) & 1 != 0 {
      let interrupt = listed[list & 3] & Listed.number
      let named =
        interrupt < firstShared
        ? what.own >> UInt64(interrupt) : what.shared >> UInt64(interrupt &- firstShared)
      if named & 1 != 0 { listed[list & 3] |= what.mark }
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
