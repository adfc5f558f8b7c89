// What each way into the engine costs a guest. Ticks of CNTVCT between two readings round the
// operation; under icount one tick is one retired instruction, of all exception levels.
import CRegisters
import Runtime

@c(imageMain)
public func imageMain() {
  Console.enable()
  var bench = Bench()

  // 64 instructions and the second reading of the counter take 65 ticks if ticks are instructions.
  let isCounting = measure64Instructions(0, 0) == 65 && measure64Instructions(0, 0) == 65
  Console.write(isCounting ? "bench-unit: instructions\n" : "bench-unit: ticks\n")
  Console.write(
    "bench-note: NAME MIN MEDIAN of 1000, the minimum of overhead taken off the others\n")

  bench.measureOverhead { measureNothing(0, 0) }
  bench.row("null-call") { measureHVC(PSCI.version, 0) }
  bench.row("id-register") { measureIDRegister(0, 0) }
  bench.row("distributor-read") { measureLoad(InterruptController.distributorType, 0) }

  InterruptController.enableDistributor()
  InterruptController.enableCPU(index: 0)
  bench.row("redistributor-write") {
    measureStore(
      InterruptController.redistributor + InterruptController.setEnable0, 1 << 27 | 0xffff)
  }
  bench.row("uart-read") { measureLoad(Console.flagRegister, 0) }

  let toSelf = InterruptController.softwareInterrupt(2, target: 0)
  bench.row("self-sgi") {
    let taken = measureSelfSGI(toSelf)
    writeICC_EOIR1(taken.intid)
    return taken.taken - taken.start
  }
  bench.row("eoi") { measureEOI(0, measureSelfSGI(toSelf).intid) }
  bench.row("wfi-pending") {
    writeICC_SGI1R(toSelf)
    let ticks = measureWFI(0, 0)
    let taken = sleepForInterrupt(0)
    writeICC_EOIR1(taken.intid)
    return ticks
  }
  bench.row("timer") { Timer.now() }
  bench.row("wfi-deadline") { Timer.sleepAndOvershoot() }

  if PingPong.start() {
    bench.row("ping-pong") { PingPong.roundTrip() }
  } else {
    Console.write("bench-note: ping-pong needs a second vCPU\n")
  }
  Console.write("bench-done\n")
  Firmware.systemOff()
}
