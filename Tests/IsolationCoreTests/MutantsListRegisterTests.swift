import EngineABI
import Testing

@testable import IsolationCore

/// The list registers of a vCPU against a model of sets and sorted lists, on random states.
@Suite struct MutantsListRegisterTests {
  /// A vCPU with its VM and its saved registers, and what the last step asked of the glue.
  struct State {
    var vcpu = VCPU()
    var vm = VirtualMachine()
    var registers = InterruptRegisters()
    var effects: [String] = []

    /// All that a step may change.
    var description: [String] {
      [
        "own \(vcpu.own)", "shared \(vm.shared)", "listed \(hex(vcpu.ownListed))",
        "shared listed \(hex(vcpu.sharedListed))", "lists \(vcpu.lists)",
        "interrupts \((0..<4).map { vcpu.lists >> UInt64($0) & 1 == 0 ? 0 : vcpu.listed[$0] })",
        "unsettled \(vcpu.unsettled)", "control \(registers.hypervisorControl)",
        "registers \((0..<4).map { hex(registers.lists[$0]) })", "routed \(hex(vcpu.routed))",
        "enabled \(vm.interruptsEnabled)",
      ] + effects
    }
  }

  private static func few(_ random: inout Random, _ width: Int) -> UInt64 {
    var bits: UInt64 = 0
    // The same few interrupts again and again, so that banks meet.
    let choice: [UInt64] = width == 32 ? [0, 3, 15, 16, 27, 31] : [0, 1, 30, 31, 32, 63]
    for bit in choice where random.oneIn(2) { bits |= 1 << bit }
    return bits
  }

  /// A state that a run may reach: each listed interrupt is in one register.
  static func randomState(_ random: inout Random, count: Int) -> State {
    var state = State()
    func bank(_ width: Int, _ random: inout Random) -> InterruptBank {
      var bank = InterruptBank(edge: few(&random, width))
      bank.enabled = few(&random, width)
      bank.pending = random.oneIn(3) ? 0 : few(&random, width)
      bank.level = random.oneIn(3) ? 0 : few(&random, width)
      return bank
    }
    state.vcpu.own = bank(32, &random)
    state.vm.shared = bank(64, &random)
    state.vcpu.routed = random.oneIn(4) ? ~0 : few(&random, 64)
    state.vm.interruptsEnabled = !random.oneIn(6)
    state.vcpu.unsettled =
      (random.oneIn(2) ? Unsettled.overflow : 0) | (random.oneIn(8) ? Unsettled.recall : 0)
    state.vcpu.cpu = UInt8(random.below(8))
    for index in 0..<32 { state.vcpu.priorities[index] = UInt8(random.below(3) * 8) }
    for index in 0..<64 { state.vm.priorities[index] = UInt8(random.below(3) * 8) }
    for list in 0..<count where !random.oneIn(3) {
      let isOwn = random.oneIn(2)
      let bits = few(&random, isOwn ? 32 : 64)
      let listed = isOwn ? state.vcpu.ownListed : state.vcpu.sharedListed
      guard bits & ~listed != 0 else { continue }
      let number = UInt64((bits & ~listed).trailingZeroBitCount)
      if isOwn {
        state.vcpu.ownListed |= 1 << number
      } else {
        state.vcpu.sharedListed |= 1 << number
      }
      state.vcpu.lists |= 1 << UInt64(list)
      state.vcpu.listed[list] = UInt16(number) + (isOwn ? 0 : 32)
      state.registers.lists[list] =
        UInt64(random.below(4)) << 62 | UInt64(state.vcpu.listed[list])
      if random.oneIn(3) { state.vcpu.listed[list] |= UInt16(random.below(8)) << 13 }
    }
    return state
  }

  // MARK: The model

  private static func numbers(_ bits: UInt64) -> Set<Int> {
    Set((0..<64).filter { bits >> UInt64($0) & 1 != 0 })
  }
  private static func bits(_ numbers: Set<Int>) -> UInt64 {
    numbers.reduce(0) { $0 | 1 << UInt64($1) }
  }

  /// The interrupts by their INTIDs, whoever's they are.
  private struct Model {
    var pending: Set<Int>
    var level: Set<Int>
    let edge: Set<Int>
    let enabled: Set<Int>
    let routed: Set<Int>
    /// Register to INTID, and to marks.
    var held: [Int: Int] = [:]
    var marks: [Int: UInt16] = [:]

    init(_ state: State) {
      func both(_ own: UInt64, _ shared: UInt64) -> Set<Int> {
        numbers(own).union(numbers(shared).map { $0 + 32 })
      }
      let (own, shared) = (state.vcpu.own, state.vm.shared)
      pending = both(own.pending, shared.pending)
      level = both(own.level, shared.level)
      edge = both(own.edge, shared.edge)
      enabled = both(own.enabled, shared.enabled)
      routed = both(~0 >> 32, state.vcpu.routed)
      for list in 0..<4 where state.vcpu.lists >> UInt64(list) & 1 != 0 {
        held[list] = Int(state.vcpu.listed[list] & Listed.number)
        marks[list] = state.vcpu.listed[list] & ~Listed.number
      }
    }

    func write(to state: inout State) {
      func own(_ numbers: Set<Int>) -> UInt64 { bits(numbers.filter { $0 < 32 }) }
      func shared(_ numbers: Set<Int>) -> UInt64 {
        bits(Set(numbers.filter { $0 >= 32 }.map { $0 - 32 }))
      }
      state.vcpu.own.pending = own(pending)
      state.vm.shared.pending = shared(pending)
      state.vcpu.own.level = own(level)
      state.vm.shared.level = shared(level)
      let listed = Set(held.values)
      state.vcpu.ownListed = own(listed)
      state.vcpu.sharedListed = shared(listed)
      state.vcpu.lists = bits(Set(held.keys))
      for (list, number) in held {
        state.vcpu.listed[list] = UInt16(number) | (marks[list] ?? 0)
      }
    }
  }

  private static func modelDeliver(_ state: inout State, empty: UInt64, count: Int, live: Bool) {
    if live && state.vcpu.isRecalled { return }
    var model = Model(state)
    var effects: [Effect] = []
    // What the guest is done with leaves; the timer's line is looked at anew.
    var stale: Set<Int> = []
    for (list, number) in model.held.sorted(by: { $0.key < $1.key })
    where empty >> UInt64(list) & 1 != 0 {
      stale.insert(list)
      model.held[list] = nil
      if number == 27 {
        model.level.remove(27)
        if live { effects.append(.admitTimer) }
      }
    }
    // Latches and lines of what is still listed.
    let lineRose = model.held.values.contains {
      $0 >= 32 && model.level.contains($0) && !model.edge.contains($0)
    }
    for (list, number) in model.held.sorted(by: { $0.key < $1.key })
    where state.vm.interruptsEnabled {
      let wanted = model.pending.intersection(model.enabled)
      if wanted.intersection(model.routed).contains(number) {
        model.pending.remove(number)
        model.marks[list, default: 0] |= Listed.latched
        if live {
          effects.append(.pend(index: UInt64(list)))
        } else {
          state.registers.lists[list] |= 1 << 62
        }
      }
    }
    for (list, number) in model.held
    where !live && lineRose && number >= 32 && model.level.contains(number)
      && !model.edge.contains(number)
    {
      state.registers.lists[list] |= 1 << 41
    }
    // The most urgent ones come in.
    var waiting: [Int] = []
    if state.vm.interruptsEnabled {
      waiting = model.pending.union(model.level.subtracting(model.edge))
        .intersection(model.enabled).intersection(model.routed)
        .subtracting(model.held.values).sorted()
    }
    func priority(_ number: Int) -> UInt8 {
      number < 32 ? state.vcpu.priorities[number] : state.vm.priorities[number - 32]
    }
    func set(_ list: Int, _ value: UInt64) {
      if live {
        effects.append(.list(index: UInt64(list), value))
      } else {
        state.registers.lists[list] = value
      }
    }
    waiting.sort { (priority($0), $0) < (priority($1), $1) }
    while !waiting.isEmpty, let list = (0..<count).first(where: { model.held[$0] == nil }) {
      let number = waiting.removeFirst()
      model.held[list] = number
      let isLevel = !model.edge.contains(number)
      model.marks[list] = isLevel && model.pending.contains(number) ? Listed.latched : 0
      model.pending.remove(number)
      stale.remove(list)
      set(
        list,
        1 << 62 | 1 << 60 | UInt64(priority(number)) << 48 | (isLevel ? 1 << 41 : 0)
          | UInt64(number))
    }
    for list in stale.sorted() { set(list, 0) }
    // What did not fit is more urgent than what the guest may not have seen.
    if let best = waiting.first,
      model.held.contains(where: { list, number in
        priority(number) > priority(best) && (live || state.registers.lists[list] >> 62 == 1)
      })
    {
      state.vcpu.unsettled |= Unsettled.recall
      if live { effects.append(.kick(cpus: 1 << UInt64(state.vcpu.cpu))) }
    }
    if waiting.isEmpty == (state.vcpu.unsettled & Unsettled.overflow != 0) {
      state.vcpu.unsettled ^= Unsettled.overflow
      state.registers.hypervisorControl = waiting.isEmpty ? 1 : 3
      if live { effects.append(.controlInterrupts(waiting.isEmpty ? 1 : 3)) }
    }
    model.write(to: &state)
    state.effects = effects.map { "\($0)" }
  }

  private static func modelRecall(_ state: inout State, count: Int) {
    var model = Model(state)
    var changed: UInt64 = 0
    for list in 0..<count {
      guard let number = model.held[list], let marks = model.marks[list] else { continue }
      model.marks[list] = 0
      let (wasActive, wasPending) = (
        state.registers.lists[list] >> 63 & 1 != 0, state.registers.lists[list] >> 62 & 1 != 0
      )
      let isActive = wasActive && marks & Listed.ended == 0
      guard wasPending || isActive != wasActive else { continue }
      state.registers.lists[list] =
        isActive ? state.registers.lists[list] & ~ListRegister.pending : 0
      changed |= 1 << UInt64(list)
      if !wasActive { model.held[list] = nil }
      let isLatched = model.edge.contains(number) || marks & Listed.latched != 0
      if wasPending && isLatched && marks & Listed.forgotten == 0 { model.pending.insert(number) }
    }
    model.write(to: &state)
    state.vcpu.unsettled &= ~Unsettled.recall
    state.effects = ["\(changed)"]
  }

  // MARK: The comparison

  private static func told(_ effects: Effects) -> [String] {
    var effects = effects
    return (0..<effects.count).map { "\(effects[$0])" }
  }

  @Test(arguments: [1, 2, 3, 4])
  func whatIsDeliverableComesByUrgencyAndWhatIsDoneLeaves(count: Int) {
    var random = Random(seed: UInt64(count))
    for step in 0..<1000 {
      var state = MutantsListRegisterTests.randomState(&random, count: count)
      var wanted = state
      let live = random.oneIn(2)
      let empty = random.next() & 15
      var effects = Effects()
      state.vcpu.deliver(
        &state.vm, &state.registers, empty: empty, count: count, live: live, &effects)
      state.effects = MutantsListRegisterTests.told(effects)
      MutantsListRegisterTests.modelDeliver(&wanted, empty: empty, count: count, live: live)
      #expect(state.description == wanted.description, "step \(step), live \(live)")
      if state.description != wanted.description { return }
    }
  }

  @Test(arguments: [1, 2, 3, 4])
  func whatTheGuestHasNotSeenYetCanBeTakenBack(count: Int) {
    var random = Random(seed: UInt64(10 + count))
    for step in 0..<700 {
      var state = MutantsListRegisterTests.randomState(&random, count: count)
      var wanted = state
      let changed = state.vcpu.recall(&state.vm, &state.registers, count: count)
      state.effects = ["\(changed)"]
      MutantsListRegisterTests.modelRecall(&wanted, count: count)
      #expect(state.description == wanted.description, "step \(step)")
      if state.description != wanted.description { return }
    }
  }

  @Test func aVCPUHasAnInterruptIfOneIsListedOrCouldBe() {
    var random = Random(seed: 20)
    for _ in 0..<3000 {
      var state = MutantsListRegisterTests.randomState(&random, count: 4)
      if random.oneIn(2) { state.vcpu.lists = 0 }
      if random.oneIn(3) { state.vcpu.own.enabled = 0 }
      let model = Model(state)
      let deliverable = model.pending.union(model.level.subtracting(model.edge))
        .intersection(model.enabled).intersection(model.routed)
      let wanted = !model.held.isEmpty || state.vm.interruptsEnabled && !deliverable.isEmpty
      #expect(state.vcpu.hasInterrupt(&state.vm) == wanted, "\(state.description)")
    }
  }

  @Test func aRegisterIsEmptyIfItsInterruptIsNeitherPendingNorActive() {
    for count in 1...4 {
      for states in 0..<256 {
        var registers = InterruptRegisters()
        var wanted: UInt64 = 0
        for list in 0..<4 {
          let state = UInt64(states >> (2 * list) & 3)
          registers.lists[list] = state << 62 | 0x1234
          if state == 0 && list < count { wanted |= 1 << UInt64(list) }
        }
        #expect(registers.emptyLists(count: count) == wanted)
      }
    }
  }
}
