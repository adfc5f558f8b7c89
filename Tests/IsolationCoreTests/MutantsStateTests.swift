import EngineABI
import Testing

@testable import IsolationCore

/// What the parts of the state are at first, and what their small questions answer.
@Suite struct MutantsStateTests {
  /// The bytes of a value that are not zero, by their place.
  private func marks<T: BitwiseCopyable>(_ value: T) -> [Int: UInt8] {
    withUnsafeBytes(of: value) { bytes in
      bytes.enumerated().reduce(into: [:]) { if $1.element != 0 { $0[$1.offset] = $1.element } }
    }
  }

  @Test func registersOfANewContextAreZeroButWhereTheResetSaysOtherwise() {
    var context = Context()
    #expect(context.system.sctlr == 0x30d0_0800, "MMU and caches off, RES1 bits set")
    #expect(context.interrupts.hypervisorControl == 1, "the virtual CPU interface is on")
    context.system.sctlr = 0
    context.interrupts.hypervisorControl = 0
    #expect(marks(context) == [:])
    #expect(Frame.resetState == 0x3c5, "EL1h, D, A, I and F masked")
    #expect(InterruptRegisters.enable == 1 && InterruptRegisters.underflow == 2)
  }

  @Test func aNewVMHasNothing() {
    var vm = VirtualMachine()
    #expect(AddressSpace().state == .free && AddressSpace().pages == 0)
    for cpu in 0..<8 {
      #expect(vm.lastOn[cpu] == 0xff, "no vCPU ran on CPU \(cpu)")
      vm.lastOn[cpu] = 0
    }
    #expect(marks(vm) == [:])
    #expect(CPU().running == 0 && !CPU().online && CPU().refused == 0)
    let access = DeviceAccess()
    #expect(access.kind == .none && access.abort.syndrome == 0 && access.faultAddress == 0)
    #expect(Notice().kicks == 0 && Notice().wakes == 0)
  }

  @Test func aNewVCPUHasNothingPendingAndSleeps() {
    var vcpu = VCPU()
    #expect(vcpu.life == .absent && vcpu.asleep)
    #expect(vcpu.own.edge == 0xffff, "SGIs are edges")
    vcpu.asleep = false
    vcpu.own.edge = 0
    #expect(marks(vcpu) == [:])
  }

  @Test func theConfigurationIsEmptyUntilTheBootFillsIt() {
    var configuration = Configuration()
    for number in 0..<3 {
      #expect(configuration.workarounds[number] == ~0, "not supported unless the firmware says so")
      configuration.workarounds[number] = 0
    }
    #expect(marks(configuration) == [:])
    #expect(marks(HostMap()) == [:])
  }

  @Test func register31IsZeroAndKeepsNothing() {
    var frame = Frame()
    for number in UInt64(0)...30 { frame.setRegister(number, 100 + number) }
    let before = marks(frame)
    frame.setRegister(31, 7)
    #expect(marks(frame) == before)
    for number in UInt64(0)...30 {
      #expect(frame.register(number) == 100 + number)
      #expect(frame.x[Int(number)] == 100 + number)
    }
    #expect(frame.register(31) == 0)
    frame.pc = 0x1000
    frame.advance()
    #expect(frame.pc == 0x1004)
  }

  @Test func aTimerIsDueWhenItIsEnabledUnmaskedAndItsTimeHasCome() {
    var timer = VirtualTimer()
    timer.compare = 100
    for control in UInt64(0)...7 {
      timer.control = control
      #expect(timer.isArmed == (control & 3 == 1), "control \(control)")
      #expect(!timer.isDue(at: 99))
      #expect(timer.isDue(at: 100) == timer.isArmed && timer.isDue(at: 101) == timer.isArmed)
    }
  }

  @Test func interruptsAreDeliverableIfEnabledAndPendingOrOnALineThatIsHigh() {
    for bits in UInt64(0)..<16 {
      var bank = InterruptBank()
      if bits & 1 != 0 { bank.enabled = 4 }
      if bits & 2 != 0 { bank.pending = 4 }
      if bits & 4 != 0 { bank.level = 4 }
      if bits & 8 != 0 { bank.edge = 4 }
      let isPending = bits & 2 != 0 || bits & 12 == 4
      #expect(bank.deliverable == (bits & 1 != 0 && isPending ? 4 : 0), "\(bits)")
      for register in UInt64(0)...8 {
        let wanted: UInt64 =
          switch register {
          case 1: ~0
          case 2, 3: bits & 1 != 0 ? 4 : 0
          case 4, 5: isPending ? 0x99 | 4 : 0x99
          case 6, 7: 0x99
          default: 0
          }
        #expect(bank.read(register, listed: 0x99) == wanted, "register \(register)")
      }
    }
  }

  @Test func writesOfOnesChangeTheirBitsOfTheirRegister() {
    for register in UInt64(0)...8 {
      var bank = InterruptBank(edge: 0x10)
      bank.enabled = 0b0011
      bank.pending = 0b0110
      bank.level = 0b1000
      bank.write(register, 0b0101)
      #expect(bank.enabled == (register == 2 ? 0b0111 : register == 3 ? 0b0010 : 0b0011))
      #expect(bank.pending == (register == 4 ? 0b0111 : register == 5 ? 0b0010 : 0b0110))
      #expect(bank.level == 0b1000 && bank.edge == 0x10)
    }
  }

  @Test func valuesOfListRegistersHaveTheirFieldsWhereTheManualHasThem() {
    // ICH_LR<n>_EL2: state 63:62, group 60, priority 55:48, EOI 41, INTID 31:0.
    #expect(
      ListRegister.value(33, priority: 0xa8, level: true)
        == 1 << 62 | 1 << 60 | 0xa8 << 48 | 1 << 41 | 33)
    #expect(
      ListRegister.value(1, priority: 0, level: false) == 1 << 62 | 1 << 60 | 1)
    #expect(ListRegister.pending == 1 << 62 && ListRegister.active == 1 << 63)
    #expect(ListRegister.maintenance == 1 << 41)
    #expect(firstShared == 32 && InterruptBank.timer == 1 << 27)
  }

  // MARK: Addresses and numbers

  @Test func pagesAreAlignedAddresses() {
    #expect(PhysicalPage(aligned: 0x5000)?.number == 5 && PhysicalPage(aligned: 0)?.number == 0)
    #expect(GuestPage(aligned: 0x5000)?.number == 5)
    for bit in 0..<UInt64(12) {
      #expect(PhysicalPage(aligned: 0x5000 | 1 << bit) == nil)
      #expect(GuestPage(aligned: 0x5000 | 1 << bit) == nil)
    }
    #expect(PhysicalPage(number: 5).address == 0x5000 && GuestPage(number: 5).address == 0x5000)
    #expect(GuestPage.limit == 1 << 40)
    #expect(GuestPage(aligned: 1 << 40) == nil && GuestPage(aligned: 1 << 41 | 1 << 50) == nil)
    #expect(GuestPage(aligned: (1 << 40) - 4096)?.number == (1 << 28) - 1)
  }

  @Test func vmsAndVCPUsHaveTheirPlaces() throws {
    #expect(VMID(0) == nil && VMID(65) == nil && VMID(~0) == nil && VMID(257) == nil)
    for number in UInt32(1)...64 {
      let vm = try #require(VMID(number))
      #expect(vm.raw == UInt8(number) && vm.index == Int(number) - 1)
      #expect(VCPUID(vm, 8) == nil && VCPUID(vm, ~0) == nil)
      for vcpu in UInt64(0)..<8 {
        let id = try #require(VCPUID(vm, vcpu))
        #expect(id.vm == vm && UInt64(id.number) == vcpu)
        #expect(id.index == (Int(number) - 1) * 8 + Int(vcpu))
        #expect(id.context == 8 + id.index)
        #expect(VCPUID(index: UInt64(id.index)) == id)
      }
    }
    #expect(VCPUID(index: 512) == nil && VCPUID(index: ~0) == nil)
  }

  @Test func rangesKnowWhatTheyContainAndOverlap() {
    let range = AddressRange(base: 0x2000, bytes: 0x1000)
    for (address, inside) in [
      (0x1fff, false), (0x2000, true), (0x2fff, true), (0x3000, false), (0, false),
    ] as [(UInt64, Bool)] {
      #expect(range.contains(address) == inside)
    }
    for (base, bytes, overlaps) in [
      (0x1000, 0x1000, false), (0x1000, 0x1001, true), (0x3000, 0x1000, false),
      (0x2fff, 1, true), (0, 0x10000, true), (0x2800, 0x10, true), (0, 0, false),
    ] as [(UInt64, UInt64, Bool)] {
      #expect(range.overlaps(AddressRange(base: base, bytes: bytes)) == overlaps)
      #expect(AddressRange(base: base, bytes: bytes).overlaps(range) == overlaps)
    }
    #expect(!AddressRange.empty.contains(0) && AddressRange.empty.base == 0)
  }

  @Test func pagesKnowWhetherTheHostMapsThem() {
    #expect(PageState.host.hostMaps && PageState.fixed.hostMaps)
    #expect(PageState.host == PageState(owner: 0, use: .normal))
    #expect(PageState.fixed == PageState(owner: 0, use: .fixed))
    #expect(!PageState(owner: 1, use: .normal).hostMaps)
    #expect(!PageState(owner: 1, use: .table).hostMaps)
    #expect(PageState(owner: 1, use: .shared).hostMaps)
    #expect(BlockState.host.absent == 0 && BlockState.host.donated == 0)
  }
}
