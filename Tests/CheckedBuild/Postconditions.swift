// Run with the name of a case after the rewriter has been over it: those that end in "Broken" must
// trap, the others must not.
import Contracts

struct Counter: ~Copyable {
  var value = 1
  var cells: InlineArray<4, Int> = InlineArray(repeating: 7)
  var model = GhostMap<Int> { _ in 0 }

  mutating func add(_ amount: Int, forget: Bool = false) {
    ensures(value == old(value) + amount)
    if forget { return }  // an early exit is an exit too
    value += amount
  }

  mutating func set(_ index: Int, besides other: Int? = nil) {
    ensures(cells[index] == 0)
    ensures(forall(0..<4) { $0 != index ==> cells[$0] == old(cells[$0]) })
    cells[index] = 0
    if let other { cells[other] = 0 }
  }

  func half(_ number: Int, wrong: Bool = false) throws(Odd) -> Int {
    ensures { (result: Int) in result + result == number }
    if number % 2 != 0 { throw Odd() }
    return wrong ? number : number / 2
  }

  /// Conditions about ghost state are not evaluated, whatever stands beside them.
  mutating func model(_ index: Int, forget: Bool = false) {
    requires(ghost: model[index] == 0)
    ensures(ghost: model[index] == old(model[index]) + 1)
    ensures(value == old(value) + 2)
    for _ in 0..<(forget ? 1 : 2) {
      invariant(ghost: model[index] == old(model[index]))
      invariant(value >= old(value))
      ghost { model[index] = old(model[index]) + 1 }
      holds(ghost: model[index] > 0)
      value += 1
    }
  }

  var isPositive: Bool {
    ensures { (result: Bool) in result == (value > 0) }
    return value >= 0
  }
}

struct Odd: Error {}

func steps(_ count: Int, _ total: inout Int, skip: Int? = nil) {
  requires(count >= 0)
  for step in 0..<count {
    invariant(total == old(total) + step)
    if step == skip { continue }
    total += 1
  }
}

@main struct Cases {
  static func main() throws {
    var counter = Counter()
    var total = 5
    switch CommandLine.arguments.last {
    case "addition": counter.add(3)
    case "additionBroken": counter.add(3, forget: true)
    case "cells": counter.set(2)
    case "cellsBroken": counter.set(2, besides: 1)
    case "result": _ = try counter.half(6)
    case "resultBroken": _ = try counter.half(6, wrong: true)
    case "error": do { _ = try counter.half(5) } catch {}
    case "ghost": counter.model(3)
    case "ghostBroken": counter.model(3, forget: true)
    case "property": _ = counter.isPositive
    case "propertyBroken":
      counter.value = 0
      _ = counter.isPositive
    case "invariant": steps(4, &total)
    case "invariantBroken": steps(4, &total, skip: 1)
    case let name: fatalError("no case \(name ?? "")")
    }
  }
}
