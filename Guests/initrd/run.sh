# The demonstration's part on the host: steps 3 and 4.
. /scripts/lib.sh
carve_out=$(carve_out)

step 3 "vmm starts 'one' and 'two' at once: 2 vCPUs and 256 MiB each"
start one wait --cpus 2 --memory 256M
start two wait --cpus 2 --memory 256M
for name in one two; do
  if wait_ready $name 70; then
    step_ok 3 "$(grep -o "$name: user space.*" /run/$name.log | tr -d '\r')"
  else
    step_failed 3 "guest '$name' did not reach user space: $(tail -n 1 /run/$name.log)"
  fi
done
vmm list

step 4 "the host (root) reads, writes and executes the guests' memory at $carve_out"
pages=$(vmm list | awk 'NR > 1 { sum += $5 } END { print sum }')
for how in read write write-syscall exec; do
  case $how in
    read) what="a load of the host from a guest's page ends with SIGBUS" ;;
    write) what="so does a store" ;;
    write-syscall) what="a system call that touches it gets EFAULT, and the host's kernel lives" ;;
    exec) what="nor can the host run code there" ;;
  esac
  if attack $how $carve_out >/run/attack.log 2>&1; then step_ok 4 "$what"; else step_failed 4 "$(tail -n 1 /run/attack.log)"; fi
done
tell one outside
if printed one "outside its memory ended with status 135" 20; then
  step_ok 4 "a guest's read outside its memory is a bus error in the guest"
else
  step_failed 4 "the guest's read outside its memory: $(tail -n 1 /run/one.log)"
fi

step 4 "the guests power off; their memory goes back to the host"
for name in one two; do
  tell $name end
  if ended $name 40 && [ "$code" = 0 ]; then
    step_ok 4 "guest '$name' powered off, vmm ended with status 0"
  else
    step_failed 4 "guest '$name' did not power off (vmm's status: ${code:-none})"
  fi
done
if all_returned; then step_ok 4 "$pages pages of guests and their tables are back"; else step_failed 4 "$(vmm list | tail -n 1)"; fi
# What the two guests had: the lower half and more of the carve-out.
if attack zeros "$carve_out" $((544 << 20)) >/run/attack.log 2>&1; then
  step_ok 4 "the host finds nothing but zeros where the guests were"
else
  step_failed 4 "$(tail -n 1 /run/attack.log)"
fi

both() { # what, command that takes a guest's name
  local what=$1
  shift
  row "$what" "$("$@" one) | $("$@" two)"
}
milliseconds() { echo "$(($(counter "$1" load-microseconds) / 1000)) ms"; }
user_space() { sed -n 's/.*user space, .*, \(.* s\) after start.*/\1/p' "/run/$1.log"; }
count() { counter "$2" "$1"; }
both "guest loaded in" milliseconds
both "guest in user space after" user_space
for kind in runs interrupted hypercalls system-registers distributor redistributor \
  software-interrupts timer-interrupts wait-for-interrupt floating-point device-reads \
  device-writes refused; do
  both "$kind" count $kind
done
row "refused requests of the host" "$(vmm counters 0 | sed -n 's/^refused //p')"
exit $failures
