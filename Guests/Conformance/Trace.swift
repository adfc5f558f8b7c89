import IsolationSpec
import Runtime

/// The last steps, for a report.
struct Trace {
  private var steps: InlineArray<16, Step> = InlineArray(repeating: .arrive)
  private var count = 0

  mutating func note(_ step: Step) {
    steps[count % 16] = step
    count += 1
  }

  func write() {
    for index in max(0, count - 16)..<count { write(steps[index % 16]) }
  }

  private func write(_ step: Step) {
    Console.write("  ")
    switch step {
    case .call(let page, let word, let a, let b, let c):
      write("page, word, a, b, c:", page, word, a, b, c)
    case .hypervisorCall(_, let function, let word, let a, let b, let c):
      write("HVC x0, word, a, b, c:", function, word, a, b, c)
    case .hostLoad(let address): write("host loads", address)
    case .hostStore(let address, let value): write("host stores", address, value)
    case .guestCall(_, let immediate, let function, let a, let b, let c):
      write("guest calls", immediate, function, a, b, c)
    case .guestLoad(let address): write("guest loads", address)
    case .guestStore(let address, let value): write("guest stores", address, value)
    case .guestAbort(let address, let access):
      write(access.isWrite ? "guest gives" : "guest takes", address, access.bytes, access.register)
    case .guestWait: write("guest waits")
    default: write("guest reads a register")
    }
    Console.endLine()
  }

  private func write(
    _ what: StaticString, _ a: UInt64? = nil, _ b: UInt64? = nil, _ c: UInt64? = nil,
    _ d: UInt64? = nil, _ e: UInt64? = nil
  ) {
    Console.write(what)
    let values: InlineArray<5, UInt64?> = [a, b, c, d, e]
    for index in 0..<5 {
      guard let value = values[index] else { return }
      Console.write(" ")
      Console.write(hex: value)
    }
  }
}
