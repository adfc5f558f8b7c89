import Foundation
import Prover
import Testing

/// Theorems of a small machine as statements of Coq.
@Suite struct CoqTests {
  static let sample = Result {
    try Sample(
      """
      struct Light: Equatable { var isOn = false; var count: UInt8 = 0 }
      enum Key: UInt8 { case press = 1, wait }
      struct Room: ~Copyable {
        static let size = 4
        static let last = Room.size * 2 - 1
        var lights: Table<Light>
        var now = 0
        mutating func press(_ index: Int, _ key: Key) -> Bool {
          requires(index >= 0 && index < lights.count)
          ensures(lights[index].count == old(lights[index].count) &+ 1)
          lights[index].count = lights[index].count &+ 1
          return lights[index].isOn
        }
        mutating func set(_ value: Int) { now = value }
        mutating func set(_ value: UInt8) { now = Int(value) }
        mutating func move(_ to: inout Room) { to.now = now; now = 0 }
        func isLit(_ index: Int) -> Bool {
          requires(index >= 0 && index < lights.count)
          return lights[index].isOn
        }

        // Theorems.
        func quantified(_ x: Int, _ key: Key, _ flag: Bool) {
          requires(x >= -1 && x <= Room.last)
          requires(key != .wait ==> (flag || x == 0) && key.rawValue < 7)
          ensures(forall(0..<lights.count) { i in i + 1 > x ? isLit(i) == flag : !isLit(i) })
          ensures(exists(0..<x) { $0 / 2 % 3 == 1 } || (0...9).contains(x))
        }
        mutating func pressed(_ index: Int) {
          requires(index >= 0 && index < lights.count)
          ensures(lights[index].count == old(lights[index].count) || now == old(now))
          if index > 3 { note(index) }
          let next = index + 0
          let answer = press(next, .press)
          _ = press(Room.place(answer), .wait)
          note(index)
        }
        mutating func twice(_ other: inout Room, _ value: Int) {
          ensures(now == old(other.now))
          set(value)
          other.again(value)
          other.move(&self)
        }
        mutating func again(_ value: Int) {
          ensures(now == value)
          set(value)
          set(UInt8(3))
        }
        static func place(_ flag: Bool) -> Int { flag ? 1 : 0 }
        func note(_ index: Int) { ensures(index == index) }
        func value(_ index: Int) -> Int? {
          ensures { (result: Int?) in result == nil || now > 0 }
          return index == 3 ? nil : 3
        }

        // What cannot be said.
        mutating func early(_ value: Int) { ensures(now == 0)
          if value == 3 { return }
          set(value)
        }
        mutating func branching(_ value: Int) { ensures(now == 0)
          if value == 3 { set(value) }
        }
        mutating func assigning() { ensures(now == 0)
          now = 0
        }
        mutating func variable(_ value: Int) { ensures(now == 0)
          var other = value
          other += 1
          set(other)
        }
        mutating func blind(_ value: Int) { ensures(now == 0)
          believed()
        }
        mutating func believed() { trusted("so be it"); now = 0 }
        func bits(_ value: UInt8) {
          ensures(value & 3 == 0)
        }
        func optional(_ value: UInt8?) { ensures(value == nil) }
        func empty() {}
        func unproved() { trusted("so be it"); ensures(now == 0) }
      }
      """)
  }

  private func export(_ names: [String], open: Set<String> = []) throws -> [String] {
    let sample = try CoqTests.sample.get()
    try #require(sample.refusals == [])
    let export = CoqExport(
      sample.program, modules: ["Sample"], refused: sample.refused, open: open)
    return try export.text(of: names).split(separator: "\n").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
  }

  /// What a theorem says, among others that are written as well.
  private func statement(_ name: String, with others: String...) throws -> [String] {
    let lines = try export([name] + others)
    let start = lines.firstIndex { $0.hasPrefix("(* Sample.\(name)(") } ?? lines.count - 2
    return lines[(start + 2)...].prefix { !$0.hasPrefix("(*") && $0 != "}." }.map {
      $0.hasSuffix(";") ? String($0.dropLast()) : $0
    }
  }

  @Test func `requirements are premises, postconditions the conclusion`() throws {
    #expect(
      try statement("Room.quantified") == [
        "forall (self : Room) (x : Z) (key : Key) (flag : bool),",
        "is_Int x ->",
        "x >= -1 ->",
        "x <= Room_last ->",
        "(key <> Key_wait -> (flag = true \\/ x = 0) /\\ Key'rawValue key < 7) ->",
        "(forall i : Z, 0 <= i < Table'Light'count (Room_lights self) -> "
          + "(i + 1 > x -> Room_isLit self i = true <-> flag = true) /\\ "
          + "(~ i + 1 > x -> ~ Room_isLit self i = true)) /\\",
        "((exists index : Z, 0 <= index < x /\\ Z.rem (Z.quot index 2) 3 = 1) \\/ 0 <= x <= 9)",
      ])
  }

  @Test func `what is named is declared, abstract but for numbers`() throws {
    let lines = try export(["Room.quantified"])
    for line in [
      "Definition is_Int (x : Z) : Prop := (-9223372036854775808) <= x <= 9223372036854775807.",
      "Definition Room_size : Z := 4.", "Definition Room_last : Z := Room_size * 2 - 1.",
      "Room : Type;", "Room_lights : Room -> Table'Light;", "Room_isLit : Room -> Z -> bool;",
      "Key_wait : Key;", "Key'rawValue : Key -> Z;",
      "Key'rawValue'range : forall (x0 : Key), is_UInt8 (Key'rawValue x0);",
    ] {
      #expect(lines.contains(line), "\(line)")
    }
    #expect(!lines.contains { $0.hasPrefix("Room_press") })
  }

  @Test func `a body changes state by calls, and old is before them`() throws {
    #expect(
      try statement("Room.pressed") == [
        "forall (self : Room) (index : Z),",
        "is_Int index ->",
        "index >= 0 ->",
        "index < Table'Light'count (Room_lights self) ->",
        "let self' := Room_press self (index + 0) Key_press in",
        "let self'' := Room_press self' "
          + "(Room_place (Room_press'result self (index + 0) Key_press)) Key_wait in",
        "(Light_count (Table'Light'at (Room_lights self'') index) = "
          + "Light_count (Table'Light'at (Room_lights self) index) \\/ "
          + "Room_now self'' = Room_now self)",
      ])
  }

  @Test func `a theorem that is written as well is what its body does`() throws {
    let changes = [
      "let self' := Room_set_Int self value in",
      "let other' := Room_set_Int other value in",
      "let other'' := Room_set_UInt8 other' 3 in",
      "let other''' := Room_move'self other'' self' in",
      "let self'' := Room_move'to other'' self' in",
      "Room_now self'' = Room_now other",
    ]
    #expect(try statement("Room.twice", with: "Room.again").suffix(6) == changes[...])
    #expect(
      try statement("Room.twice").dropFirst(3).first == "let other' := Room_again other value in")
  }

  @Test func `a result is the function's own`() throws {
    #expect(
      try statement("Room.value").last
        == "(Room_value self index = None \\/ Room_now self > 0)")
    #expect(try export(["Room.value"]).contains("Room_value'ensures :"))
  }

  @Test(arguments: [
    ("early", "does not return before its last change"),
    ("branching", "changes state by calls, one after the other, whatever was decided"),
    ("assigning", "changes state by calls, one after the other, whatever was decided"),
    ("variable", "'other' may change"),
    ("blind", "leads to Sample.Room.believed(), which is believed"),
    ("bits", "'(value & 3)' cannot be said in a Coq statement"),
    ("optional", "has no parameter of type UInt8?"),
    ("empty", "is no theorem: it ensures nothing"),
    ("unproved", "is no theorem: it is believed (so be it)"),
  ])
  func `what cannot be said is refused at its line`(name: String, message: String) throws {
    let error = #expect(throws: Diagnostic.self) { try export(["Room.\(name)"]) }
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    #expect(error?.location.file.hasSuffix("Sample.swift") == true)
  }

  @Test func `what is not there, not proved or not one function is refused`() throws {
    #expect(throws: CoqExport.UnknownTheorem.self) { try export(["Room.nothing"]) }
    #expect(throws: CoqExport.UnknownTheorem.self) { try export(["Room.set"]) }
    #expect(throws: CoqExport.UnknownTheorem.self) { try export(["Room.note", "Room.note(_:)"]) }
    #expect(throws: Diagnostic.self) {
      try export(["Room.note"], open: ["Sample.Room.note(_:)"])
    }
  }
}
