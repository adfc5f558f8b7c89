import EngineABI
import Testing

@testable import IsolationCore

/// What is put into the list of effects comes out of it.
@Suite struct MutantsEffectTests {
  private static let id = VCPUID(index: 13)!
  static let effects: [Effect] = [
    .store(slot: 0x1001, Descriptor(raw: 0x2002)),
    .fill(table: PhysicalPage(number: 0x3003), first: Descriptor(raw: 0x4004)),
    .invalidatePage(vmid: 5, GuestPage(number: 0x6006)),
    .invalidateAll(vmid: 7), .invalidateLocal,
    .clean(PhysicalPage(number: 0x8008), pages: 9),
    .scrub(PhysicalPage(number: 0xa00a), pages: 11),
    .enter(
      Entry(id: id, root: PhysicalPage(number: 0xb00b), counterOffset: 0xc00c, holdsTimer: true)),
    .enter(
      Entry(id: id, root: PhysicalPage(number: 0xb00b), counterOffset: 0xc00c, holdsTimer: false)),
    .leave(Departure(id: id, floatingPoint: true)),
    .leave(Departure(id: id, floatingPoint: false)),
    .saveInterrupts(id), .loadFloatingPoint(id), .list(index: 2, 0xd00d), .pend(index: 3),
    .controlInterrupts(0xe00e), .admitTimer, .holdTimer, .kick(cpus: 0x55),
    .takeException(syndrome: 0x9200_0010, faultAddress: 0xf00f),
    .deviceRead(address: TestMachine.redistributor + 0x1114, bytes: 4, register: 17),
    .deviceWrite(address: TestMachine.redistributor + 0x2228, bytes: 8, value: 0x3333),
    .firmware(function: 0x4444, 0x5555, 0x6666, 0x7777),
    .firmwareResults(function: 0x8888, 0x9999), .countInstructions(register: 1), .startHost,
  ]

  @Test(arguments: MutantsEffectTests.effects.indices)
  func anEffectComesOutAsItWasPutIn(_ index: Int) {
    var effects = Effects()
    effects.append(.kick(cpus: 1))
    MutantsEffectTests.put(MutantsEffectTests.effects[index], on: &effects)
    #expect(effects.count == 2)
    #expect("\(effects[1])" == "\(MutantsEffectTests.effects[index])")
    #expect("\(effects[0])" == "\(Effect.kick(cpus: 1))")
  }

  /// The way that the core goes: each by who may put it there.
  private static func put(_ effect: Effect, on effects: inout Effects) {
    guard effect.isOnTables || effect.isGuarded else { return effects.append(effect) }
    let test = TestMachine()
    switch effect {
    case .enter(let entry): test.machine.admit(entry, &effects)
    case .deviceRead(let address, let bytes, let register):
      test.machine.loadRedistributor(address, bytes: bytes, register: register, &effects)
    case .deviceWrite(let address, let bytes, let value):
      test.machine.storeRedistributor(address, bytes: bytes, value, &effects)
    default: test.machine.ownership.perform(effect, &effects)
    }
  }

  @Test func aNewListIsEmptyAndAsksForNothing() {
    var effects = Effects()
    #expect(effects.count == 0 && !effects.askAgain)
    #expect(!effects.memoryLocked && effects.lockedVM == 0)
    effects.append(.admitTimer)
    effects.askAgain = true
    TestMachine().machine.begin(&effects)
    #expect(effects.count == 0 && !effects.askAgain)
  }

  @Test func aListHasRoomForItsCapacity() {
    var effects = Effects()
    for index in 0..<Effects.capacity { effects.append(.pend(index: UInt64(index))) }
    #expect(effects.count == Effects.capacity)
    for index in 0..<Effects.capacity {
      #expect("\(effects[index])" == "\(Effect.pend(index: UInt64(index)))")
    }
  }
}
