# The engine is made to fault when a VM ends; by then the other CPU prints all the time.
. /scripts/lib.sh
(while :; do echo "bulkhead-test: other-cpu: alive"; usleep 100000; done) &
start first poweroff --cpus 1
ended first 60
failed fault "the host runs on, vmm's status: $code"
exit 1
