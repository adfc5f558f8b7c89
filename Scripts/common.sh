# Sourced by the other scripts: the folder, messages, the Swift toolchain's own tools.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { echo "[$(basename "$0")] $*"; }
fail() {
  echo "[$(basename "$0")] error: $*" >&2
  exit 1
}

# clang, ld.lld and the llvm tools of the toolchain that swiftc belongs to, however it was installed
# (a version manager's swiftc is only a proxy). Debian's own LLVM may be older than Swift's.
use_toolchain() {
  command -v swiftc >/dev/null || fail "swiftc not found; install Swift 6.3 (swift.org/install) and put it in PATH"
  resources=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
  toolchain=$(cd "$resources/../../bin" && pwd)
  PATH="$toolchain:$PATH"
  local tool
  for tool in clang ld.lld llvm-objcopy llvm-objdump llvm-nm swift-demangle; do
    command -v "$tool" >/dev/null || fail "$tool not found in the Swift toolchain ($toolchain)"
  done
}

# Says whether a target is newer than all of its sources (files or folders).
fresh() { # target, sources...
  local target=$1
  shift
  [ -e "$target" ] && [ -z "$(find "$@" -newer "$target" -print -quit)" ]
}

# One build at a time: people and editors start them side by side.
one_at_a_time() {
  mkdir -p .build-device
  exec 9>".build-device/$(basename "$0").lock"
  flock 9
}
