import EngineABI
import Foundation
import IsolationCore

/// The state of a CPU, the host's context on it, a VM and one of its vCPUs: what a shortcut may
/// change.
private struct State {
  var memory: [[UInt8]]
  var processor: TestProcessor

  func isEqual(to other: State) -> Bool {
    memory == other.memory && processor.loaded == other.processor.loaded
      && processor.root == other.processor.root && processor.lists == other.processor.lists
      && processor.control == other.processor.control
      && processor.timerEnabled == other.processor.timerEnabled
      && processor.timer.control == other.processor.timer.control
      && processor.timer.compare == other.processor.timer.compare
      && processor.hasGuestFloatingPoint == other.processor.hasGuestFloatingPoint
      && processor.exceptions == other.processor.exceptions
  }
}

/// A shortcut's outcome where there is a long way too, to be compared with where that leads.
struct Shortcut {
  fileprivate var name: String
  fileprivate var vcpu: Int
  fileprivate var state: State
}

extension TestMachine {
  /// Tries every shortcut that the glue tries about a trap, and takes it back again.
  func tryShortcut(_ cpu: Int, _ trap: Trap) -> Shortcut? {
    let vcpu = concerned(cpu, trap)
    let before = state(cpu, vcpu)
    let name = takeShortcut(cpu, trap)
    checkLocksFree()
    let after = state(cpu, vcpu)
    restore(before, cpu, vcpu)
    guard let name else {
      if !after.isEqual(to: before) { violate("a refused shortcut changes state") }
      return nil
    }
    return Shortcut(name: name, vcpu: vcpu, state: after)
  }

  /// The long way has been gone: it must have led to the same, and not further.
  func check(_ shortcut: Shortcut, _ cpu: Int) {
    shortcuts[shortcut.name, default: 0] += 1
    if !state(cpu, shortcut.vcpu).isEqual(to: shortcut.state) {
      violate("\(shortcut.name) and the long way differ")
    }
    for effect in performed {
      if case .invalidateLocal = effect { violate("\(shortcut.name) forgets no translations") }
    }
  }

  /// The vCPU that runs, or that the host may ask to run.
  private func concerned(_ cpu: Int, _ trap: Trap) -> Int {
    let running = Int(machine.cpus[cpu].running)
    if running != 0 { return running - 1 }
    let page = trap.guestAddress &- AbsentPage.base
    guard page < AbsentPage.bytes, let vm = VMID(UInt32(page / PageSize.page)),
      let id = VCPUID(vm, machine.contexts[cpu].frame.x[2])
    else { return 0 }
    return id.index
  }

  private func takeShortcut(_ cpu: Int, _ trap: Trap) -> String? {
    switch trap.kind {
    case .synchronous:
      if trap.exceptionClass == ExceptionClass.dataAbort
        && machine.readsAtOnce(
          cpu: cpu, syndrome: trap.syndrome, faultAddress: trap.faultAddress,
          faultPage: trap.faultPage)
      {
        return "readsAtOnce"
      }
      if Machine.isSoftwareInterrupt(syndrome: trap.syndrome) {
        let value = machine.interruptsItselfAtOnce(
          cpu: cpu, syndrome: trap.syndrome, empty: trap.emptyLists)
        guard value != 0 else { return nil }
        processors[cpu].lists[0] = value
        return "interruptsItselfAtOnce"
      }
      if let entry = machine.runsAtOnce(
        cpu: cpu, syndrome: trap.syndrome, faultPage: trap.faultPage, counter: trap.counter)
      {
        perform(.enter(entry), cpu)
        machine.release(entry.id.vm)
        return "runsAtOnce"
      }
      if let departure = machine.asksAtOnce(
        cpu: cpu, syndrome: trap.syndrome, faultAddress: trap.faultAddress,
        faultPage: trap.faultPage)
      {
        perform(.leave(departure), cpu)
        machine.release(departure.id.vm)
        return "asksAtOnce"
      }
      return nil
    case .interrupt:
      switch trap.pendingInterrupt {
      case PhysicalInterrupt.virtualTimer:
        let value = machine.takesTimerAtOnce(cpu: cpu, empty: trap.emptyLists)
        guard value != 0 else { return nil }
        processors[cpu].timerEnabled = false
        processors[cpu].lists[0] = value
        return "takesTimerAtOnce"
      case PhysicalInterrupt.maintenance:
        let finish = machine.finishesAtOnce(cpu: cpu, empty: trap.emptyLists)
        guard finish != .notAtOnce else { return nil }
        processors[cpu].lists[0] = 0
        if finish == .timerDone { processors[cpu].timerEnabled = true }
        return "finishesAtOnce"
      default:
        guard
          let departure = machine.leavesAtOnce(
            cpu: cpu, pendingInterrupt: trap.pendingInterrupt)
        else { return nil }
        perform(.leave(departure), cpu)
        machine.release(departure.id.vm)
        return "leavesAtOnce"
      }
    case .fastInterrupt, .started, .systemError: return nil
    }
  }

  private func state(_ cpu: Int, _ vcpu: Int) -> State {
    func bytes<T>(_ region: UnsafeMutableRawPointer, of type: T.Type, _ index: Int) -> [UInt8] {
      let stride = MemoryLayout<T>.stride
      return Array(UnsafeRawBufferPointer(start: region + index * stride, count: stride))
    }
    return State(
      memory: [
        bytes(regions.cpus, of: CPU.self, cpu),
        bytes(regions.contexts, of: Context.self, cpu),
        bytes(regions.vms, of: VirtualMachine.self, vcpu / Limits.vcpusPerVM),
        bytes(regions.vcpus, of: VCPU.self, vcpu),
        bytes(regions.contexts, of: Context.self, Limits.cpus + vcpu),
      ],
      processor: processors[cpu])
  }

  private func restore(_ state: State, _ cpu: Int, _ vcpu: Int) {
    func put<T>(_ bytes: [UInt8], _ region: UnsafeMutableRawPointer, _ type: T.Type, _ index: Int) {
      memcpy(region + index * MemoryLayout<T>.stride, bytes, bytes.count)
    }
    put(state.memory[0], regions.cpus, CPU.self, cpu)
    put(state.memory[1], regions.contexts, Context.self, cpu)
    put(state.memory[2], regions.vms, VirtualMachine.self, vcpu / Limits.vcpusPerVM)
    put(state.memory[3], regions.vcpus, VCPU.self, vcpu)
    put(state.memory[4], regions.contexts, Context.self, Limits.cpus + vcpu)
    processors[cpu] = state.processor
  }
}
