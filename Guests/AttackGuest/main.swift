// A hostile guest: everything it tries must be refused, and the machine must go on.
import CRegisters
import Runtime

@c(imageMain)
public func imageMain() {
  Console.enable()
  var report = Report()
  guard let tree = DeviceTree(at: ThisCPU.bootArgument, table: Scratch.page(0)) else {
    report.test("device-tree")
    report.expect(false, "no device tree at x0", ThisCPU.bootArgument)
    report.finish()
    Firmware.systemOff()
  }
  MemoryAttacks.run(&report, tree)
  DeviceAttacks.run(&report)
  ControllerAttacks.run(&report, tree)
  RegisterAttacks.run(&report)
  CallAttacks.run(&report, tree)
  SharingAttacks.run(&report, tree)
  CallFlood.run(&report)
  ProcessorAttacks.run(&report, tree)
  report.finish()
  Firmware.systemOff()
}
