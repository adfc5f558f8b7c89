import Testing

@testable import Devices

@Suite("Device bus")
struct DeviceBusTests {
  private func bus() -> DeviceBus {
    DeviceBus(uart: DeviceRange(kind: .uart, base: 0x900_0000, bytes: 0x1000, interrupt: 33))
  }

  @Test("An access goes to the device whose range holds it")
  func dispatch() {
    var bus = bus()
    #expect(bus.read(address: 0x900_0018, bytes: 4) == .value(0x97))
    #expect(bus.write(address: 0x900_0000, bytes: 4, value: 0x41) == .sent(0x41))
  }

  @Test("An access that no device owns is refused")
  func defaultDeny() {
    var bus = bus()
    for address: UInt64 in [0, 0x8ff_fffc, 0x900_1000, 0x901_0000, .max - 3, 1 << 63] {
      #expect(bus.read(address: address, bytes: 4) == .refused, "\(address)")
      #expect(bus.write(address: address, bytes: 4, value: 0) == .refused, "\(address)")
    }
  }

  @Test("An access that crosses the end of a device is refused")
  func crossing() {
    var bus = bus()
    #expect(bus.read(address: 0x900_0ffe, bytes: 4) == .refused)
    #expect(bus.read(address: 0x900_0ffc, bytes: 8) == .refused)
    #expect(bus.read(address: 0x900_0ffc, bytes: 4) == .value(0xb1))
  }

  @Test("A line's change is told once, with the device's interrupt")
  func lines() {
    var bus = bus()
    #expect(bus.takeLineChange() == nil)
    _ = bus.write(address: 0x900_0038, bytes: 4, value: 0x20)
    _ = bus.write(address: 0x900_0000, bytes: 4, value: 0x41)
    #expect(bus.takeLineChange() == LineChange(interrupt: 33, isHigh: true))
    #expect(bus.takeLineChange() == nil)
    _ = bus.write(address: 0x900_0044, bytes: 4, value: 0x20)
    #expect(bus.takeLineChange() == LineChange(interrupt: 33, isHigh: false))
  }

  @Test("A line that rose and fell between two looks is no change")
  func glitch() {
    var bus = bus()
    _ = bus.write(address: 0x900_0038, bytes: 4, value: 0x20)
    _ = bus.write(address: 0x900_0000, bytes: 4, value: 0x41)
    _ = bus.write(address: 0x900_0044, bytes: 4, value: 0x20)
    #expect(bus.takeLineChange() == nil)
  }
}
