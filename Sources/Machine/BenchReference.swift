/// Benchmarks/reference.json: what we want and what others need.
struct BenchReference: Decodable {
  struct Row: Decodable {
    var name: String
    var what: String
    var goal: Int?
    var floor: Int?
    var bao: Int?
    var xen: Int?
    var kvm_vhe: Int?
    var kvm_nvhe: Int?
  }
  var rows: [Row]
  var boot: [Row]
}
