/// From a program to what is to be proved of it.
public struct Translator {
  private let index: ProgramIndex
  private let isWanted: (Function) -> Bool

  /// Functions that are not wanted are still known to those that call them.
  public init(_ program: Program, wanted: @escaping (Function) -> Bool = { _ in true }) {
    index = ProgramIndex(program)
    isWanted = wanted
  }

  public func translate() -> Translation {
    var translation = Translation(units: [], refused: [])
    for function in index.program.functions.sorted(by: { $0.name < $1.name })
    where isWanted(function) {
      translate(function, into: &translation)
    }
    return translation
  }

  private func translate(_ function: Function, into translation: inout Translation) {
    do {
      try mayBeProved(function)
      let writer = UnitWriter(index, function)
      var units: [ProofUnit] = []
      if !function.contract.requires.isEmpty || !function.contract.ensures.isEmpty {
        units.append(try writer.unit(.contract))
      }
      if function.contract.trusted == nil {
        units.insert(try writer.unit(.body), at: 0)
        units.append(try writer.unit(.smoke))
      }
      translation.units += units
    } catch let refusal as Refusal {
      translation.refused.append(
        Diagnostic(
          refusal.message, at: refusal.location ?? function.location, in: function.name))
    } catch {
      translation.refused.append(
        Diagnostic("\(error)", at: function.location, in: function.name))
    }
  }

  private func mayBeProved(_ function: Function) throws {
    if function.contract.trusted != nil { return }
    if function.body == nil {
      throw Refusal("the body could not be read: callers have the contract alone")
    }
    if function.throwsType != nil {
      throw Refusal("functions that throw are not translated yet: return an enum")
    }
    if index.recursive.contains(function.name) {
      throw Refusal(
        "it calls itself, in its body or its contract, directly or through others; recursion is not proved: write a loop with variant(…)"
      )
    }
  }
}
