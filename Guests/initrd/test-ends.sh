# The ways in which a guest ends, and those in which it does not.
. /scripts/lib.sh

start off poweroff
ended off 60
check power-off "vmm's status: $code" test "$code" = 0

start reset reboot --on-reset exit
ended reset 60
check reset "vmm's status: $code" test "$code" = 3

start again reboot
check restart "no second start" until_true 60 sh -c '[ "$(grep -c "bulkhead-guest: again: resetting" /run/again.log)" -ge 2 ]'
kill -TERM "$(vmm_pid again)"
ended again 20
check restart-ends "vmm's status: $code" test "$code" = 143

extra=panic=-1
start panic panic --on-reset exit
ended panic 60
check panic "vmm's status: $code" test "$code" = 3
extra=

# A guest that spins on all its vCPUs leaves the host its share, and ends when it must.
start spin spin --cpus 2
check spin-starts "$(tail -n 1 /run/spin.log)" printed spin "spin: spinning" 60
check host-goes-on "the host did not get to run" timeout 30 sh -c 'for i in 1 2 3; do dd if=/dev/zero bs=64k count=50 2>/dev/null | md5sum; done'
kill -TERM "$(vmm_pid spin)"
ended spin 20
check spin-ends "vmm's status: $code" test "$code" = 143
check returned "$(vmm list)" all_returned
exit $failures
