// A hostile host kernel: it starts where the engine starts Linux, at EL1, and everything it tries
// must be refused. It ends the machine by PSCI.
import CRegisters
import EngineABI
import Runtime

@c(imageMain)
public func imageMain() {
  Console.enable()
  var report = Report()
  report.test("under-the-engine")
  let version = Host.call(.info, InfoSelector.version.rawValue)
  report.expect(version.isOK && version.first == abiVersion, "ABI", version.raw, version.first)
  report.expect(readCurrentEL() == 1 << 2, "CurrentEL", readCurrentEL())
  if version.isOK {
    EngineMemory.run(&report)
    ControllerAttacks.run(&report)
    HostTimer.prepare()
    ForgedCalls.run(&report)
    DonationAttacks.run(&report)
    TwoGuests.run(&report)
    PoisonTest.run(&report)
    SpinningGuest.run(&report)
    InterruptAttacks.run(&report)
    FirmwareAttacks.run(&report)
    CallFlood.run(&report)
  }
  report.finish()
  Firmware.systemOff()
}
