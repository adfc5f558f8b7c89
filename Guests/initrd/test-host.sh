# The stock host itself: at EL1 on every CPU, with its memory and without the carve-out.
. /scripts/lib.sh
cpus=$(sed -n 's/.*bulkhead\.cpus=\([0-9]*\).*/\1/p' /proc/cmdline)
check el1 "the kernel does not say that it started at EL1" sh -c 'dmesg | grep -q "started at EL1"'
check cpus "$(nproc) CPUs" test "$(nproc)" = "$cpus"
check carve-out "in /proc/iomem" sh -c '! grep -q "^80000000-.*RAM" /proc/iomem'
# Every CPU computes, and the timer is the physical one on each.
check timer "$(cat /proc/interrupts)" sh -c 'grep arch_timer /proc/interrupts | grep -q " 30 "'
work() { for cpu in $(seq 0 $(($(nproc) - 1))); do taskset "$(printf %x $((1 << cpu)))" sh -c 'dd if=/dev/zero bs=64k count=50 2>/dev/null | md5sum' & done; wait; }
check work "$(work | sort -u | wc -l) different results" test "$(work | sort -u | wc -l)" = 1
check engine "vmm info fails" vmm info
exit $failures
