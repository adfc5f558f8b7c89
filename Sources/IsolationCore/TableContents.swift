import Contracts
import EngineABI

// What the engine's memory holds, in the terms of the model of tables (Tables.swift).

extension TableMemory {
  /// Writes an entry of one of the engine's tables: at boot.
  mutating func write(_ descriptor: Descriptor, at slot: Slot) {
    requires(holds(slot.table, pages: 1))
    ensures(
      ghost: Tables.contents(words(), engineBase)
        == Tables.changing(
          old(Tables.contents(words(), engineBase)), slot, descriptor.entry))
    var before = GhostMap<UInt64>()
    ghost { before = words() }
    engine[Int((slot.address - engineBase) / 8)] = descriptor.raw
    ghost {
      Tables.write(
        words(), before, engineBase, slot, slot.page, slot.index,
        Int((slot.address - engineBase) / 8), descriptor)
    }
  }

  /// What lies in the engine's tables.
  func words() -> GhostMap<UInt64> {
    GhostMap { (index: Int) in index >= 0 && index < engine.count ? engine[index] : 0 }
  }
}

// Of words, by their places from the address `base` on.

extension Tables {
  /// What entries say, of every page.
  static func contents(
    _ words: GhostMap<UInt64>, _ base: UInt64
  ) -> GhostMap<GhostMap<TableEntry>> {
    let limit = Tables.pages
    return GhostMap { (page: Int) in
      page < 0 || page >= limit ? GhostMap { _ in TableEntry.invalid } : row(page, words, base)
    }
  }

  private static func row(
    _ page: Int, _ words: GhostMap<UInt64>, _ base: UInt64
  ) -> GhostMap<TableEntry> {
    requires(page >= 0 && page < Tables.pages)
    let start = page * 4096
    return GhostMap { (entry: Int) in
      entry < 0 || entry >= 512 ? .invalid : says(start + entry * 8, words, base)
    }
  }

  private static func says(
    _ address: Int, _ words: GhostMap<UInt64>, _ base: UInt64
  ) -> TableEntry {
    requires(address >= 0 && address < 1 << 50)
    if base > UInt64(address) { return .invalid }
    return entry(words[(address - Int(base)) / 8])
  }

  private static func entry(_ word: UInt64) -> TableEntry {
    let descriptor = Descriptor(raw: word)
    return descriptor.entry
  }

  private static func setting(
    _ words: GhostMap<UInt64>, _ index: Int, _ word: UInt64
  ) -> GhostMap<UInt64> {
    var result = words
    result[index] = word
    return result
  }

  /// An entry is written.
  static func write(
    _ words: GhostMap<UInt64>, _ before: GhostMap<UInt64>, _ base: UInt64, _ slot: Slot,
    _ page: Int, _ index: Int, _ place: Int, _ descriptor: Descriptor
  ) {
    requires(page == slot.page && index == slot.index)
    requires(base <= UInt64(page) * 4096 && place == (page * 4096 + index * 8 - Int(base)) / 8)
    requires(words == setting(before, place, descriptor.raw))
    ensures(contents(words, base) == changing(contents(before, base), slot, descriptor.entry))
    let limit = Tables.pages
    for other in 0..<limit {
      invariant(forall(0..<other) { $0 == page || row($0, words, base) == row($0, before, base) })
      if other != page { keepRow(words, before, base, page, index, place, descriptor.raw, other) }
    }
    writeRow(words, before, base, page, index, place, descriptor.raw)
    holds(entry(descriptor.raw) == descriptor.entry)
    holds(
      contents(words, base) == replacing(contents(before, base), page, row(page, words, base)))
    holds(contents(before, base)[page] == row(page, before, base))
  }

  private static func writeRow(
    _ words: GhostMap<UInt64>, _ before: GhostMap<UInt64>, _ base: UInt64, _ page: Int,
    _ index: Int, _ place: Int, _ word: UInt64
  ) {
    requires(page >= 0 && page < Tables.pages && index >= 0 && index < 512)
    requires(base <= UInt64(page) * 4096 && place == (page * 4096 + index * 8 - Int(base)) / 8)
    requires(words == setting(before, place, word))
    ensures(row(page, words, base) == setting(row(page, before, base), index, entry(word)))
    let start = page * 4096
    for other in 0..<512 {
      invariant(
        forall(0..<other) {
          $0 == index || says(start + $0 * 8, words, base) == says(start + $0 * 8, before, base)
        })
      if other != index {
        keep(words, before, base, start + index * 8, start + other * 8, place, word)
      }
    }
    holds(words[place] == word)
    holds(says(start + index * 8, words, base) == entry(word))
  }

  private static func keepRow(
    _ words: GhostMap<UInt64>, _ before: GhostMap<UInt64>, _ base: UInt64, _ page: Int,
    _ index: Int, _ place: Int, _ word: UInt64, _ other: Int
  ) {
    requires(page >= 0 && page < Tables.pages && index >= 0 && index < 512 && other != page)
    requires(other >= 0 && other < Tables.pages)
    requires(base <= UInt64(page) * 4096 && place == (page * 4096 + index * 8 - Int(base)) / 8)
    requires(words == setting(before, place, word))
    ensures(row(other, words, base) == row(other, before, base))
    let start = other * 4096
    for entry in 0..<512 {
      invariant(
        forall(0..<entry) {
          says(start + $0 * 8, words, base) == says(start + $0 * 8, before, base)
        })
      keep(words, before, base, page * 4096 + index * 8, start + entry * 8, place, word)
    }
  }

  /// Another address says what it did.
  private static func keep(
    _ words: GhostMap<UInt64>, _ before: GhostMap<UInt64>, _ base: UInt64, _ address: Int,
    _ other: Int, _ place: Int, _ word: UInt64
  ) {
    requires(address >= 0 && address < 1 << 50 && other >= 0 && other < 1 << 50)
    requires(base <= UInt64(address) && place == (address - Int(base)) / 8)
    requires(other <= address - 8 || other >= address + 8)
    requires(words == setting(before, place, word))
    ensures(says(other, words, base) == says(other, before, base))
    if base <= UInt64(other) { holds((other - Int(base)) / 8 != place) }
  }

  /// But for one table, and a range of pages, all is as it was.
  static func areSame(
    _ tables: GhostMap<GhostMap<TableEntry>>, _ before: GhostMap<GhostMap<TableEntry>>,
    but table: Int, _ first: Int, _ end: Int
  ) -> Bool {
    let limit = Tables.pages
    return forall(0..<limit) {
      $0 == table || $0 >= first && $0 < end || tables[$0] == before[$0]
    }
  }
}
