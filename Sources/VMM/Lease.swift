import CLinux
import EngineABI

/// A VM number and chunks of the carve-out that this process holds by file locks.
struct Lease {
  var vm: Int
  /// Indices of chunks: the first is for tables, the rest are the guest's memory in order.
  var chunks: [Int]
  private var locks: [HeldLock]

  var tables: Int { chunks[0] }
  var memory: ArraySlice<Int> { chunks[1...] }

  /// Claims what a guest needs, after cleaning up behind dead VMs. The caller holds
  /// ``LockFolder/claims()``.
  static func claim(
    _ options: Options, collector: Collector, carveOut: CarveOut
  ) throws(Failure) -> Lease {
    let folder = collector.locks
    _ = try collector.collect()
    try refuseSameName(options.name, folder)
    // The VM before the chunks: a dying process closes its files in the order of their numbers, so
    // when a chunk is found free, the VM that still owns it is known to be dead.
    let (vm, lock) = try freeVM(collector)
    let count = Int(options.memory / PageSize.block) + 1
    var lease = Lease(vm: vm, chunks: [], locks: [lock])
    linux_allow_many_files()
    for chunk in 0..<carveOut.chunks where lease.chunks.count < count {
      guard let lock = try folder.tryChunk(chunk) else { continue }
      lease.chunks.append(chunk)
      lease.locks.append(lock)
    }
    guard lease.chunks.count == count else {
      let free = UInt64(max(lease.chunks.count - 1, 0)) * PageSize.block
      throw .refused(
        "\(Text.size(options.memory)) of memory are not free: \(Text.size(free)) of the "
          + "carve-out's \(Text.size(carveOut.bytes)) are; ask for less with --memory, or end a "
          + "guest (try: vmm list)")
    }
    _ = try collector.collect()
    let name = options.name.utf8.isEmpty ? "vm-\(vm)" : options.name
    let holder = Holder(
      name: name, process: Int(linux_process_id()), memory: options.memory, cpus: options.cpus)
    lock.write(holder.text)
    return lease
  }

  private static func freeVM(_ collector: Collector) throws(Failure) -> (Int, HeldLock) {
    for vm in 1...Limits.vms {
      guard let lock = try collector.locks.tryVM(vm) else { continue }
      var engine = collector.management
      engine.vm = vm
      if try engine.state().state == .free { return (vm, lock) }
    }
    throw .refused("all \(Limits.vms) VMs are in use; end one (try: vmm list)")
  }

  private static func refuseSameName(_ name: String, _ folder: LockFolder) throws(Failure) {
    guard !name.utf8.isEmpty else { return }
    for vm in 1...Limits.vms {
      guard let text = folder.holder(vm: vm) else { continue }
      let holder = Holder(text)
      guard holder.name != name else {
        throw .refused(
          "a guest named '\(name)' runs already (VM \(vm), process \(holder.process)); give "
            + "another --name")
      }
    }
  }
}
