# Root of the host against a running guest, engine memory and the calls.
. /scripts/lib.sh
carve_out=$(carve_out)
start victim wait --cpus 1
wait_ready victim || failed victim "did not start"
attack forms
# A page of the guest; the engine's image; its first page; the redistributors; the ITS.
for how in read write write-syscall exec; do attack $how "$carve_out" || failures=1; done
for address in 0x40200000 0x40000000 0x40fff000 0x08080000 0x09020000; do
  attack read $address || failures=1
  attack write $address || failures=1
done
attack calls 100000 1
attack calls 100000 2
tell victim end
check victim-lives "its vmm ended with ${code:-nothing}" ended victim 30
check returned "$(vmm list)" all_returned
attack zeros "$carve_out" $((256 << 20))
exit $failures
