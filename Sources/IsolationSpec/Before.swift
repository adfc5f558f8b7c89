import Contracts
import EngineABI

/// What was before a step: in proofs alone. (Lemmas that take it look into what is a word for others.)
struct Before {
  var pages: GhostMap<Page>
  var vms: GhostMap<Guest>
  var vcpus: GhostMap<VirtualCPU>
  var cpus: GhostMap<Processor>
}

extension Before {
  init(_ system: borrowing System) {
    pages = GhostMap { (index: Int) in
      index >= 0 && index < system.pages.count ? system.pages[index] : Page()
    }
    vms = GhostMap { (index: Int) in
      index >= 0 && index < Limits.vms ? system.vms[index] : Guest()
    }
    vcpus = GhostMap { (index: Int) in
      index >= 0 && index < System.vcpuCount ? system.vcpus[index] : VirtualCPU()
    }
    cpus = GhostMap { (index: Int) in
      index >= 0 && index < Limits.cpus ? system.cpus[index] : Processor()
    }
  }
}
