import Contracts
import EngineABI

// What of a guest's step is the same to its VM: when two changes are, and what makes such changes.

extension GuestChange {
  /// Whether two steps make the same of a guest's registers, and of what its VM sees.
  func looksSame(_ other: GuestChange) -> Bool {
    guard IsolationSpec.isSame(own, other.own) else { return false }
    return change.looksSame(other.change)
  }

  func isLike(_ other: GuestChange, _ one: Change, _ two: Change) {
    requires(IsolationSpec.isSame(own, other.own) && change == one && other.change == two)
    requires(one.looksSame(two))
    ensures(looksSame(other))
  }

  func isLike(_ other: GuestChange, _ one: GuestChange, _ two: GuestChange) {
    requires(isSame(one) && other.isSame(two) && one.looksSame(two))
    ensures(looksSame(other))
  }

  func isLike(_ other: GuestChange, _ one: Own, _ two: Own) {
    requires(IsolationSpec.isSame(own, one) && IsolationSpec.isSame(other.own, two))
    requires(IsolationSpec.isSame(one, two))
    ensures(IsolationSpec.isSame(own, other.own))
  }
}

extension Change {
  /// Whether two changes by guests of one VM look the same to it.
  func looksSame(_ other: Change) -> Bool {
    guard ends == other.ends, !ends || life == other.life, request == other.request,
      request == .none || access == other.access, vcpus.count == other.vcpus.count,
      vcpus.count == 0 || vcpus == other.vcpus
    else { return false }
    return pages.looksSame(other.pages)
  }

  func looksLikeItself() {
    ensures(looksSame(self))
  }

  /// What the host is answered is nothing to the VM.
  static func endsSame(
    _ exit: Exit, _ one: UInt64, _ other: UInt64, _ life: Life, _ counter: Int
  ) {
    requires(counter >= -1 && counter < 16)
    ensures(
      Change.ending(exit, one, life, counter).looksSame(Change.ending(exit, other, life, counter)))
  }

  static func usesSame(_ x: PageChange, _ y: PageChange, _ counter: Int) {
    requires(x.isSound && y.isSound && x.count <= 1 && y.count <= 1 && x.looksSame(y))
    requires(counter >= -1 && counter < 16)
    ensures(Change.using(x, counter).looksSame(Change.using(y, counter)))
    let one = Change.using(x, counter)
    let other = Change.using(y, counter)
    holds(!one.ends && !other.ends && one.request == other.request)
    holds(one.request == .none && one.vcpus.count == 0 && other.vcpus.count == 0)
    holds(one.pages.looksSame(other.pages))
  }
}

extension PageChange {
  /// Whether two changes are of pages that a VM finds at the same place, if of any.
  func looksSame(_ other: PageChange) -> Bool {
    guard count == other.count else { return false }
    return count == 0
      || owner == other.owner && use == other.use && place == other.place
        && isRow == other.isRow && keepsContents == other.keepsContents
        && contents == other.contents
  }
}

extension Own {
  /// Before a step.
  var resting: Own {
    var result = self
    result.fault = .none
    return result
  }

  /// The steps that read nothing but the guest's own registers.
  func makesAlike(_ other: Own, _ step: Step) {
    requires(isSame(self, other))
    ensures(making(step).looksSame(other.making(step)))
    switch step {
    case .guestDebug(let isRead, let register): readsSame(other, isRead, register, 0)
    case .guestInterruptEnable(let isRead, let register):
      readsSame(other, isRead, register, 0b111)
    case .guestRegisters(let value): renewsSame(other, step, value)
    default: return
    }
  }

  private func renewsSame(_ other: Own, _ step: Step, _ value: UInt64) {
    requires(isSame(self, other))
    ensures(making(.guestRegisters(value)).looksSame(other.making(.guestRegisters(value))))
    registers.renewsSame(other.registers, value)
  }

  func readsSame(_ other: Own, _ isRead: Bool, _ register: UInt64, _ value: UInt64) {
    requires(isSame(self, other))
    ensures(
      reading(isRead, register, value).looksSame(other.reading(isRead, register, value)))
    registers.writesSame(other.registers, register, value)
  }

  func loadsSame(_ other: Own, _ value: UInt64) {
    requires(isSame(self, other))
    ensures(isSame(loading(value), other.loading(value)))
    registers.next().writesSame(other.registers.next(), 5, value)
  }

  /// The instruction is done.
  var done: Own {
    var result = self
    result.registers = registers.next()
    return result
  }

  /// After WFI.
  func waiting(_ isDue: Bool) -> Own {
    var result = done
    if isDue { result.timerLine = true }
    return result
  }

  func waitsSame(_ other: Own, _ isDue: Bool) {
    requires(isSame(self, other))
    ensures(isSame(waiting(isDue), other.waiting(isDue)))
  }

  /// After a load into x5.
  func loading(_ value: UInt64) -> Own {
    var result = self
    result.registers = registers.next().writing(5, value)
    return result
  }

  /// After a store of x5.
  func storing(_ value: UInt64) -> Own {
    var result = self
    result.registers = registers.writing(5, value)
    return result
  }

  func storesSame(_ other: Own, _ value: UInt64) {
    requires(isSame(self, other))
    ensures(isSame(storing(value), other.storing(value)))
    ensures(isSame(storing(value).done, other.storing(value).done))
    registers.writesSame(other.registers, 5, value)
  }

  /// An access that is not mapped.
  func asksSame(_ other: Own, _ address: UInt64, _ access: Access) {
    requires(isSame(self, other))
    ensures(
      System.guestAbort(self, address, access)
        .looksSame(System.guestAbort(other, address, access)))
    registers.readsSame(other.registers, access.register)
  }

  func refusesSame(_ other: Own, _ exceptionClass: UInt64, _ fault: Fault) {
    requires(isSame(self, other))
    ensures(
      GuestChange(refusing: self, exceptionClass, fault)
        .looksSame(GuestChange(refusing: other, exceptionClass, fault)))
  }

  func endsSame(_ other: Own, _ change: Change) {
    requires(isSame(self, other))
    ensures(GuestChange(self, change).looksSame(GuestChange(other, change)))
    change.looksLikeItself()
  }

  func returnsSame(_ other: Own, _ value: UInt64) {
    requires(isSame(self, other))
    ensures(isSame(returning(value), other.returning(value)))
  }

  func answersSame(_ other: Own, _ value: UInt64) {
    requires(isSame(self, other))
    ensures(answered(value).looksSame(other.answered(value)))
    returnsSame(other, value)
  }

  func answersSame(_ other: Own, _ one: UInt64, _ two: UInt64) {
    requires(isSame(self, other) && one == two)
    ensures(answered(one).looksSame(other.answered(two)))
    answersSame(other, one)
  }

  func answersSame(_ other: Own, _ one: Sharing, _ two: Sharing) {
    requires(isSame(self, other) && one.pages.isSound && two.pages.isSound)
    requires(one.pages.count <= 1 && two.pages.count <= 1)
    requires(one.status == two.status && one.pages.looksSame(two.pages))
    ensures(answered(one).looksSame(other.answered(two)))
    returnsSame(other, UInt64(bitPattern: one.status.rawValue))
    Change.usesSame(one.pages, two.pages, Int(Counter.hypercall.rawValue))
  }

  func refusesToTurnOnSame(_ other: Own, _ value: UInt64) {
    requires(isSame(self, other))
    ensures(refusedOn(value).looksSame(other.refusedOn(value)))
    returnsSame(other, value)
  }
}

extension Registers {
  fileprivate func readsSame(_ other: Registers, _ register: UInt64) {
    requires(isSame(self, other))
    ensures(read(register) == other.read(register))
    if register < 31 { readsSame(other, Int(truncatingIfNeeded: register)) }
  }

  private func readsSame(_ other: Registers, _ register: Int) {
    requires(isSame(self, other) && register >= 0 && register < 31)
    ensures(x[register] == other.x[register])
  }

  fileprivate func writesSame(_ other: Registers, _ register: UInt64, _ value: UInt64) {
    requires(isSame(self, other))
    ensures(isSame(writing(register, value), other.writing(register, value)))
  }

  fileprivate func renewsSame(_ other: Registers, _ value: UInt64) {
    requires(isSame(self, other))
    ensures(isSame(renewed(value), other.renewed(value)))
  }
}
