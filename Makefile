# What people type. Everything is built only if something that it depends on has changed.
.PHONY: help run machine shell test conformance mutate prover-faults leaks bench prove all setup fetch engine vmm guests initrds tool format lint clean
.NOTPARALLEL:

tool := .build/debug/machine

help: ## this list
	@echo "Bulkhead: an isolation engine for arm64 in Swift"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

run: all ## the demonstration: engine, stock Debian host, two isolated Debian guests
	@echo "[make] starting the demonstration"
	@$(tool) run

machine: all ## a shell on that host (Ctrl-A X ends it)
	@$(tool) shell

shell: machine

test: setup fetch ## every test: format, unit tests, rules of the engine, boots, attacks
	@Scripts/test

conformance: ## core and abstract machine on random steps: make conformance N=10000000 SEED=7
	@swift build --quiet --configuration release --product conformance
	@.build/release/conformance $(or $(N),1000000) $(or $(SEED),1)

mutate: ## small mistakes in the core, and whether tests or proofs notice; goes on where it was stopped
	@Scripts/mutate run --prove

prover-faults: ## small mistakes in the prover, and whether the programs of its tests notice
	@Scripts/prover-faults

leaks: setup ## leaks put into the core, and the theorem that refuses each
	@Scripts/leaks

prove: setup ## prove the core against its contracts; the report goes to .build/proof/report
	@echo "[make] proving the core" && swift build --quiet --configuration release --product prove
	@.build/release/prove --effort $(or $(EFFORT),0) --no-counterexamples --report .build/proof/report

bench: all ## what each operation costs, in instructions
	@$(tool) bench

all: setup fetch engine vmm guests initrds tool ## build everything, start nothing

setup: ## install what the build machine lacks (Debian packages)
	@Scripts/setup

fetch: setup ## fetch Debian's current arm64 kernel, busybox and libfdt
	@Scripts/fetch

engine: ## the engine alone, its rules checked
	@echo "[make] engine" && Scripts/build-engine

vmm: fetch ## vmm for the Arm host
	@echo "[make] vmm" && Scripts/build-vmm

guests: setup
	@echo "[make] tiny images and attack programs" && Scripts/build-guests

initrds: vmm guests
	@echo "[make] initial RAM disks" && Scripts/build-initrds

tool:
	@echo "[make] machine (the program that starts QEMU)"
	@swift build --quiet --product machine

format: ## format all Swift sources
	@swift format --in-place --parallel --recursive $(wildcard Sources Tests Guests) Package.swift

lint: ## check the format
	@swift format lint --strict --parallel --recursive $(wildcard Sources Tests Guests) Package.swift

clean: ## remove what was built (not what was fetched)
	@rm -rf .build .build-device .build-machine
