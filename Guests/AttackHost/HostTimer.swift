import CRegisters
import Runtime

/// The host's physical timer, PPI 30: it ends runs of guests that do not end by themselves. The
/// interrupt stays pending, for the host keeps its interrupts masked.
enum HostTimer {
  static func prepare() {
    InterruptController.enableDistributor()
    InterruptController.enableCPU(index: 0)
    store32(InterruptController.redistributor + InterruptController.setEnable0, 1 << 30)
  }

  static func arm(ticks: UInt64) {
    writeCNTP_CVAL(readCNTPCT() + ticks)
    writeCNTP_CTL(1)
  }

  static func disarm() { writeCNTP_CTL(0) }
}
