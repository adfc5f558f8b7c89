import Contracts
import EngineABI

/// Everything that a step of a guest tells the host: two such steps that tell the same look the same
/// to it, whatever they are, and wherever else the guests differ (`guestStep`).
public struct Told: BitwiseCopyable, Equatable, Sendable {
  /// The run ends: what the host is answered, and what the vCPU is then.
  var ends = false
  var answer = Answer()
  var life = Life.ready
  /// What is counted.
  var counter = -1
  var isRefused = false
  /// What the vmm has to complete, and the width of that access.
  var request = Request.none
  var bytes: UInt64 = 0
  /// Which vCPU is turned on; not where it starts.
  var vcpus = VCPUChange()
  /// A page of which the host sees something else now, as it sees it; or -1.
  var page = -1
  var shown = Page()
  public init() {}
}

extension System {
  /// What a step of a guest tells the host.
  public func told(_ step: Step, _ cpu: Int) -> Told {
    requires(cpu >= 0 && cpu < Limits.cpus)
    return told(decide(step, cpu).change)
  }

  func told(_ change: Change) -> Told {
    requires(fits(change))
    var told = Told(change)
    if !showsHost(change.pages) { return told }
    told.page = change.pages.first
    told.shown = change.pages.changed(pages[change.pages.first], change.pages.first).shown
    return told
  }

  /// Whether the host sees something else of the first page of a change.
  func showsHost(_ change: PageChange) -> Bool {
    requires(change.isSound && change.first + change.count <= pages.count)
    if change.count == 0 { return false }
    let after = change.changed(pages[change.first], change.first)
    return after.isHosts || after.shown != pages[change.first].shown
  }
}

extension Told {
  /// All but pages.
  init(_ change: Change) {
    ends = change.ends
    answer = change.answer
    life = change.ends ? change.life : .ready
    counter = change.counter
    isRefused = change.isRefused
    request = change.request
    bytes = change.request == .none ? 0 : change.access.bytes
    vcpus = VCPUChange(change.vcpus.kind, change.vcpus.first, change.vcpus.count)
  }
}

// What is told in each of the ways that there are.

extension Told {
  /// The guest goes on.
  init(counting counter: Int, isRefused: Bool) {
    self.counter = counter
    self.isRefused = isRefused
  }

  /// The run ends.
  init(ending exit: Exit, _ first: UInt64, _ life: Life, _ counter: Int, isRefused: Bool) {
    ends = true
    answer = Answer(full: UInt64(bitPattern: exit.rawValue), first, 0, 0)
    self.life = life
    self.counter = counter
    self.isRefused = isRefused
  }

  /// It ends with another vCPU turned on.
  init(waking vcpus: VCPUChange, _ mask: UInt64) {
    ends = true
    answer = Answer(full: UInt64(bitPattern: Exit.wake.rawValue), mask, 0, 0)
    counter = Int(Counter.hypercall.rawValue)
    self.vcpus = VCPUChange(vcpus.kind, vcpus.first, vcpus.count)
  }

  /// It ends with an access that the vmm has to complete.
  init(asking address: UInt64, _ bytes: UInt64, _ isWrite: Bool, _ value: UInt64) {
    ends = true
    answer = Answer(
      full: UInt64(bitPattern: isWrite ? Exit.deviceWrite.rawValue : Exit.deviceRead.rawValue),
      address, bytes, value)
    counter = Int(isWrite ? Counter.deviceWrite.rawValue : Counter.deviceRead.rawValue)
    request = isWrite ? .write : .read
    self.bytes = bytes
  }
}

extension Change {
  /// Nothing, pages apart.
  var isUntold: Bool { Told(self) == Told() }
}

extension Page {
  /// What the host sees of it.
  var shown: Page {
    var result = self
    if !isHosts { result.contents = 0 }
    return result
  }
}
