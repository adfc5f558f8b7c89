# A hostile image as a guest, beside a stock one that must not notice.
. /scripts/lib.sh
start bystander wait --cpus 1
wait_ready bystander || failed bystander "did not start"
vmm --kernel /images/AttackGuest.bin --cpus 2 --memory 64M --name attacker --console stdio </dev/null
check attacker-ends "vmm ended with $?" test $? = 0
tell bystander end
check bystander-lives "its vmm ended with ${code:-nothing}" ended bystander 30
check returned "$(vmm list)" all_returned
exit $failures
