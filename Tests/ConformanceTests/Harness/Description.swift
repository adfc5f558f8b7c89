import EngineABI
import IsolationSpec

private func hex(_ value: UInt64) -> String {
  value < 10 ? "\(value)" : "0x" + String(value, radix: 16)
}

/// A call as its name and arguments, if it has one.
private func describeCall(_ word: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> String {
  let name = Call(rawValue: UInt32(truncatingIfNeeded: word)).map { "\($0)" } ?? "call \(hex(word))"
  return "\(name) vm \(word >> 32) \(hex(a)) \(hex(b)) \(hex(c))"
}

/// A step for people.
public func describe(_ step: Step) -> String {
  switch step {
  case .call(let page, let word, let a, let b, let c):
    return "page \(page): \(describeCall(word, a, b, c))"
  case .hypervisorCall(let immediate, let function, let word, let a, let b, let c):
    let call = describeCall(word, a, b, c)
    return "HVC #\(immediate) x0 \(hex(function)): \(call)"
  case .hostLoad(let address): return "host loads \(hex(address))"
  case .hostStore(let address, let value): return "host stores \(hex(value)) at \(hex(address))"
  case .guestCall(let isSecure, let immediate, let function, let a, let b, let c):
    return
      "guest \(isSecure ? "SMC" : "HVC") #\(immediate) \(hex(function)) \(hex(a)) \(hex(b)) \(hex(c))"
  case .guestLoad(let address): return "guest loads \(hex(address))"
  case .guestStore(let address, let value): return "guest stores \(hex(value)) at \(hex(address))"
  case .guestAbort(let address, let access):
    let kind = access.isWrite ? "store" : "load"
    return
      "guest \(kind) abort at \(hex(address)): \(access.bytes) bytes, x\(access.register), "
      + "signed \(access.isSigned), wide \(access.isWide), plain \(access.isPlain), "
      + "miss \(access.isMiss)"
  default: return "\(step)"
  }
}

extension Failure: CustomStringConvertible {
  public var description: String {
    let steps = acts.enumerated().map { "  \($0 + 1). \($1)" }.joined(separator: "\n")
    return """
      after \(acts.count) steps \(difference.field) of \(difference.index) differs: \
      core \(hex(difference.core)), abstract machine \(hex(difference.spec))
      \(steps)
      """
  }
}
