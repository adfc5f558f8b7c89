# For the host's scripts: guests in the background, waiting, and lines that `machine` reads.

kernel=/guest/Image
initrd=/guest/initrd
quiet="console=ttyAMA0 nokaslr quiet"

# Results of a test script.
ok() { echo "bulkhead-test: $1: ok"; }
failed() { echo "bulkhead-test: $1: FAILED $2"; failures=1; }
check() { # name, reason, command...: ok if the command succeeds
  local name=$1 reason=$2
  shift 2
  if "$@"; then ok "$name"; else failed "$name" "$reason"; fi
}

# Steps of the demonstration.
step() { echo "bulkhead-step: $1: begin: $2"; }
step_ok() { echo "bulkhead-step: $1: ok: $2"; }
step_failed() { echo "bulkhead-step: $1: FAILED: $2"; failures=1; }
row() { echo "bulkhead-table: $1: $2"; }

# Starts a guest: name, what it does, further options of vmm. Its console is in /run/NAME.log and,
# with a prefix, here; its input is /run/NAME.in; vmm's exit code comes into /run/NAME.code.
start() {
  local name=$1 then=$2
  shift 2
  rm -f "/run/$name.log" "/run/$name.code" "/run/$name.in" "/run/$name.pid"
  mkfifo "/run/$name.in"
  (
    sh -c 'echo $$ >"/run/$0.pid"; exec vmm "$@"' "$name" --kernel $kernel --initrd $initrd \
      --name "$name" --console stdio --report "/run/$name.report" \
      --cmdline "$quiet bulkhead.name=$name bulkhead.then=$then $extra" "$@" <>"/run/$name.in" 2>&1
    echo $? >"/run/$name.code"
  ) | awk -v name="$name" '{ gsub("\r", ""); print >("/run/" name ".log"); fflush("/run/" name ".log")
      print "[" name "] " $0; fflush() }' &
}

tell() { echo "$2" >"/run/$1.in"; }
vmm_pid() { cat "/run/$1.pid"; }

# Waits until a command succeeds: seconds, command...
until_true() {
  local left=$(($1 * 5))
  shift
  while ! "$@" >/dev/null 2>&1; do
    [ $left -gt 0 ] || return 1
    left=$((left - 1))
    usleep 200000
  done
}
printed() { # name, text, seconds
  until_true "$3" grep -q "$2" "/run/$1.log"
}
ended() { # name, seconds: its exit code in $code
  until_true "$2" test -s "/run/$1.code" && code=$(cat "/run/$1.code")
}
counter() { sed -n "s/^$2 //p" "/run/$1.report" 2>/dev/null; }

failures=0
extra=
# Every page that guests had is back and every VM's number is free.
all_returned() { [ "$(vmm list | wc -l)" = 1 ]; }
wait_ready() { printed "$1" "bulkhead-guest: $1: waiting" "${2:-60}"; }

# The carve-out, from the engine's own mouth.
carve_out() { vmm info | sed -n 's/^carve-out .* at \(0x[0-9a-f]*\).*/\1/p'; }
