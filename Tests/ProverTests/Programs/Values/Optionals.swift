import Contracts

func forceUnwrap(_ a: Int?) -> Int {
  return a!  // fails: nil
}

func forceChecked(_ a: Int?) -> Int {
  requires(a != nil)
  ensures { (result: Int) in a == result }
  return a!
}

func bindIfLet(_ a: Int?) -> Int {
  ensures { (result: Int) in a == nil ? result == -1 : result == a! }
  if let value = a { return value }
  return -1
}

func bindShorthand(_ a: UInt8?) -> UInt8 {
  ensures { (result: UInt8) in a == nil || a == result }
  if let a { return a }
  return 0
}

func bindGuard(_ a: Int?, _ b: Int?) -> Bool {
  ensures { (result: Bool) in result == (a != nil && b != nil && a! < b!) }
  guard let left = a, let right = b, left < right else { return false }
  return true
}

func coalesce(_ a: Int?) -> Int {
  ensures { (result: Int) in a != nil || result == 3 }
  ensures { (result: Int) in a == nil || result == a! }
  return a ?? 3
}

func coalesceWrong(_ a: Int?) -> Int {
  ensures { (result: Int) in result == 3 }  // fails: ensures
  return a ?? 3
}

func assignOptional(_ flag: Bool) -> Int? {
  ensures { (result: Int?) in flag ? result == 4 : result == nil }
  var value: Int? = nil
  if flag { value = 4 }
  return value
}

func nilIsNotZero(_ a: Int?) -> Bool {
  ensures { (result: Bool) in result == (a == nil) }  // fails: ensures
  return a == 0 || a == nil
}

func caseSome(_ a: Int?) -> Int {
  ensures { (result: Int) in result >= 0 }
  if case .some(let value) = a, value > 0 { return value }
  return 0
}

func switchOptional(_ a: Int?) -> Int {
  ensures { (result: Int) in a == 5 ==> result == 1 }
  ensures { (result: Int) in a == nil ==> result == 2 }
  ensures { (result: Int) in a != nil && a! != 5 ==> result == 3 }
  switch a {
  case .some(5): return 1
  case nil: return 2
  case .some: return 3
  }
}

func unwrapTwice(_ a: Int??) -> Int {
  ensures { (result: Int) in result == 0 || a != nil }
  guard let outer = a, let inner = outer else { return 0 }
  return inner
}

func unwrapAfterTest(_ a: Int?) -> Int {
  if a == nil { return 0 }
  return a!
}

func unwrapWrongTest(_ a: Int?, _ b: Int?) -> Int {
  if a == nil { return 0 }
  return b!  // fails: nil
}

func equalOptionals(_ a: UInt8?, _ b: UInt8?) -> Bool {
  ensures { (result: Bool) in a == nil && b == nil ==> result }
  ensures { (result: Bool) in a == 3 && b == 3 ==> result }
  ensures { (result: Bool) in a == 3 && b == nil ==> !result }
  return a == b
}

struct OptionalHolder {
  var value: Int?
  var other: Int
}

func optionalField(_ holder: inout OptionalHolder) -> Int {
  ensures { (result: Int) in holder.value == nil && holder.other == old(holder.other) }
  ensures { (result: Int) in old(holder.value) == nil || result == old(holder.value)! }
  let result = holder.value ?? 0
  holder.value = nil
  return result
}
