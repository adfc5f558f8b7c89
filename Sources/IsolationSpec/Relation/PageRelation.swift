import EngineABI
import IsolationCore

// The relation of pages as far as owners go: who owns a page, and as what. Where the owner finds it, and
// what is in it, is in MemoryRelation.swift.

/// What a page of the carve-out is to its owner.
func stands(_ its: PageUse, for mine: Use) -> Bool {
  switch its {
  case .normal: mine == .memory
  case .shared: mine == .shared
  case .table: mine == .root || mine == .table2 || mine == .table3
  case .fixed: mine == .fixed
  }
}

/// A page, to its owner.
func stands(_ its: PageState, for mine: Page) -> Bool {
  guard its.owner == mine.owner else { return false }
  return stands(its.use, for: mine.use)
}
