# kill -9 of a vmm: the next one, or gc, finds and reclaims everything.
. /scripts/lib.sh
carve_out=$(carve_out)
start first wait --cpus 2
wait_ready first || failed first "did not start"
kill -9 "$(vmm_pid first)"
ended first 20
check killed "vmm's status: $code" test "$code" = 137
check dead-is-listed "$(vmm list)" sh -c 'vmm list | grep -q dead'
check gc "vmm gc failed" vmm gc
check returned-by-gc "$(vmm list)" all_returned
attack zeros "$carve_out" $((256 << 20)) || failures=1

start second spin --cpus 2
printed second "spinning" 60 || failed second "did not start"
kill -9 "$(vmm_pid second)"
ended second 20
start third poweroff
ended third 60
check next-start "vmm's status: $code" test "$code" = 0
check returned-by-next "$(vmm list)" all_returned
exit $failures
