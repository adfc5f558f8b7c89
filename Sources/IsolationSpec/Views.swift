import Contracts
import EngineABI

// What each observer sees of a state. Two states that look the same to somebody must still do after
// any step, but for what the step declassifies: that is confidentiality. A step of others must
// leave what somebody sees as it was, but for what it may do: that is integrity.

/// Whose view.
public enum Observer: BitwiseCopyable, Sendable {
  /// The host, taken for malicious: its kernel and every vmm together.
  case host
  /// A VM, 1...64.
  case vm(UInt64)
}

/// Whether two states look the same to an observer. (Both with the same constants.)
public func sameView(
  _ observer: Observer, _ a: borrowing System, _ b: borrowing System
) -> Bool {
  switch observer {
  case .host: Views.host(a, b)
  case .vm(let vm): vm >= 1 && vm <= UInt64(Limits.vms) && Views.guest(a, b, vm)
  }
}

enum Views {
  // MARK: The host

  /// The host sees the time, its own registers, who owns each page and where (it has given them),
  /// the contents of what it can reach, lives, what requests are open, and what is counted.
  static func host(_ a: borrowing System, _ b: borrowing System) -> Bool {
    a.now == b.now && a.pages.count == b.pages.count
      && forall(0..<a.pages.count) { host(a.pages[$0], b.pages[$0]) }
      && forall(0..<Limits.vms) { a.vms[$0] == b.vms[$0] }
      && forall(0..<System.vcpuCount) { host(a.vcpus[$0], b.vcpus[$0]) }
      && forall(0..<Limits.cpus) { isSame(a.cpus[$0], b.cpus[$0]) }
  }

  static func host(_ a: Page, _ b: Page) -> Bool {
    a.owner == b.owner && a.use == b.use && a.place == b.place
      && (!a.isHosts || a.contents == b.contents)
  }

  /// Of a vCPU the host sees where it is in its life, what it asks of its vmm, and counts; and of its
  /// registers nothing.
  static func host(_ a: VirtualCPU, _ b: VirtualCPU) -> Bool {
    a.life == b.life && a.request == b.request
      && (a.request == .none || a.access.bytes == b.access.bytes)
      && forall(0..<16) { a.counters[$0] == b.counters[$0] }
  }

  // MARK: A VM

  /// A VM sees its own time, what lies at each of its guest addresses, its vCPUs' registers, and
  /// which of them are off. Not: where its memory lies, its tables, whether a vCPU runs just now, or
  /// anything of others.
  static func guest(_ a: borrowing System, _ b: borrowing System, _ vm: UInt64) -> Bool {
    requires(System.isVM(vm))
    return guest(a.guest(vm), b.guest(vm))
      && a.now &- a.guest(vm).start == b.now &- b.guest(vm).start
      && vcpus(a, b, System.vcpu(vm, 0)) && memory(a, of: b, vm) && memory(b, of: a, vm)
  }

  /// A VM's vCPUs, from its first.
  static func vcpus(_ a: borrowing System, _ b: borrowing System, _ first: Int) -> Bool {
    requires(first >= 0 && first <= System.vcpuCount - Limits.vcpusPerVM)
    return forall(first..<first + Limits.vcpusPerVM) { guest(a.vcpus[$0], b.vcpus[$0]) }
  }

  static func guest(_ a: Guest, _ b: Guest) -> Bool { a.state == b.state && a.lines == b.lines }

  static func guest(_ a: VirtualCPU, _ b: VirtualCPU) -> Bool {
    seen(a.life) == seen(b.life)
      && (a.life == .absent || a.life == .off || isOnSame(a, b))
  }

  static func isOnSame(_ a: VirtualCPU, _ b: VirtualCPU) -> Bool {
    a.request == b.request && a.faultAddress == b.faultAddress
      && a.usesFloatingPoint == b.usesFloatingPoint && a.timerLine == b.timerLine
      && a.fault == b.fault && (a.request == .none || a.access == b.access)
      && isSame(a.registers, b.registers)
  }

  /// A vCPU that is on looks the same whether it runs, waits to run or sleeps.
  static func seen(_ life: Life) -> Life {
    life == .running || life == .halted ? .ready : life
  }

  /// Whether a VM finds in `a` all the memory that it finds in `b`, with the same in it.
  static func memory(
    _ a: borrowing System, of b: borrowing System, _ vm: UInt64
  ) -> Bool {
    forall(0..<b.pages.count) {
      UInt64(b.pages[$0].owner) != vm || !b.pages[$0].isMemory
        || finds(a, vm, b.pages[$0].place, b.pages[$0])
    }
  }

  /// Whether a VM finds at a guest page what looks like this.
  static func finds(
    _ a: borrowing System, _ vm: UInt64, _ place: UInt64, _ page: Page
  ) -> Bool {
    let found = a.find(vm, place)
    return found >= 0 && a.pages[found].use == page.use && a.pages[found].contents == page.contents
  }
}
