import EngineABI
import IsolationCore
import Testing

/// The glue's assembly knows these numbers.
@Suite struct LayoutTests {
  @Test func theFrameIsWhatTheVectorsStore() {
    #expect(MemoryLayout<Frame>.offset(of: \.x) == 0)
    #expect(MemoryLayout<Frame>.offset(of: \.pc) == 248)
    #expect(MemoryLayout<Frame>.offset(of: \.pstate) == 256)
    #expect(MemoryLayout<Frame>.size == 272)
    #expect(MemoryLayout<Frame>.stride == 272)
  }

  @Test func theFrameComesFirstInAContext() {
    #expect(MemoryLayout<Context>.offset(of: \.frame) == 0)
  }

  @Test func partsOfAContextAreMultiplesOf16Bytes() throws {
    let offsets: [(String, Int?)] = [
      ("system", MemoryLayout<Context>.offset(of: \.system)),
      ("timer", MemoryLayout<Context>.offset(of: \.timer)),
      ("interrupts", MemoryLayout<Context>.offset(of: \.interrupts)),
      ("floatingPoint", MemoryLayout<Context>.offset(of: \.floatingPoint)),
      ("a context", MemoryLayout<Context>.stride),
    ]
    for (name, offset) in offsets {
      let offset = try #require(offset)
      #expect(offset % 16 == 0, "\(name) at \(offset)")
    }
  }

  @Test func floatingPointStateIs528Bytes() {
    #expect(MemoryLayout<FloatingPoint>.size == 528)
    #expect(MemoryLayout<FloatingPoint>.offset(of: \.v) == 0)
    #expect(MemoryLayout<FloatingPoint>.offset(of: \.fpcr) == 512)
    #expect(MemoryLayout<FloatingPoint>.offset(of: \.fpsr) == 520)
  }

  @Test func aVMsNumberFitsWhatIsKeptOfIt() {
    #expect(Limits.vms <= 255)
    #expect(Limits.vcpusPerVM <= 8, "masks of vCPUs and SGI target lists have 8 bits in use")
    #expect(Limits.cpus <= 8, "masks of CPUs have 8 bits")
    #expect(Limits.spis == 64, "interrupts of a VM are the bits of a word")
  }
}
