import CLinux
import EngineABI

/// Ends VMs and gives their pages back to the host.
struct Collector {
  /// Any VM: through absent page 0.
  var management: Engine
  var locks: LockFolder

  /// Ends and gives back every VM whose vmm died. The caller holds ``LockFolder/claims()``.
  /// Returns their numbers.
  func collect() throws(Failure) -> [Int] {
    var collected: [Int] = []
    for vm in 1...Limits.vms {
      var engine = management
      engine.vm = vm
      guard try engine.state().state != .free else { continue }
      guard let lock = try locks.tryVM(vm) else { continue }
      try Collector.end(engine)
      lock.write("")
      collected.append(vm)
    }
    return collected
  }

  /// Destroys a VM and reclaims its pages. No thread of this process runs its vCPUs any more.
  static func end(_ engine: Engine) throws(Failure) {
    var attempts = 0
    while true {
      let reply = engine.destroyVM()
      if reply.status == .ok { break }
      // Dying already, by an earlier attempt.
      if reply.status == .wrongState { break }
      attempts += 1
      guard reply.status == .busy, attempts < 1000 else {
        throw Engine.failure("destroy VM \(engine.vm)", reply)
      }
      linux_sleep(1_000_000)
    }
    var next: UInt64 = 0
    while true {
      let reply = engine.reclaim(from: next)
      switch reply.status {
      case .ok: return
      case .again: next = reply.x1
      case .busy: linux_sleep(1_000_000)
      default: throw Engine.failure("give back the pages of VM \(engine.vm)", reply)
      }
    }
  }
}
