# Twenty starts and ends, of two guests at a time; every page is accounted for.
. /scripts/lib.sh
extra=bulkhead.show=no
for cycle in 1 2 3 4 5 6 7 8 9 10; do
  start a poweroff --cpus 2 --memory 128M
  start b poweroff --cpus 1 --memory 128M
  for name in a b; do
    ended $name 60
    check "cycle-$cycle-$name" "vmm's status: ${code:-none}" test "$code" = 0
  done
  check "cycle-$cycle-returned" "$(vmm list)" all_returned
done
exit $failures
