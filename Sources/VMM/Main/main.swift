import CLinux
import VMM

/// Entry point of the program on the Arm host.
@c(main)
public func main(
  count: Int32, arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> Int32 {
  var words: [String] = []
  for index in 1..<max(Int(count), 1) {
    if let word = arguments[index] { words.append(String(cString: word)) }
  }
  return Program.run(words).rawValue
}
