import EngineABI
import Foundation
import IsolationCore

/// The state of a VM, of one of its vCPUs and of the CPU on which that runs: what a shortcut may
/// change.
private struct GuestState: Equatable {
  var vm: [UInt8]
  var vcpu: [UInt8]
  var context: [UInt8]
  var lists: [UInt64]
  var timerEnabled: Bool
  var control: UInt64
}

/// A shortcut's outcome where there is a long way too, to be compared with where that leads.
struct Shortcut {
  fileprivate var name: String
  fileprivate var vcpu: Int
  fileprivate var state: GuestState
}

extension TestMachine {
  /// Tries every shortcut that the glue tries about a trap, and takes it back again.
  func tryShortcut(_ cpu: Int, _ trap: Trap) -> Shortcut? {
    let vcpu = Int(machine.cpus[cpu].running) - 1
    let before = vcpu >= 0 ? guestState(cpu, vcpu) : nil
    guard let name = takeShortcut(cpu, trap) else {
      if let before, guestState(cpu, vcpu) != before { violate("a refused shortcut changes state") }
      return nil
    }
    checkLocksFree()
    guard let before else {
      violate("\(name) for the host")
      return nil
    }
    let shortcut = Shortcut(name: name, vcpu: vcpu, state: guestState(cpu, vcpu))
    restore(before, cpu, vcpu)
    return shortcut
  }

  /// The long way has been gone: it must have led to the same.
  func check(_ shortcut: Shortcut, _ cpu: Int) {
    shortcuts[shortcut.name, default: 0] += 1
    if Int(machine.cpus[cpu].running) - 1 != shortcut.vcpu {
      violate("\(shortcut.name) goes on, the long way ends the run")
    } else if guestState(cpu, shortcut.vcpu) != shortcut.state {
      violate("\(shortcut.name) and the long way differ")
    }
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
      default: return nil
      }
    case .fastInterrupt, .started, .systemError: return nil
    }
  }

  private func guestState(_ cpu: Int, _ vcpu: Int) -> GuestState {
    GuestState(
      vm: bytes(regions.vms, of: VirtualMachine.self, vcpu / Limits.vcpusPerVM),
      vcpu: bytes(regions.vcpus, of: VCPU.self, vcpu),
      context: bytes(regions.contexts, of: Context.self, Limits.cpus + vcpu),
      lists: processors[cpu].lists, timerEnabled: processors[cpu].timerEnabled,
      control: processors[cpu].control)
  }

  private func bytes<T>(_ region: UnsafeMutableRawPointer, of type: T.Type, _ index: Int)
    -> [UInt8]
  {
    let stride = MemoryLayout<T>.stride
    return Array(UnsafeRawBufferPointer(start: region + index * stride, count: stride))
  }

  private func restore(_ state: GuestState, _ cpu: Int, _ vcpu: Int) {
    func put<T>(_ bytes: [UInt8], _ region: UnsafeMutableRawPointer, _ type: T.Type, _ index: Int) {
      memcpy(region + index * MemoryLayout<T>.stride, bytes, bytes.count)
    }
    put(state.vm, regions.vms, VirtualMachine.self, vcpu / Limits.vcpusPerVM)
    put(state.vcpu, regions.vcpus, VCPU.self, vcpu)
    put(state.context, regions.contexts, Context.self, Limits.cpus + vcpu)
    processors[cpu].lists = state.lists
    processors[cpu].timerEnabled = state.timerEnabled
    processors[cpu].control = state.control
  }
}
