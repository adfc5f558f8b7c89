/// Goes through a list of words: `each([a, b, c]) { address in … }`. (`InlineArray` is no sequence.)
@inline(__always)
public func each<let count: Int>(_ list: InlineArray<count, UInt64>, _ body: (UInt64) -> Void) {
  for index in list.indices { body(list[index]) }
}
