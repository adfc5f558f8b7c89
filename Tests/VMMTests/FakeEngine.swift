import EngineABI
import Foundation

@testable import VMM

/// The engine's side of calls as far as a vmm can see it: who owns which page, in what state a VM
/// is. Records every call; refuses what the real one refuses.
final class FakeEngine: @unchecked Sendable {
  struct Recorded: Equatable {
    var call: Call
    var vm: Int
    var a: UInt64
    var b: UInt64
    var c: UInt64
  }

  struct Machine {
    var state = VMState.free
    var pages: Set<UInt64> = []
    var vcpus = 0
    var entry: (pc: UInt64, argument: UInt64)?
  }

  let carveOut = CarveOut(base: 0x8000_0000, bytes: 64 << 20)
  private let lock = NSLock()
  private var calls: [Recorded] = []
  private var machines = [Machine](repeating: Machine(), count: Limits.vms + 1)
  /// How many calls of a kind answer this before they are carried out.
  private var refusals: [Call: (status: Status, times: Int)] = [:]
  /// What a run answers.
  private var onRun: (@Sendable (_ vcpu: Int, Completion, _ value: UInt64) -> EngineReply)?
  private var wakes: UInt64 = 0

  /// Pages that one reclaim call gives back.
  let reclaimStep = 600

  var port: EnginePort { EnginePort { self.answer($0, $1, $2, $3) } }
  func engine(vm: Int = 0) -> Engine { Engine(port: port, vm: vm) }

  var recorded: [Recorded] { lock.withLock { calls } }
  func recorded(_ call: Call) -> [Recorded] { recorded.filter { $0.call == call } }
  func machine(_ vm: Int) -> Machine { lock.withLock { machines[vm] } }

  func refuse(_ call: Call, _ status: Status, times: Int = .max) {
    lock.withLock { refusals[call] = (status, times) }
  }
  func runs(
    _ body: @escaping @Sendable (_ vcpu: Int, Completion, _ value: UInt64) -> EngineReply
  ) {
    lock.withLock { onRun = body }
  }
  /// What setting an interrupt answers from now on.
  func interruptsWake(_ mask: UInt64) { lock.withLock { wakes = mask } }

  /// A VM whose vmm is gone.
  func plant(vm: Int, _ state: VMState, pages: Int) {
    lock.withLock {
      machines[vm].state = state
      machines[vm].pages = Set(
        (0..<UInt64(pages)).map { carveOut.base + UInt64(vm) << 21 + $0 * PageSize.page })
    }
  }

  private func answer(_ word: CallWord, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> EngineReply {
    let call = Call(rawValue: word.number)!
    let vm = Int(word.vm)
    let refused: Status? = lock.withLock {
      calls.append(Recorded(call: call, vm: vm, a: a, b: b, c: c))
      guard let (status, times) = refusals[call], times > 0 else { return nil }
      refusals[call] = (status, times == .max ? .max : times - 1)
      return status
    }
    if let refused { return reply(refused) }
    if call == .run {
      let body = lock.withLock { onRun }
      return body!(Int(a), Completion(rawValue: b)!, c)
    }
    return lock.withLock { carryOut(call, vm, a, b, c) }
  }

  private func reply(_ status: Status, _ x1: UInt64 = 0, _ x2: UInt64 = 0) -> EngineReply {
    EngineReply(x0: UInt64(bitPattern: status.rawValue), x1: x1, x2: x2)
  }

  private func carryOut(
    _ call: Call, _ vm: Int, _ a: UInt64, _ b: UInt64, _ c: UInt64
  ) -> EngineReply {
    switch call {
    case .info:
      switch InfoSelector(rawValue: a)! {
      case .version: return reply(.ok, abiVersion, 20_000)
      case .carveOut: return reply(.ok, carveOut.base, carveOut.bytes)
      case .machine: return reply(.ok, 0, 62_500_000)
      }
    case .counter: return reply(.ok, 1000 + a)
    case .stateOfVM:
      return reply(.ok, UInt64(machines[vm].state.rawValue), UInt64(machines[vm].pages.count))
    case .createVM:
      guard machines[vm].state == .free else { return reply(.occupied) }
      guard a % (2 * PageSize.page) == 0 else { return reply(.invalidArgument) }
      return take(vm, [a, a + PageSize.page]) { $0.state = .loading }
    case .donateTable: return take(vm, [a]) { _ in }
    case .donate:
      return take(vm, (0..<PageSize.pagesPerBlock).map { a + $0 * PageSize.page }) { _ in }
    case .createVCPU:
      guard a == UInt64(machines[vm].vcpus) else { return reply(.wrongState) }
      machines[vm].vcpus += 1
      return reply(.ok)
    case .setEntry:
      guard machines[vm].state == .loading else { return reply(.wrongState) }
      machines[vm].entry = (b, c)
      return reply(.ok)
    case .seal:
      guard machines[vm].state == .loading else { return reply(.wrongState) }
      machines[vm].state = .sealed
      return reply(.ok)
    case .destroyVM:
      guard [.loading, .sealed].contains(machines[vm].state) else { return reply(.wrongState) }
      machines[vm].state = .dying
      return reply(.ok)
    case .reclaim:
      guard machines[vm].state == .dying else { return reply(.wrongState) }
      let given = machines[vm].pages.filter { $0 >= a }.sorted().prefix(reclaimStep)
      machines[vm].pages.subtract(given)
      if let last = given.last, !machines[vm].pages.isEmpty {
        return reply(.again, last + PageSize.page)
      }
      machines[vm] = Machine()
      return reply(.ok)
    case .setInterrupt: return reply(.ok, wakes)
    case .run, .share, .unshare: return reply(.notSupported)
    }
  }

  private func take(
    _ vm: Int, _ pages: [UInt64], _ change: (inout Machine) -> Void
  ) -> EngineReply {
    for page in pages {
      guard page >= carveOut.base, page < carveOut.base + carveOut.bytes else {
        return reply(.invalidArgument)
      }
      guard !machines.contains(where: { $0.pages.contains(page) }) else { return reply(.notOwner) }
    }
    machines[vm].pages.formUnion(pages)
    change(&machines[vm])
    return reply(.ok)
  }
}

extension EngineReply {
  init(_ exit: Exit, _ x1: UInt64 = 0, _ x2: UInt64 = 0, _ x3: UInt64 = 0) {
    self.init(x0: UInt64(bitPattern: exit.rawValue), x1: x1, x2: x2, x3: x3)
  }
}

/// A folder that is gone when the test ends.
final class TemporaryFolder {
  let path: String

  init() {
    path = NSTemporaryDirectory() + "vmm-tests-" + UUID().uuidString
    try! FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ bytes: [UInt8]) -> String {
    let file = path + "/" + name
    _ = FileManager.default.createFile(atPath: file, contents: Data(bytes))
    return file
  }

  func read(_ name: String) -> [UInt8]? {
    FileManager.default.contents(atPath: path + "/" + name).map { Array($0) }
  }
}

/// The carve-out as ordinary memory.
final class FakeMemory {
  private(set) var chunks: [UInt64: UnsafeMutableRawPointer] = [:]
  private(set) var mapped = 0

  deinit { for chunk in chunks.values { chunk.deallocate() } }

  var physical: PhysicalMemory {
    PhysicalMemory(
      map: { (address, bytes) throws(Failure) -> UnsafeMutableRawPointer in
        self.mapped += 1
        if let chunk = self.chunks[address] { return chunk }
        let chunk = UnsafeMutableRawPointer.allocate(byteCount: Int(bytes), alignment: 4096)
        chunk.initializeMemory(as: UInt8.self, repeating: 0xee, count: Int(bytes))
        self.chunks[address] = chunk
        return chunk
      },
      unmap: { _, _ in self.mapped -= 1 })
  }

  func bytes(_ address: UInt64, _ offset: Int, _ count: Int) -> [UInt8] {
    guard let chunk = chunks[address] else { return [] }
    return Array(UnsafeRawBufferPointer(start: chunk + offset, count: count))
  }
}

/// A file that passes for an arm64 Image.
func arm64Image(
  bytes: Int = 4096, textOffset: UInt64 = 0, imageSize: UInt64 = 0x10000
) -> [UInt8] {
  var image = (0..<max(bytes, 64)).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
  for index in 0..<8 {
    image[8 + index] = UInt8(truncatingIfNeeded: textOffset >> UInt64(index * 8))
    image[16 + index] = UInt8(truncatingIfNeeded: imageSize >> UInt64(index * 8))
  }
  image[56...59] = [0x41, 0x52, 0x4d, 0x64]
  return Array(image[..<bytes])
}

/// The failure that the body ends with, `nil` if it ends well.
func failure(_ body: () throws -> Void) -> Failure? {
  do {
    try body()
    return nil
  } catch {
    return error as? Failure
  }
}
