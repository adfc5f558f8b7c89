import CLinux

/// A file lock (flock) that this process holds. The kernel lets go of it when the process ends in
/// whatever way.
final class HeldLock {
  fileprivate let file: File
  fileprivate init(file: File) { self.file = file }

  /// Replaces the text of the lock file, for others to read.
  func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { linux_rewrite(file.number, $0.baseAddress, UInt64($0.count)) }
  }
}

/// Where every vmm of the host notes what it has: VM numbers and chunks of the carve-out.
struct LockFolder {
  var path = "/run/bulkhead"

  private func vmPath(_ vm: Int) -> String { "\(path)/vm-\(vm).lock" }

  private func open(_ path: String) throws(Failure) -> File {
    let number = linux_open(path, LINUX_OPEN_LOCK)
    guard number >= 0 else {
      throw .refused("cannot open '\(path)': \(Text.error(Int(number)))" + Text.rootHint(number))
    }
    return File(number: number)
  }

  func prepare() throws(Failure) {
    let status = linux_make_folder(path)
    guard status == 0 else {
      throw .refused("cannot make '\(path)': \(Text.error(Int(status)))" + Text.rootHint(status))
    }
  }

  /// The lock under which numbers and chunks are claimed and dead VMs are cleaned up. Waits for it.
  func claims() throws(Failure) -> HeldLock {
    let file = try open(path + "/claim.lock")
    let status = linux_lock(file.number, 1, 1)
    guard status == 0 else {
      throw .refused("cannot lock '\(path)/claim.lock': \(Text.error(Int(status)))")
    }
    return HeldLock(file: file)
  }

  /// `nil` if another vmm has that VM.
  func tryVM(_ vm: Int) throws(Failure) -> HeldLock? { try attempt(vmPath(vm)) }

  /// `nil` if another vmm has that chunk.
  func tryChunk(_ chunk: Int) throws(Failure) -> HeldLock? {
    try attempt("\(path)/chunk-\(chunk).lock")
  }

  private func attempt(_ path: String) throws(Failure) -> HeldLock? {
    let file = try open(path)
    return linux_lock(file.number, 1, 0) == 0 ? HeldLock(file: file) : nil
  }

  /// The text of a VM's lock file if a vmm holds it, without disturbing one that wants it.
  func holder(vm: Int) -> String? {
    let number = linux_open(vmPath(vm), LINUX_OPEN_READ)
    guard number >= 0 else { return nil }
    let file = File(number: number)
    if linux_lock(file.number, 0, 0) == 0 { return nil }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = bytes.withUnsafeMutableBytes {
      linux_read_at(file.number, 0, $0.baseAddress, UInt64($0.count))
    }
    return String(decoding: bytes[..<Int(max(count, 0))], as: UTF8.self)
  }
}
