# What `make bench` measures; under icount, on one CPU. Lines `bench: NAME MIN MEDIAN` come from the
# tiny image, `bench-boot: NAME VALUE` from here.
. /scripts/lib.sh
report() { echo "bench-boot: $1 $2"; }
of_vm() { vmm counters "$1" | sed -n "s/^$2 //p"; }
engine_instructions() { of_vm 0 engine-instructions; }

report host-entry "$(vmm info | sed -n 's/.* Hz, \([0-9]*\) ticks from.*/\1/p')"
vmm --kernel /images/Bench.bin --cpus 2 --memory 64M --name bench --console stdio </dev/null

# What a run costs that an interrupt for the host ends: a guest that does nothing else.
vmm --kernel /images/Spin.bin --cpus 1 --memory 64M --name spin --console none &
sleep 1
before=$(engine_instructions) runs=$(of_vm 1 interrupted)
sleep 4
after=$(engine_instructions) runs=$(($(of_vm 1 interrupted) - runs))
# The questions themselves cost something too: asked again with nobody running.
kill -TERM $!
wait $!
idle=$(engine_instructions)
sleep 4
idle=$(($(engine_instructions) - idle))
cost=$(((after - before - idle) / (runs > 0 ? runs : 1)))
# 0: the engine cannot count its instructions here, and what follows from them is left out.
[ "$after" = 0 ] || report interrupted-run $cost

# A quiet boot of the stock kernel, to power-off. The absent page costs the vmm's calls as well.
extra=bulkhead.show=no
uptime=$(cut -d' ' -f1 /proc/uptime | tr -d .)
start quiet poweroff --cpus 1
ended quiet 300
report boot-status "$code"
exits=0
# What the guest's own instructions cause; its ticks, and what ends their handlers, are counted apart.
for kind in hypercalls system-registers distributor redistributor software-interrupts \
  wait-for-interrupt floating-point device-reads device-writes refused retries; do
  count=$(counter quiet $kind)
  report "exits-$kind" "$count"
  exits=$((exits + count))
done
for kind in timer-interrupts maintenance-interrupts interrupted; do
  report "exits-$kind" "$(counter quiet $kind)"
done
report boot-exits $exits
after=$(counter quiet engine-instructions)
if [ "$after" != 0 ]; then
  # From the first run to the last exit; the counter has 32 bits.
  all=$(((after - $(counter quiet engine-instructions-before)) & 0xffffffff))
  report boot-engine-instructions $((all - $(counter quiet interrupted) * cost))
  report boot-engine-instructions-with-interrupted $all
fi
# Centiseconds of uptime and microseconds of loading, in ticks.
report first-guest-instruction $((uptime * 625000 + $(counter quiet load-microseconds) * 625 / 10))
exit 0
