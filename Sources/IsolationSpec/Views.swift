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
  case .host: hostsAgree(a, b)
  case .vm(let vm): guestsAgree(a, b, vm)
  }
}

// MARK: The host

/// The host sees the time, its own registers, who owns each page and where (it has given them), the
/// contents of what it can reach, lives, what requests are open, and what is counted.
private func hostsAgree(_ a: borrowing System, _ b: borrowing System) -> Bool {
  guard a.now == b.now else { return false }
  for page in 0..<a.pages.count {
    let mine = a.pages[page]
    let other = b.pages[page]
    guard mine.owner == other.owner, mine.use == other.use, mine.place == other.place,
      !mine.isHosts || mine.contents == other.contents
    else { return false }
  }
  for vm in 0..<a.vms.count {
    guard a.vms[vm].state == b.vms[vm].state, a.vms[vm].start == b.vms[vm].start,
      a.vms[vm].lines == b.vms[vm].lines
    else { return false }
  }
  for vcpu in 0..<a.vcpus.count {
    guard hostsSeeSame(a, b, vcpu: vcpu) else { return false }
  }
  for cpu in 0..<a.cpus.count {
    guard a.cpus[cpu].runs == b.cpus[cpu].runs, a.cpus[cpu].isOnline == b.cpus[cpu].isOnline,
      a.cpus[cpu].refused == b.cpus[cpu].refused, a.cpus[cpu].fault == b.cpus[cpu].fault,
      isSame(a.cpus[cpu].registers, b.cpus[cpu].registers)
    else { return false }
  }
  return true
}

/// Of a vCPU the host sees where it is in its life, what it asks of its vmm, and counts; and of its
/// registers nothing.
private func hostsSeeSame(_ a: borrowing System, _ b: borrowing System, vcpu: Int) -> Bool {
  guard a.vcpus[vcpu].life == b.vcpus[vcpu].life, a.vcpus[vcpu].request == b.vcpus[vcpu].request
  else { return false }
  if a.vcpus[vcpu].request != .none {
    guard a.vcpus[vcpu].access.bytes == b.vcpus[vcpu].access.bytes else { return false }
  }
  for counter in 0..<16
  where a.vcpus[vcpu].counters[counter] != b.vcpus[vcpu].counters[counter] {
    return false
  }
  return true
}

// MARK: A VM

/// A VM sees its own time, what lies at each of its guest addresses, its vCPUs' registers, and
/// which of them are off. Not: where its memory lies, its tables, whether a vCPU runs just now, or
/// anything of others.
private func guestsAgree(_ a: borrowing System, _ b: borrowing System, _ vm: UInt64) -> Bool {
  let index = Int(truncatingIfNeeded: vm) - 1
  guard a.vms[index].state == b.vms[index].state, a.vms[index].lines == b.vms[index].lines,
    a.now &- a.vms[index].start == b.now &- b.vms[index].start
  else { return false }
  for number in 0..<UInt64(Limits.vcpusPerVM) {
    guard guestsSeeSame(a, b, vcpu: System.vcpu(vm, number)) else { return false }
  }
  return hasMemory(a, of: b, vm) && hasMemory(b, of: a, vm)
}

private func guestsSeeSame(_ a: borrowing System, _ b: borrowing System, vcpu: Int) -> Bool {
  let life = seen(a.vcpus[vcpu].life)
  guard life == seen(b.vcpus[vcpu].life) else { return false }
  if life == .absent || life == .off { return true }
  guard a.vcpus[vcpu].request == b.vcpus[vcpu].request,
    a.vcpus[vcpu].faultAddress == b.vcpus[vcpu].faultAddress,
    a.vcpus[vcpu].usesFloatingPoint == b.vcpus[vcpu].usesFloatingPoint,
    a.vcpus[vcpu].timerLine == b.vcpus[vcpu].timerLine
  else { return false }
  return isSame(a.vcpus[vcpu].registers, b.vcpus[vcpu].registers)
}

/// A vCPU that is on looks the same whether it runs, waits to run or sleeps.
private func seen(_ life: Life) -> Life {
  life == .running || life == .halted ? .ready : life
}

/// Whether a VM finds in `a` all the memory that it finds in `b`, with the same in it.
private func hasMemory(_ a: borrowing System, of b: borrowing System, _ vm: UInt64) -> Bool {
  for page in 0..<b.pages.count where UInt64(b.pages[page].owner) == vm && b.pages[page].isMemory {
    guard let other = a.memory(of: vm, at: b.pages[page].place),
      a.pages[other].use == b.pages[page].use,
      a.pages[other].contents == b.pages[page].contents
    else { return false }
  }
  return true
}

private func isSame(_ a: Registers, _ b: Registers) -> Bool {
  for register in 0..<31 where a.x[register] != b.x[register] { return false }
  return a.pc == b.pc && a.system == b.system && a.floatingPoint == b.floatingPoint
    && a.timerControl == b.timerControl && a.timerCompare == b.timerCompare
}
