import Foundation

@testable import Prover

/// Units as the translation writes them, but shorter.
enum Samples {
  private static let words = """
      use int.Int
      type u64 = <range 0 0xffff_ffff_ffff_ffff>
      val function u64_int (x: u64) : int ensures { result = u64'int x }
      val u64_of (x: int) : u64
        requires { [@expl:overflow] 0 <= x <= 0xffff_ffff_ffff_ffff }
        ensures { u64'int result = x }

    """

  static let share = """
    module Unit
    \(words)
      type page = { mutable owner: u64; mutable count: u64 }
      let share (p: page) (n: u64) : unit
        requires { [#"Pages.swift" 3 5 20] [@expl:requires] 0 < u64'int n < 100 }
        requires { u64'int p.count < 1000 }
        writes { p.count }
        ensures { [#"Pages.swift" 4 5 20] [@expl:ensures] u64'int p.count >= u64'int (old p).count }
      =
        p.count <- ([#"Pages.swift" 7 5 20] u64_of (u64_int p.count + u64_int n));
        [#"Pages.swift" 8 9 22] assert { [#"Pages.swift" 8 9 22] [@expl:holds] 0 < u64_int p.count }
    end

    """

  /// Of natural numbers x and y.
  static func ensures(_ condition: String) -> String {
    """
    module Unit
      use int.Int
      let f (x y: int) : unit
        requires { x >= 0 /\\ y >= 0 }
        ensures { [#"F.swift" 4 5 20] [@expl:ensures] \(condition) }
      = ()
    end

    """
  }

  static let fermat = """
    module Unit
      use int.Int
      let f (x y z: int) : unit
        requires { x > 0 /\\ y > 0 /\\ z > 0 }
        ensures { [#"F.swift" 4 5 20] [@expl:ensures] x*x*x*x*x + y*y*y*y*y <> z*z*z*z*z }
      = ()
    end

    """

  /// With names as the translation makes them.
  static let page = """
    module Unit
      use int.Int
      use map.Map
      type u64 = <range 0 0xffff_ffff_ffff_ffff>
      type state_x = State_x_normal | State_x_shared
      type page_x = { page_x_count: u64; page_x_state: state_x; page_x_other: u64 }
      type optional_u64 = None_optional_u64 | Some_optional_u64 u64
      type table_u64 = { mutable table_u64_elements: map int u64; table_u64_count: u64 }
      type ref_u64 = { mutable v_u64: u64 }
      constant any_u64 : u64
      let f (p: page_x) (table: table_u64) (index: u64) (place: optional_u64) (sum: ref_u64)
        (in_: bool) : unit
        requires { u64'int p.page_x_count = 100 /\\ p.page_x_state = State_x_shared }
        requires { u64'int (get table.table_u64_elements (u64'int index)) = 7 }
        requires { place = Some_optional_u64 index /\\ u64'int sum.v_u64 = 65536 }
        requires { in_ /\\ u64'int any_u64 = 3 }
        ensures { [#"F.swift" 4 5 20] [@expl:ensures] u64'int index = 5 }
      = ()
    end

    """

  static func smoke(_ requires: String) -> String {
    """
    module Unit
      use int.Int
      let f (x: int) : unit
        requires { \(requires) }
      = [#"F.swift" 5 1 2] assert { [@expl:smoke entry] false }
    end

    """
  }
}

func unit(_ text: String, kind: ProofUnit.Kind = .body, function: String = "Module.f()")
  -> ProofUnit
{
  ProofUnit(
    function: function, module: "Module", kind: kind,
    location: Location(file: "F.swift", line: 1, column: 1, offset: 0), text: text)
}

/// A folder that is gone afterwards.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = NSTemporaryDirectory() + "/prover-test-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// Paths of all files below a folder.
func files(in folder: String) throws -> [String] {
  let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
  return names.map { folder + "/" + $0 }.filter { path in
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && !isFolder.boolValue
  }
}

/// A program that stands in for a prover: it tells the version of the real one.
func script(_ body: String, named name: String, in folder: String) throws -> String {
  let path = "\(folder)/\(name)"
  let text =
    "#!/bin/bash\nif [ \"$1\" = --version ]; then exec \(name) --version; fi\n\(body)\n"
  // Another process writes it: a file that this one has open for writing is so for a moment in what
  // other tests start meanwhile, and cannot be executed until they are on their way.
  let written = try Subprocess.run(
    ["bash", "-c", "printf %s \"$1\" >\"$2\" && chmod +x \"$2\"", "bash", text, path],
    guardSeconds: 60)
  guard written.status == 0 else { throw ProofError("\(path): \(written.complaints)") }
  return path
}
