import EngineABI

/// What `vmm --help` and `vmm --version` print.
enum Usage {
  static let version = "vmm 0.1.0 (engine ABI \(abiVersion >> 16).\(abiVersion & 0xffff))\n"

  static let help = """
    vmm: one virtual machine under the Bulkhead engine

    usage:
      vmm --kernel Image [options]   start a guest and run it to its end
      vmm list                       guests with number, name, process, state and pages
      vmm counters N                 what the engine counted for VM N (0: for itself)
      vmm info                       the engine and the machine
      vmm gc                         give back everything of guests whose vmm died

    options:
      --kernel FILE      arm64 Image, not compressed
      --initrd FILE      initial RAM disk
      --memory SIZE      a multiple of 2M, with unit K, M or G (default 256M)
      --cpus N           vCPUs, 1 to \(Limits.vcpusPerVM) (default 1)
      --cmdline TEXT     kernel command line (default "console=ttyAMA0")
      --console WHERE    stdio, file:PATH or none (default stdio; Ctrl-A X ends the guest)
      --name NAME        for lists and messages, unique (default vm-N)
      --on-reset WHAT    restart or exit, when the guest asks for a reset (default restart)
      --report FILE      write counts of the guest there when it ends, one 'name value' a line
      --dump-dtb FILE    write the guest's device tree there and start nothing
      --verbose          say what is done, and each refused request
      --help, --version

    exit codes:
      0    the guest powered off, or the command succeeded
      1    the command line, the configuration or a file it names is wrong
      2    the engine or the host refused
      3    the guest asked for a reset (with --on-reset exit)
      4    every vCPU of the guest is off
      129, 130, 143   ended by SIGHUP, by SIGINT or Ctrl-A X, by SIGTERM

    """
}
