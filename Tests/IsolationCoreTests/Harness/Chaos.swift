import EngineABI
import IsolationCore

/// Host user space, host kernels and guests on all CPUs that do what comes into their heads.
final class Chaos {
  let machine: TestMachine
  var random: Random
  /// What each call has answered: number and status to how often.
  var outcomes: [String: Int] = [:]
  /// The last actions, for a report.
  var history: [String] = []

  init(seed: UInt64, cpus: Int, listRegisters: Int = 4) {
    machine = TestMachine(cpus: cpus, listRegisters: listRegisters)
    machine.random = Random(seed: seed &+ 1)
    random = Random(seed: seed)
  }

  static let vms = 4

  func step() {
    let cpu = random.below(machine.processors.count)
    guard machine.machine.cpus[cpu].online else {
      machine.start(cpu)
      return
    }
    if machine.isHost(cpu) { actAsHost(cpu) } else { actAsGuest(cpu) }
    machine.checkStep()
  }

  private func note(_ what: @autoclosure () -> String) {
    if history.count > 12 { history.removeFirst() }
    history.append(what())
  }

  private func count(_ call: String, _ answer: Answer) {
    outcomes["\(call) \(Int64(bitPattern: answer.x[0]))", default: 0] += 1
  }

  // MARK: The host

  private func actAsHost(_ cpu: Int) {
    switch random.below(80) {
    case 0: nonsenseCall(cpu)
    case 1, 2: touch(cpu)
    case 3: firmware(cpu)
    case 4...7: scribble()
    case 8...49: run(cpu)
    case 50...53: build(cpu, 1 + random.below(Chaos.vms))
    case 54: end(cpu, 1 + random.below(Chaos.vms))
    default: anyCall(cpu)
    }
  }

  /// Mostly small, sometimes absurd.
  private func number(_ limit: Int) -> UInt64 {
    if random.oneIn(30) { return random.pick([0, 8, 64, 65, 1 << 32, ~0, 1 << 63]) }
    return UInt64(random.below(limit))
  }

  private func address() -> UInt64 {
    if random.oneIn(40) {
      return random.pick([
        0, 0x4000_0000, TestMachine.carveOut.base - 4096, 0x8100_0000, ~0, 1 << 40, 0x8000_0001,
      ])
    }
    // A few blocks and few pages of each: things have to meet.
    let block = random.oneIn(10) ? random.below(TestMachine.blocks) : random.below(5)
    let number = random.oneIn(5) ? random.below(512) : random.below(16)
    return page(block, random.oneIn(4) ? 0 : number)
  }

  private func guestAddress() -> UInt64 {
    if random.oneIn(30) { return random.pick([0, 0x0800_0000, 1 << 40, ~0, 0x4000_0123]) }
    let base: UInt64 = random.oneIn(8) ? 0x1_0000_0000 : guestMemory
    return base + UInt64(random.below(3)) << 21 + UInt64(random.below(6)) * 4096
  }

  private func anyCall(_ cpu: Int) {
    let vm = random.oneIn(50) ? random.below(70) : 1 + random.below(Chaos.vms)
    let call = random.pick([
      Call.createVM, .createVM, .donate, .donate, .donate, .donate, .donate, .donateTable,
      .donateTable, .donateTable, .seal, .createVCPU, .createVCPU, .setEntry, .setEntry, .seal,
      .destroyVM, .reclaim, .reclaim, .reclaim, .setInterrupt, .setInterrupt,
      .stateOfVM, .counter, .info, .share, .unshare,
    ])
    if call == .destroyVM && !random.oneIn(12) { return }
    if call == .seal && !random.oneIn(4) { return }
    var a: UInt64 = 0
    var b: UInt64 = 0
    var c: UInt64 = 0
    switch call {
    case .createVM: a = address() & ~0x1000
    case .donate:
      c = random.oneIn(4) ? 1 : random.oneIn(40) ? number(9) : 0
      a = c == 1 ? page(random.below(TestMachine.blocks)) : address()
      b = c == 1 ? guestAddress() & ~0x1f_ffff : guestAddress()
    case .donateTable:
      (a, b, c) = (address(), guestAddress(), 2 + UInt64(random.below(2)))
      if random.oneIn(30) { c = number(5) }
    case .reclaim: a = random.oneIn(3) ? address() : 0
    case .createVCPU: a = number(3)
    case .setEntry: (a, b, c) = (number(3), guestMemory + (random.oneIn(5) ? 2 : 4), random.next())
    case .setInterrupt: (a, b) = (32 &+ number(66), UInt64(random.below(2)))
    case .counter: a = number(17)
    case .info: a = number(4)
    default: break
    }
    perform(cpu, call, vm, a, b, c)
  }

  private func perform(
    _ cpu: Int, _ call: Call, _ vm: Int, _ a: UInt64, _ b: UInt64, _ c: UInt64
  ) {
    note("CPU \(cpu): \(call) vm \(vm) \(hex(a)) \(hex(b)) \(hex(c))")
    machine.hostFrame(cpu) { $0.x[4] = c }
    let before = random.oneIn(400) ? Snapshot(machine) : nil
    let answer =
      random.oneIn(3)
      ? machine.hvc(
        function: Call.hvcBase + UInt64(call.rawValue), word: CallWord(call, vm: vm).raw, a, b, c,
        cpu: cpu)
      : machine.call(
        call, vm: vm, a, b, c, cpu: cpu,
        page: random.oneIn(3) && vm <= Limits.vms ? vm : random.oneIn(20) ? 2 : 0)
    guard machine.isHost(cpu) else { return }
    count("\(call)", answer)
    if let before, Int64(bitPattern: answer.x[0]) < 0 {
      if let difference = before.difference(machine, cpu: cpu) {
        machine.violate("\(call) fails with \(answer) and changes \(difference)")
      }
      if !machine.performed.isEmpty { machine.violate("\(call) fails and does something") }
    }
  }

  private func run(_ cpu: Int) {
    var vm = 1 + random.below(Chaos.vms)
    var vcpu = number(3)
    let runnable = (0..<Chaos.vms * Limits.vcpusPerVM).filter { index in
      switch machine.machine.vcpus[index].life {
      case .starting, .ready, .halted: machine.machine.spaces[index / 8].state == .sealed
      case .absent, .off, .running: false
      }
    }
    if let index = runnable.randomElement(using: &random), !random.oneIn(8) {
      vm = index / Limits.vcpusPerVM + 1
      vcpu = UInt64(index % Limits.vcpusPerVM)
    } else if random.oneIn(2) {
      prepare(cpu, vm)
      return
    }
    var completion = UInt64(0)
    if vcpu < 8 {
      let access = machine.machine.vcpus[(vm - 1) * 8 + Int(vcpu)].access.kind
      if access == .read { completion = 1 }
      if access != .none && random.oneIn(4) { completion = 2 }
      if random.oneIn(30) { completion = number(4) }
    }
    note("CPU \(cpu): run \(vm).\(vcpu) \(completion)")
    let answer = machine.run(vm, vcpu, cpu: cpu, completion, random.next())
    if machine.isHost(cpu) {
      count("run", answer)
      // Nothing much happens any more in a VM whose vCPUs are off.
      if answer.exit == .off && random.oneIn(8) { perform(cpu, .destroyVM, vm, 0, 0, 0) }
    } else {
      outcomes["run", default: 0] += 1
    }
  }

  /// Brings a VM nearer to running.
  private func prepare(_ cpu: Int, _ vm: Int) {
    switch machine.machine.spaces[vm - 1].state {
    case .free: build(cpu, vm)
    case .loading where random.oneIn(4):
      perform(cpu, random.oneIn(2) ? .seal : .destroyVM, vm, 0, 0, 0)
    case .dying: end(cpu, vm)
    case .loading, .sealed: break
    }
  }

  /// A whole VM, so that guests run often.
  private func build(_ cpu: Int, _ vm: Int) {
    guard machine.machine.spaces[vm - 1].state == .free else { return }
    note("CPU \(cpu): build \(vm)")
    let block = random.below(TestMachine.blocks)
    func at(_ number: Int) -> UInt64 { page(block, 200 + 8 * vm + number) }
    machine.call(.createVM, vm: vm, at(0), cpu: cpu)
    machine.call(.donateTable, vm: vm, at(2), guestMemory, 2, cpu: cpu)
    machine.call(.donateTable, vm: vm, at(3), guestMemory, 3, cpu: cpu)
    machine.call(.donate, vm: vm, at(4), guestMemory, 0, cpu: cpu)
    machine.call(.donate, vm: vm, page(random.below(TestMachine.blocks)), 0x4020_0000, 1, cpu: cpu)
    let count = 1 + random.below(3)
    for vcpu in 0..<UInt64(count) {
      machine.call(.createVCPU, vm: vm, vcpu, cpu: cpu)
      if vcpu == 0 || random.oneIn(2) {
        machine.call(.setEntry, vm: vm, vcpu, guestMemory, 0, cpu: cpu)
      }
    }
    if !random.oneIn(3) { machine.call(.seal, vm: vm, cpu: cpu) }
  }

  /// All of a dying VM back, so that another can take its number.
  private func end(_ cpu: Int, _ vm: Int) {
    note("CPU \(cpu): end \(vm)")
    guard machine.machine.spaces[vm - 1].state == .dying else { return }
    var from: UInt64 = 0
    for _ in 0..<10_000 {
      let answer = machine.call(.reclaim, vm: vm, from, cpu: cpu)
      count("reclaim", answer)
      guard answer.status == .again else { return }
      from = answer.x[1]
    }
    machine.violate("reclaim of VM \(vm) never ends")
  }

  private func nonsenseCall(_ cpu: Int) {
    note("CPU \(cpu): nonsense")
    if random.oneIn(2) {
      machine.callRaw(random.next(), random.next(), random.next(), cpu: cpu, page: random.below(65))
    } else {
      machine.hvc(
        function: random.oneIn(2) ? random.next() : Call.hvcBase &+ number(20), word: number(20),
        immediate: random.oneIn(4) ? number(9) & 0xffff : 0, cpu: cpu)
    }
  }

  /// An access to an address that is absent, or was a moment ago.
  private func touch(_ cpu: Int) {
    let address = random.pick([
      self.address(), TestMachine.redistributor + random.next() % 0x10_0000,
      TestMachine.engine.base, AbsentPage.base + random.next() % AbsentPage.bytes, random.next(),
    ])
    note("CPU \(cpu): touch \(hex(address))")
    machine.hostAbort(
      cpu, address, write: random.oneIn(2), bytes: 1 << UInt64(random.below(4)),
      register: UInt64(random.below(32)), described: !random.oneIn(5),
      tableWalk: random.oneIn(9), instruction: random.oneIn(9))
    machine.processors[cpu].exceptions = []
  }

  private func firmware(_ cpu: Int) {
    let function = random.pick([
      0x8400_0000, 0x8400_0001, 0xc400_0001, 0xc400_0003, 0x8400_0004, 0x8400_000a, 0x8000_0001,
      0x8400_0053, random.next(), 0x8400_0002,
    ])
    note("CPU \(cpu): SMC \(hex(function))")
    machine.smc(
      function, TestMachine.affinity(random.below(5)), random.oneIn(2) ? 0x4200_0000 : address(),
      cpu: cpu)
    machine.processors[cpu].firmware = []
  }

  /// Hostile data in pages that the host can reach, entries of tables above all.
  private func scribble() {
    for _ in 0..<4 {
      let number = random.below(TestMachine.pages)
      let index = random.oneIn(2) ? number : (number / 512) * 512 + number % 16
      guard machine.ownership(index).hostMaps else { continue }
      machine.write(
        page: index, word: random.below(512),
        Descriptor.page(PhysicalPage(number: TestMachine.firstPage + UInt64(number)), .normal)
          .raw)
    }
  }
}
