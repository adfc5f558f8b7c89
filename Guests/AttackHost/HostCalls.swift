import CRegisters
import EngineABI
import Runtime

/// What a call to the engine answered.
struct Answer {
  var status: Int64
  var first: UInt64
  var second: UInt64
  var third: UInt64
  var isOK: Bool { status == Status.ok.rawValue }
  var isRefused: Bool { status < 0 }
  var raw: UInt64 { UInt64(bitPattern: status) }
}

/// The engine's calls as the host kernel makes them: by HVC.
enum Host {
  /// Any number, any VM, any arguments: forged ones too.
  static func call(
    number: UInt64, vm: UInt64, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0,
    _ d: UInt64 = 0
  ) -> Answer {
    let result = rawHVC(
      Call.hvcBase &+ number, number & 0xffff_ffff | vm << 32, a, b, c, d, 0)
    return Answer(
      status: Int64(bitPattern: result.x0), first: result.x1, second: result.x2,
      third: result.x3)
  }

  static func call(
    _ call: Call, vm: UInt64 = 0, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0
  ) -> Answer {
    Host.call(number: UInt64(call.rawValue), vm: vm, a, b, c)
  }

  /// Requests of the host that the engine has refused so far.
  static var refused: UInt64 { call(.counter, UInt64(Counter.refused.rawValue)).first }

  static func pages(vm: UInt64) -> UInt64 { call(.stateOfVM, vm: vm).second }
  static func state(vm: UInt64) -> UInt64 { call(.stateOfVM, vm: vm).first }

  /// Ends a VM and takes every page back. False if the engine does not come to an end.
  static func destroy(vm: UInt64) -> Bool {
    _ = call(.destroyVM, vm: vm)
    var address: UInt64 = 0
    for _ in 0..<1_000_000 {
      let answer = call(.reclaim, vm: vm, address)
      if answer.isOK { return true }
      if answer.status != Status.again.rawValue { return false }
      address = answer.first
    }
    return false
  }
}

/// The machine as these tests expect it (QEMU virt) and as the engine describes it.
enum Layout {
  static let engineBase: UInt64 = 0x4000_0000
  /// Host memory that no image uses.
  static let work: UInt64 = 0x4800_0000
  static var engineBytes: UInt64 { Host.call(.info, InfoSelector.carveOut.rawValue).third }
  static var carveOut: UInt64 { Host.call(.info, InfoSelector.carveOut.rawValue).first }
  static var carveOutBytes: UInt64 { Host.call(.info, InfoSelector.carveOut.rawValue).second }
  /// Block `index` of the carve-out.
  static func block(_ index: UInt64) -> UInt64 { carveOut + index * PageSize.block }
}
