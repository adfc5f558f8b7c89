import CRegisters
import EngineABI
import Runtime

/// A VM of this host: tables and code from one block of the carve-out, guest memory at 1 GiB.
///
/// Page 0 and 1 of the block are the root, 2 the level-2 and 3 the level-3 table, 4 the code;
/// the rest are for the test.
struct TestVM {
  static let guestBase: UInt64 = 0x4000_0000
  /// A device page of the guest: every access there is an exit.
  static let device: UInt64 = 0x0900_0000

  let number: UInt64
  let base: UInt64

  func page(_ index: UInt64) -> UInt64 { base + index * PageSize.page }
  static func guestPage(_ index: UInt64) -> UInt64 { guestBase + index * PageSize.page }

  /// Creates the VM with `code` (an address of this image) as its first page. Nil and a failed
  /// check if a call fails.
  init?(_ report: inout Report, number: UInt64, block: UInt64, code: UInt64) {
    self.number = number
    base = Layout.block(block)
    for word in 0..<UInt64(512) { store64(page(4) + word * 8, load64(code + word * 8)) }
    barrier()
    var good = expect(&report, Host.call(.createVM, vm: number, page(0)), "createVM")
    good = good && expect(&report, table(page(2), level: 2), "donateTable 2")
    good = good && expect(&report, table(page(3), level: 3), "donateTable 3")
    good = good && expect(&report, donate(page: 4, at: 0), "donate code")
    good = good && expect(&report, Host.call(.createVCPU, vm: number, 0), "createVCPU")
    good =
      good
      && expect(
        &report, Host.call(.setEntry, vm: number, 0, TestVM.guestBase, TestVM.device), "setEntry")
    if !good { return nil }
  }

  private func expect(_ report: inout Report, _ answer: Answer, _ what: StaticString) -> Bool {
    report.expect(answer.isOK, what, number, answer.raw)
    return answer.isOK
  }

  private func table(_ address: UInt64, level: UInt64) -> Answer {
    Host.call(.donateTable, vm: number, address, TestVM.guestBase, level)
  }

  /// Donates page `page` of the VM's block at page `at` of guest memory.
  func donate(page index: UInt64, at guest: UInt64) -> Answer {
    Host.call(.donate, vm: number, page(index), TestVM.guestPage(guest), 0)
  }

  func seal() -> Answer { Host.call(.seal, vm: number) }

  func run(_ completion: Completion = .none, _ value: UInt64 = 0) -> Answer {
    Host.call(.run, vm: number, 0, completion.rawValue, value)
  }

  /// Has the actor in the guest (Actor.S) do one thing.
  func act(_ operation: Actor.Operation, _ a: UInt64, _ b: UInt64 = 0) -> Actor.Outcome {
    var exit = run()
    for _ in 0..<100 {
      switch Exit(rawValue: exit.status) {
      case .deviceRead:
        switch exit.first &- TestVM.device {
        case 0: exit = run(.value, operation.rawValue)
        case 8: exit = run(.value, a)
        case 16: exit = run(.value, b)
        default: exit = run(.abort)
        }
      case .deviceWrite:
        switch exit.first &- TestVM.device {
        case 24:
          return Actor.Outcome(value: exit.third, fault: Actor.noFault, done: true)
        case 32: return Actor.Outcome(value: 0, fault: exit.third, done: true)
        default: exit = run(.abort)
        }
      case .interrupted, .refused, .wake: exit = run()
      default: return Actor.Outcome(value: exit.raw, fault: Actor.noFault, done: false)
      }
    }
    return Actor.Outcome(value: exit.raw, fault: Actor.noFault, done: false)
  }
}

/// The guest program that does what the test tells it.
enum Actor {
  enum Operation: UInt64 {
    case read = 0
    case write = 1
    case call = 2
    case execute = 3
  }
  static let noFault = UInt64.max

  struct Outcome {
    var value: UInt64
    /// ESR_EL1 in the guest, or ``noFault``.
    var fault: UInt64
    /// Whether the guest came to an end of the operation at all.
    var done: Bool
    var succeeded: Bool { done && fault == Actor.noFault }
  }
}
