/// What the provers are told of counting: for how many numbers from `low` up to, but without, `high`
/// a property holds. The property is a map to Bool.
///
/// Nothing of it is believed: a test defines the functions and has the lemmas proved by induction.
/// Two properties agree on a range, or differ at a number that `apart` names; if they differ at no
/// second one, their counts differ by one. So an assignment of one element, which makes another map,
/// needs no lemma of its own.
public enum Counting {
  /// Declarations without definitions, and axioms.
  public static let functions = """
    function count_of_ (p: map int bool) (low high: int) : int
    function apart_ (p q: map int bool) (low high: int) : int
    function apart_again_ (p q: map int bool) (low high: int) : int
    function holding_ (p: map int bool) (low high: int) : int
    function failing_ (p: map int bool) (low high: int) : int
    """

  public static let lemmas = """
    axiom count_bounds_ : forall p: map int bool, low high: int [count_of_ p low high].
      low <= high -> 0 <= count_of_ p low high <= high - low
    axiom count_none_ : forall p: map int bool, low high: int [count_of_ p low high].
      count_of_ p low high = 0 \\/
      (low <= holding_ p low high < high /\\ get p (holding_ p low high))
    axiom count_all_ : forall p: map int bool, low high: int [count_of_ p low high].
      low <= high -> count_of_ p low high = high - low \\/
      (low <= failing_ p low high < high /\\ not (get p (failing_ p low high)))
    axiom count_some_ : forall p: map int bool, low high i: int [count_of_ p low high, get p i].
      low <= i < high -> get p i -> count_of_ p low high >= 1
    axiom count_less_ : forall p: map int bool, low high i: int [count_of_ p low high, get p i].
      low <= i < high -> not (get p i) -> count_of_ p low high < high - low
    axiom count_apart_ : forall p q: map int bool, low high: int
      [count_of_ p low high, count_of_ q low high].
      let d = apart_ p q low high in
      (count_of_ p low high = count_of_ q low high /\\
        (forall i: int [get p i | get q i]. low <= i < high -> get p i = get q i)) \\/
      (low <= d < high /\\ get p d <> get q d /\\
        (let e = apart_again_ p q low high in
          count_of_ q low high - count_of_ p low high = (if get q d then 1 else (-1)) \\/
          (low <= e < high /\\ e <> d /\\ get p e <> get q e)))
    axiom count_next_ : forall p q: map int bool, low high next: int
      [count_of_ p low high, count_of_ q low next].
      low <= high -> next = high + 1 ->
      (let d = apart_ p q low high in low <= d < high /\\ get p d <> get q d) \\/
      count_of_ q low next = count_of_ p low high + (if get q high then 1 else 0)
    axiom count_joined_ : forall p: map int bool, low middle high: int
      [count_of_ p low middle, count_of_ p middle high].
      low <= middle <= high ->
      count_of_ p low high = count_of_ p low middle + count_of_ p middle high
    """
}

extension Evaluator {
  /// `count(range) { i in condition }`
  func tally(
    _ name: String, _ bounds: Bounds, _ body: Expression, _ location: Location
  ) throws -> Term {
    let each = try overRange(name, bounds, body)
    context.declare("counting") { Counting.functions + "\n" + Counting.lemmas }
    let end = bounds.isClosed ? "(\(each.high.text) + 1)" : each.high.text
    let property = "(fun (\(each.variable): int) -> \(try stored(each.property, .bool)))"
    let length = each.high.interval - each.low.interval
    let number = Term(
      "(count_of_ \(property) \(each.low.text) \(end))",
      interval: Interval(low: 0, high: length.high.map { max($0 + (bounds.isClosed ? 1 : 0), 0) }))
    return fitting(number, .int, "overflow", location)
  }
}
