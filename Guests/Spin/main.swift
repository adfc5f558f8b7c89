// A guest that computes and asks for nothing: only interrupts for the host end its runs.
import Runtime

@c(imageMain)
public func imageMain() {
  while true {}
}
