import EngineABI
import IsolationSpec

/// How often each call came to each answer: whether the random sequences meet what they should.
public struct Coverage {
  public private(set) var counts: [String: Int] = [:]

  public init() {}

  public mutating func note(_ act: Act, _ machine: AbstractMachine) {
    if let name = name(act, machine) { counts[name, default: 0] += 1 }
  }

  private func name(_ act: Act, _ machine: AbstractMachine) -> String? {
    let cpu = machine.system.cpus[act.cpu]
    let isHosts = cpu.runs == Processor.host
    switch act.step {
    case .call(_, let word, _, _, _), .hypervisorCall(_, _, let word, _, _, _):
      guard let call = Call(rawValue: UInt32(truncatingIfNeeded: word)) else { return "no call" }
      if !isHosts { return "run starts" }
      return "\(call) \(Int64(bitPattern: cpu.registers.x[0]))"
    case .guestCall(_, _, let function, _, _, _):
      if isHosts { return "guest 0x\(String(function, radix: 16)) exits" }
      let result = Int64(bitPattern: machine.system.vcpus[cpu.runs].registers.x[0])
      let known = function >> 24 == 0x84 || function >> 24 == 0xc4 || function >> 24 == 0xc6
      return known ? "guest 0x\(String(function, radix: 16)) \(result)" : "guest calls \(result)"
    case .hostLoad, .hostStore, .hostFetch: return "host reaches \(cpu.fault)"
    case .time, .arrive: return nil
    default:
      let text = "\(act.step)"
      let label = text.prefix { $0 != "(" }
      if text.hasPrefix("host") { return "\(label) \(cpu.fault)" }
      return isHosts ? "\(label) exits \(cpu.registers.x[0])" : "\(label) goes on"
    }
  }
}
