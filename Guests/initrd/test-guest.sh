# One stock guest with as many vCPUs as asked (bulkhead.vcpus): all of them come up.
. /scripts/lib.sh
vcpus=$(sed -n 's/.*bulkhead\.vcpus=\([0-9]*\).*/\1/p' /proc/cmdline)
start guest poweroff --cpus "$vcpus"
check ends "vmm's status: ${code:-none}" ended guest 100
check status "$code" test "$code" = 0
check vcpus "$(grep 'user space' /run/guest.log)" grep -q "user space, $vcpus CPUs" /run/guest.log
check interrupts "no timer interrupts" grep -q "arch_timer" /run/guest.log
check returned "$(vmm list)" all_returned
exit $failures
