import Contracts
import EngineABI

/// An effect as it lies in the list: its kind and four words. The compiler folds the way into it
/// where an effect is made, so that a list entry costs a handful of stores.
struct EffectWords: BitwiseCopyable {
  private enum Kind: UInt64, BitwiseCopyable {
    case store, fill, invalidatePage, invalidateAll, invalidateLocal, clean, scrub
    case enter, leave, saveInterrupts, loadFloatingPoint
    case list, pend, controlInterrupts, admitTimer, holdTimer, kick, takeException
    case deviceRead, deviceWrite, firmware, firmwareResults, countInstructions, startHost
  }
  private var kind = Kind.invalidateLocal
  private var a: UInt64 = 0
  private var b: UInt64 = 0
  private var c: UInt64 = 0
  private var d: UInt64 = 0

  /// Words that name a vCPU name one that can be.
  var typeInvariant: Bool {
    !EffectWords.namesVCPU(kind) || a < UInt64(Limits.vms * Limits.vcpusPerVM)
  }

  private static func namesVCPU(_ kind: Kind) -> Bool {
    kind == .enter || kind == .leave || kind == .saveInterrupts || kind == .loadFloatingPoint
  }

  @inline(__always)
  private init(
    kind: Kind, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0, _ d: UInt64 = 0
  ) {
    requires(!EffectWords.namesVCPU(kind) || a < UInt64(Limits.vms * Limits.vcpusPerVM))
    self.kind = kind
    self.a = a
    self.b = b
    self.c = c
    self.d = d
  }

  init() {}

  @inline(__always)
  init(_ effect: Effect) {
    switch effect {
    case .store(let slot, let descriptor): self.init(kind: .store, slot, descriptor.raw)
    case .fill(let table, let first): self.init(kind: .fill, table.number, first.raw)
    case .invalidatePage(let vmid, let page): self.init(kind: .invalidatePage, vmid, page.number)
    case .invalidateAll(let vmid): self.init(kind: .invalidateAll, vmid)
    case .invalidateLocal: self.init(kind: .invalidateLocal)
    case .clean(let page, let pages): self.init(kind: .clean, page.number, pages)
    case .scrub(let page, let pages): self.init(kind: .scrub, page.number, pages)
    case .enter(let entry):
      self.init(
        kind: .enter, entry.id.place, entry.root.number, entry.counterOffset,
        entry.holdsTimer ? 1 : 0)
    case .leave(let departure):
      self.init(kind: .leave, departure.id.place, departure.floatingPoint ? 1 : 0)
    case .saveInterrupts(let id): self.init(kind: .saveInterrupts, id.place)
    case .loadFloatingPoint(let id): self.init(kind: .loadFloatingPoint, id.place)
    case .list(let index, let value): self.init(kind: .list, index, value)
    case .pend(let index): self.init(kind: .pend, index)
    case .controlInterrupts(let value): self.init(kind: .controlInterrupts, value)
    case .admitTimer: self.init(kind: .admitTimer)
    case .holdTimer: self.init(kind: .holdTimer)
    case .kick(let cpus): self.init(kind: .kick, cpus)
    case .takeException(let syndrome, let faultAddress):
      self.init(kind: .takeException, syndrome, faultAddress)
    case .deviceRead(let address, let bytes, let register):
      self.init(kind: .deviceRead, address, bytes, register)
    case .deviceWrite(let address, let bytes, let value):
      self.init(kind: .deviceWrite, address, bytes, value)
    case .firmware(let function, let a, let b, let c): self.init(kind: .firmware, function, a, b, c)
    case .firmwareResults(let function, let a): self.init(kind: .firmwareResults, function, a)
    case .countInstructions(let register): self.init(kind: .countInstructions, register)
    case .startHost: self.init(kind: .startHost)
    }
  }

  @inline(__always)
  var effect: Effect {
    switch kind {
    case .store: .store(slot: a, Descriptor(raw: b))
    case .fill: .fill(table: PhysicalPage(number: a), first: Descriptor(raw: b))
    case .invalidatePage: .invalidatePage(vmid: a, GuestPage(number: b))
    case .invalidateAll: .invalidateAll(vmid: a)
    case .invalidateLocal: .invalidateLocal
    case .clean: .clean(PhysicalPage(number: a), pages: b)
    case .scrub: .scrub(PhysicalPage(number: a), pages: b)
    case .enter:
      .enter(
        Entry(
          id: VCPUID(place: a), root: PhysicalPage(number: b), counterOffset: c,
          holdsTimer: d != 0))
    case .leave: .leave(Departure(id: VCPUID(place: a), floatingPoint: b != 0))
    case .saveInterrupts: .saveInterrupts(VCPUID(place: a))
    case .loadFloatingPoint: .loadFloatingPoint(VCPUID(place: a))
    case .list: .list(index: a, b)
    case .pend: .pend(index: a)
    case .controlInterrupts: .controlInterrupts(a)
    case .admitTimer: .admitTimer
    case .holdTimer: .holdTimer
    case .kick: .kick(cpus: a)
    case .takeException: .takeException(syndrome: a, faultAddress: b)
    case .deviceRead: .deviceRead(address: a, bytes: b, register: c)
    case .deviceWrite: .deviceWrite(address: a, bytes: b, value: c)
    case .firmware: .firmware(function: a, b, c, d)
    case .firmwareResults: .firmwareResults(function: a, b)
    case .countInstructions: .countInstructions(register: a)
    case .startHost: .startHost
    }
  }
}

extension EffectWords {
  /// What is put on the list is what comes out of it.
  static func comesOut(_ effect: Effect) {
    ensures(EffectWords(effect).effect == effect)
  }
}
