# Host and two guests work at once; nobody loses a result or an interrupt.
. /scripts/lib.sh
extra=bulkhead.seconds=8
start one load --cpus 2
start two load --cpus 2
sums() { for i in 1 2 3 4 5 6; do dd if=/dev/zero bs=64k count=200 2>/dev/null | md5sum; done; }
for name in one two; do printed $name "user space" 90 || failed $name "did not start"; done
check host-work "different results" test "$( (sums & sums & wait) | sort -u | wc -l)" = 1
for name in one two; do
  ended $name 120
  check "$name-ends" "vmm's status: ${code:-none}" test "$code" = 0
done
check returned "$(vmm list)" all_returned
exit $failures
