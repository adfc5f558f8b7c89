import EngineABI
import Testing

@testable import IsolationCore

/// The registers of the emulated interrupt controller against a model of plain storage, while the
/// guest has interrupts disabled (so none is in a list register).
@Suite struct MutantsControllerTests {
  static let vcpus = 3

  /// What is stored: of each INTID, for SGIs and PPIs of each vCPU.
  struct Model {
    struct Bank {
      var enabled: Set<Int> = []
      var pending: Set<Int> = []
      var level: Set<Int> = []
      var edge: Set<Int> = []
      var priorities: [UInt64]

      mutating func write(_ kind: UInt64, _ numbers: Set<Int>) {
        switch kind {
        case 2: enabled.formUnion(numbers)
        case 3: enabled.subtract(numbers)
        case 4: pending.formUnion(numbers)
        case 5: pending.subtract(numbers)
        default: break
        }
      }
      func read(_ kind: UInt64) -> Set<Int> {
        switch kind {
        case 1: Set(priorities.indices)
        case 2, 3: enabled
        case 4, 5: pending.union(level.subtracting(edge))
        default: []
        }
      }
    }
    var shared = Bank(priorities: Array(repeating: 0, count: 64))
    var own = Array(
      repeating: Bank(edge: Set(0..<16), priorities: Array(repeating: 0, count: 32)),
      count: MutantsControllerTests.vcpus)
    /// The vCPU of each shared interrupt.
    var routes: [Int?] = Array(repeating: 0, count: 64)
    var asleep = Array(repeating: true, count: MutantsControllerTests.vcpus)

    static func word(_ numbers: Set<Int>, _ first: Int) -> UInt64 {
      numbers.filter { $0 >= first && $0 < first + 32 }
        .reduce(0) { $0 | 1 << UInt64($1 - first) }
    }
    static func numbers(_ word: UInt64, _ first: Int) -> Set<Int> {
      Set((0..<32).filter { word >> UInt64($0) & 1 != 0 }.map { $0 + first })
    }
    static func pairs(_ edges: Set<Int>, _ first: Int) -> UInt64 {
      (0..<16).reduce(0) { $0 | (edges.contains(first + $1) ? 2 << UInt64(2 * $1) : 0) }
    }
    static func priorities(_ bank: [UInt64], _ first: Int, _ bytes: Int) -> UInt64 {
      (0..<bytes).reduce(0) { value, byte in
        let index = first + byte
        return value | (bank.indices.contains(index) ? bank[index] << UInt64(8 * byte) : 0)
      }
    }
    static func set(_ bank: inout [UInt64], _ first: Int, _ bytes: Int, _ value: UInt64) {
      for byte in 0..<bytes where bank.indices.contains(first + byte) {
        bank[first + byte] = value >> UInt64(8 * byte) & 0xf8
      }
    }
    static func setPairs(_ edges: inout Set<Int>, _ first: Int, _ value: UInt64) {
      for number in 0..<16 {
        if value >> UInt64(2 * number + 1) & 1 != 0 {
          edges.insert(first + number)
        } else {
          edges.remove(first + number)
        }
      }
    }
    private func wide(_ value: UInt64, _ offset: UInt64, _ bytes: Int) -> UInt64? {
      guard bytes >= 4, offset % UInt64(bytes) == 0 else { return nil }
      return bytes == 8 ? value : value >> (8 * (offset & 4)) & 0xffff_ffff
    }

    /// A read or, with a value, a write; `nil` if it is refused.
    mutating func distributor(_ offset: UInt64, _ bytes: Int, _ value: UInt64?) -> UInt64? {
      if (0x400..<0x800).contains(offset) {
        guard bytes == 1 || bytes == 4 && offset % 4 == 0 else { return nil }
        let first = Int(offset) - 0x400 - 32
        if let value { Model.set(&shared.priorities, first, bytes, value) }
        return Model.priorities(shared.priorities, first, bytes)
      }
      if (0x6100..<0x6300).contains(offset) {
        guard bytes >= 4, offset % UInt64(bytes) == 0 else { return nil }
        let number = Int(offset - 0x6100) / 8
        if let value, bytes == 8 || offset % 8 == 0 {
          let target = value >> 31 & 1 != 0 ? 0 : Int(value & 0xff)
          routes[number] = target < MutantsControllerTests.vcpus ? target : nil
        }
        return wide(UInt64(routes[number] ?? 0), offset, bytes)
      }
      guard bytes == 4, offset % 4 == 0 else { return nil }
      switch offset {
      case 0: return 0x50
      case 4: return 9 << 19 | 2
      case 8: return 0x43b
      case 0xffe8: return 0x3b
      case 0x80..<0x400:
        let word = Int(offset % 0x80 / 4)
        guard word == 1 || word == 2 else { return 0 }
        let first = 32 * (word - 1)
        if let value { shared.write(offset / 0x80, Model.numbers(value, first)) }
        return Model.word(shared.read(offset / 0x80), first)
      case 0xc08..<0xc18:
        let first = Int(offset - 0xc08) * 4
        if let value { Model.setPairs(&shared.edge, first, value) }
        return Model.pairs(shared.edge, first)
      default: return 0
      }
    }

    mutating func redistributor(_ offset: UInt64, _ bytes: Int, _ value: UInt64?) -> UInt64? {
      let owner = Int(offset / 0x2_0000)
      let inner = offset % 0x2_0000
      guard owner < MutantsControllerTests.vcpus else { return nil }
      if inner & ~7 == 8 {
        let last: UInt64 = owner == MutantsControllerTests.vcpus - 1 ? 0x10 : 0
        // Writes of it are ignored, by halves of the right place.
        return wide(UInt64(owner) << 32 | UInt64(owner) << 8 | last, inner, bytes)
      }
      if inner < 0x1_0000 {
        guard bytes == 4, inner % 4 == 0 else { return nil }
        if let value, inner == 0x14 { asleep[owner] = value & 2 != 0 }
        return inner == 4
          ? 0x43b : inner == 0x14 ? (asleep[owner] ? 6 : 0) : inner == 0xffe8 ? 0x3b : 0
      }
      let register = inner - 0x1_0000
      if (0x400..<0x420).contains(register) {
        guard bytes == 1 || bytes == 4 && register % 4 == 0 else { return nil }
        if let value { Model.set(&own[owner].priorities, Int(register) - 0x400, bytes, value) }
        return Model.priorities(own[owner].priorities, Int(register) - 0x400, bytes)
      }
      guard bytes == 4, register % 4 == 0 else { return nil }
      switch register {
      case 0x80..<0x400:
        guard register % 0x80 == 0 else { return 0 }
        if let value { own[owner].write(register / 0x80, Model.numbers(value, 0)) }
        return Model.word(own[owner].read(register / 0x80), 0)
      case 0xc00: return Model.pairs(own[owner].edge, 0)
      case 0xc04:
        if let value {
          Model.setPairs(&own[owner].edge, 16, value)
          own[owner].edge.remove(27)
        }
        return Model.pairs(own[owner].edge, 16)
      default: return 0
      }
    }
  }

  let machine = TestMachine()
  let guest: Guest

  init() {
    machine.watches = false
    machine.runVM(vcpus: MutantsControllerTests.vcpus)
    guest = machine.guest()
  }

  /// Registers that matter with their neighbours, and any.
  private func offset(_ random: inout Random, isDistributor: Bool) -> UInt64 {
    let edges: [UInt64] =
      isDistributor
      ? [
        0, 4, 8, 12, 0x80, 0x84, 0x88, 0x8c, 0x3fc, 0x400, 0x41c, 0x420, 0x45c, 0x460, 0x7fc,
        0x800, 0xbfc, 0xc00, 0xc04, 0xc08, 0xc14, 0xc18, 0xcfc, 0xd00, 0x60f8, 0x6100, 0x62f8,
        0x6300, 0xffe8, 0xfffc,
      ]
      : [
        0, 4, 8, 0xc, 0x10, 0x14, 0x18, 0xffe8, 0xfffc, 0x1_0080, 0x1_0084, 0x1_03fc, 0x1_0400,
        0x1_041c, 0x1_0420, 0x1_0c00, 0x1_0c04, 0x1_0c08, 0x1_fffc,
      ]
    var offset: UInt64
    switch random.below(8) {
    case 0...2: offset = random.pick(edges) + (random.oneIn(4) ? UInt64(random.below(8)) : 0)
    case 3, 4:
      // One bit an interrupt.
      offset = 0x80 * UInt64(1 + random.below(7)) + (isDistributor ? 4 + random.next() % 2 * 4 : 0)
      offset = isDistributor ? offset & ~3 : 0x1_0000 + offset
    case 5: offset = (isDistributor ? 0x420 : 0x1_0400) + random.next() % 64
    case 6:
      offset = isDistributor ? 0x6100 + random.next() % 0x200 : 0x1_0c00 + random.next() % 2 * 4
    default: offset = random.next() % (isDistributor ? 0x1_0000 : 0x2_0000)
    }
    // Not beyond the window.
    offset = min(offset, isDistributor ? 0xffff : 0x1_ffff)
    return isDistributor ? offset : offset + 0x2_0000 * UInt64(random.below(4))
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func registersKeepWhatIsWrittenToThemAndNothingElse(seed: UInt64) {
    var random = Random(seed: seed)
    var model = Model()
    for step in 0..<1500 {
      if random.oneIn(10) {
        let number = random.below(64)
        let isHigh = random.oneIn(2)
        machine.call(.setInterrupt, vm: 1, UInt64(number + 32), isHigh ? 1 : 0, cpu: 1)
        if isHigh, model.shared.level.insert(number).inserted, model.shared.edge.contains(number) {
          model.shared.pending.insert(number)
        }
        if !isHigh { model.shared.level.remove(number) }
        continue
      }
      let isDistributor = random.oneIn(2)
      let offset = offset(&random, isDistributor: isDistributor)
      let address = (isDistributor ? GuestGIC.distributor : GuestGIC.redistributor) + offset
      let bytes = random.pick([1, 2, 4, 4, 4, 8])
      var value = random.next() & random.next()
      // Group 1 stays disabled; a router names a vCPU.
      if isDistributor && offset < 4 { value &= ~2 }
      if isDistributor && offset >= 0x6100 && offset < 0x6300 {
        value = random.pick([0, 1, 2, 3, 0x100, 1 << 31 | 1, 0x102, 0x1_0000_0001])
      }
      let isWrite = random.oneIn(2)
      func modelled() -> UInt64? {
        let written =
          isWrite ? (bytes == 8 ? value : value & ((1 << UInt64(8 * bytes)) - 1)) : nil
        return isDistributor
          ? model.distributor(offset, bytes, written) : model.redistributor(offset, bytes, written)
      }
      let wanted = modelled()
      let what = "step \(step): \(hex(address)) \(bytes) \(isWrite ? hex(value) : "read")"
      if isWrite {
        #expect(guest.write(address, value, bytes: UInt64(bytes)) == (wanted != nil), "\(what)")
      } else {
        #expect(guest.read(address, bytes: UInt64(bytes)) == wanted, "\(what)")
      }
      if machine.isHost(0) {
        #expect(machine.answer().x == [7, 0x24, 0, 0], "refused as a data abort; \(what)")
        machine.processors[0].exceptions = []
        machine.run(1)
      }
      if machine.isHost(0) || machine.processors[0].exceptions != [] { return }
    }
    compare(model)
    #expect(machine.violations == [])
  }

  /// The core's own state at the end.
  private func compare(_ model: Model) {
    func bits(_ numbers: Set<Int>) -> UInt64 { numbers.reduce(0) { $0 | 1 << UInt64($1) } }
    func same(_ bank: InterruptBank, _ wanted: Model.Bank) -> Bool {
      bank.enabled == bits(wanted.enabled) && bank.pending == bits(wanted.pending)
        && bank.edge == bits(wanted.edge)
    }
    let vm = machine.machine.vms[0]
    #expect(same(vm.shared, model.shared) && vm.shared.level == bits(model.shared.level))
    for number in 0..<64 {
      #expect(UInt64(vm.priorities[number]) == model.shared.priorities[number])
    }
    for vcpu in 0..<MutantsControllerTests.vcpus {
      let state = machine.machine.vcpus[vcpu]
      #expect(same(state.own, model.own[vcpu]), "vCPU \(vcpu): \(state.own)")
      #expect(state.asleep == model.asleep[vcpu])
      for number in 0..<32 {
        #expect(UInt64(state.priorities[number]) == model.own[vcpu].priorities[number])
      }
    }
    for vcpu in 0..<Limits.vcpusPerVM {
      let routed = Set((0..<64).filter { model.routes[$0] == vcpu })
      #expect(machine.machine.vcpus[vcpu].routed == bits(routed), "vCPU \(vcpu)")
    }
  }
}
