import Testing

@testable import VMM

private func parse(_ line: String...) throws -> Command { try ArgumentParser.parse(line) }

private func options(_ line: String...) throws -> Options? {
  if case .start(let options) = try ArgumentParser.parse(line) { return options }
  return nil
}

private func complaint(_ line: String...) -> String? {
  failure { _ = try ArgumentParser.parse(line) }.map {
    $0.code == .configuration ? $0.message : "wrong exit code \($0.code)"
  }
}

@Suite("Command line")
struct ArgumentParserTests {
  @Test("A kernel alone starts a guest of 256 MiB and one vCPU on this terminal")
  func defaults() throws {
    let options = try #require(try options("--kernel", "Image"))
    #expect(options.kernel == "Image")
    #expect(options.initrd == nil)
    #expect(options.memory == 256 << 20)
    #expect(options.cpus == 1)
    #expect(options.commandLine == "console=ttyAMA0")
    #expect(options.console == .stdio)
    #expect(options.onReset == .restart)
    #expect(!options.isVerbose)
  }

  @Test("Every option sets what it names")
  func everyOption() throws {
    let options = try #require(
      try options(
        "--kernel", "K", "--initrd", "I", "--memory", "1G", "--cpus", "8", "--cmdline",
        "quiet root=/dev/vda", "--console", "file:/tmp/x=y", "--name", "web-1.a_B", "--on-reset",
        "exit", "--report", "R", "--verbose"))
    #expect(options.initrd == "I")
    #expect(options.memory == 1 << 30)
    #expect(options.cpus == 8)
    #expect(options.commandLine == "quiet root=/dev/vda")
    #expect(options.console == .file("/tmp/x=y"))
    #expect(options.name == "web-1.a_B")
    #expect(options.onReset == .exit)
    #expect(options.report == "R")
    #expect(options.isVerbose)
  }

  @Test("A value may follow an equals sign, and hold more of them")
  func equalsSign() throws {
    let options = try #require(try options("--kernel=K", "--cmdline=a=b c=d", "--memory=512M"))
    #expect(options.kernel == "K")
    #expect(options.commandLine == "a=b c=d")
    #expect(options.memory == 512 << 20)
  }

  @Test("An empty command line for the kernel is allowed, an empty kernel is not")
  func empty() throws {
    #expect(try options("--kernel", "K", "--cmdline", "")?.commandLine == "")
    #expect(complaint("--kernel", "")?.contains("'--kernel' needs a value") == true)
  }

  @Test("Memory is given in bytes, K, M or G, and is a multiple of 2 MiB")
  func memory() throws {
    for (text, bytes): (String, UInt64) in [
      ("2M", 2 << 20), ("2048K", 2 << 20), ("4194304", 4 << 20), ("3G", 3 << 30),
    ] {
      #expect(try options("--kernel", "K", "--memory", text)?.memory == bytes)
    }
    for text in ["3M", "1", "0", "0M"] {
      #expect(
        complaint("--kernel", "K", "--memory", text)?.contains("multiple of 2 MiB") == true,
        "\(text)")
    }
    for text in ["", "M", "256MB", "-2M", "2 M", "0x200000", "99999999999999999999G", "1.5G"] {
      #expect(
        complaint("--kernel", "K", "--memory", text)?.contains("is not a size") == true, "\(text)")
    }
    #expect(complaint("--kernel", "K", "--memory", "2000G")?.contains("at most") == true)
  }

  @Test("The number of vCPUs is 1 to 8")
  func cpus() {
    for text in ["0", "9", "-1", "two", "", "1.0"] {
      #expect(
        complaint("--kernel", "K", "--cpus", text)?.contains("is not a number from 1 to 8") == true,
        "\(text)")
    }
  }

  @Test("Words with few choices list them when another is given")
  func choices() {
    #expect(complaint("--kernel", "K", "--console", "tty")?.contains("stdio, file:PATH") == true)
    #expect(complaint("--kernel", "K", "--console", "file:")?.contains("stdio, file:PATH") == true)
    #expect(complaint("--kernel", "K", "--on-reset", "halt")?.contains("restart, exit") == true)
  }

  @Test("A name cannot break the text that others read")
  func names() {
    for name in ["", "a b", "a\nb", "naïve", String(repeating: "a", count: 65)] {
      #expect(complaint("--kernel", "K", "--name", name)?.contains("name") == true, "\(name)")
    }
  }

  @Test("What is missing or unknown is named")
  func mistakes() {
    #expect(complaint()?.contains("give a kernel") == true)
    #expect(complaint("--memory", "2M")?.contains("no kernel given") == true)
    #expect(complaint("--kernel")?.contains("'--kernel' needs a value") == true)
    #expect(complaint("--kernal", "K")?.contains("unknown option '--kernal'") == true)
    #expect(complaint("--kernal=K")?.contains("unknown option '--kernal'") == true)
    #expect(complaint("Image")?.contains("'Image'") == true)
    #expect(complaint("--kernel", "K", "extra")?.contains("'extra'") == true)
  }

  @Test("Commands stand alone, and counters takes a VM")
  func commands() throws {
    #expect(try parse("gc") == .collect)
    #expect(try parse("list") == .list)
    #expect(try parse("info") == .info)
    #expect(try parse("counters", "3") == .counters(3))
    #expect(try parse("counters", "0") == .counters(0))
    #expect(complaint("list", "all")?.contains("takes no arguments") == true)
    for words in [["counters"], ["counters", "65"], ["counters", "x"], ["counters", "1", "2"]] {
      let found = failure { _ = try ArgumentParser.parse(words) }
      #expect(found?.message.contains("takes the number of a VM") == true, "\(words)")
    }
  }

  @Test("Help and version are found anywhere")
  func help() throws {
    #expect(try parse("--help") == .help)
    #expect(try parse("list", "-h") == .help)
    #expect(try parse("--kernel", "K", "--version") == .version)
    for code in [0, 1, 2, 3, 4, 129, 130, 143] {
      #expect(Usage.help.contains("\(code)"), "exit code \(code) is documented")
    }
  }
}

@Suite("Text")
struct TextTests {
  @Test("Sizes are told in the largest unit that divides them")
  func size() {
    #expect(Text.size(256 << 20) == "256 MiB")
    #expect(Text.size(3 << 29) == "1536 MiB")
    #expect(Text.size(2 << 30) == "2 GiB")
    #expect(Text.size(100) == "100 bytes")
    #expect(Text.size(0) == "0 bytes")
  }

  @Test("Columns line up under their widest cell, without spaces at the end of a line")
  func columns() {
    #expect(Text.columns([["A", "NAME"], ["12", "x"]]) == "A   NAME\n12  x\n")
  }

  @Test("Numbers that do not fit are no numbers")
  func decimal() {
    #expect(Text.decimal("18446744073709551615") == .max)
    #expect(Text.decimal("18446744073709551616") == nil)
    #expect(Text.bytes("17179869184G") == nil)
  }
}
