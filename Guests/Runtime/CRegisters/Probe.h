// Accesses that may fault. The synchronous vector (vectors.S) sees the magic in x12, puts the
// syndrome in x9, the fault address in x10 and ELR_EL1 in x11, and resumes at x13: nothing else is changed.
#pragma once
#include "Registers.h"

typedef struct {
  uint64_t value;     // what was read; after an exception, ELR_EL1
  uint64_t syndrome;  // ESR_EL1, or noException
  uint64_t address;   // FAR_EL1
} Probe;

// `body` finds the address in %3 and the data in %4 and leaves what it read in x11.
#define BH_PROBE_ACCESS(name, body)                                                               \
  BH_INLINE Probe name(uint64_t address, uint64_t data) {                                         \
    Probe probe;                                                                                  \
    __asm__ volatile(                                                                             \
        "mov x9, #-1\n mov x10, #0\n mov x11, #0\n movz x12, #0x5052\n"                           \
        "movk x12, #0x4248, lsl #48\n adr x13, 9f\n mov x14, %3\n mov x15, %4\n" body             \
        "\n9: mov x12, #0\n mov %0, x9\n mov %1, x10\n mov %2, x11\n"                             \
        : "=&r"(probe.syndrome), "=&r"(probe.address), "=&r"(probe.value)                         \
        : "r"(address), "r"(data)                                                                 \
        : "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x30", "memory", "cc");   \
    return probe;                                                                                 \
  }

BH_PROBE_ACCESS(probeRead8, "ldrb w11, [x14]")
BH_PROBE_ACCESS(probeRead16, "ldrh w11, [x14]")
BH_PROBE_ACCESS(probeRead32, "ldr w11, [x14]")
BH_PROBE_ACCESS(probeRead64, "ldr x11, [x14]")
BH_PROBE_ACCESS(probeWrite8, "strb w15, [x14]")
BH_PROBE_ACCESS(probeWrite16, "strh w15, [x14]")
BH_PROBE_ACCESS(probeWrite32, "str w15, [x14]")
BH_PROBE_ACCESS(probeWrite64, "str x15, [x14]")
// Forms without a syndrome (ISV = 0): the engine cannot emulate them.
BH_PROBE_ACCESS(probeReadPair, "ldp x11, x16, [x14]")
BH_PROBE_ACCESS(probeWritePair, "stp x15, x15, [x14]")
BH_PROBE_ACCESS(probeReadPostIndexed, "ldr w11, [x14], #4")
BH_PROBE_ACCESS(probeReadExclusive, "ldxr w11, [x14]\n clrex")
BH_PROBE_ACCESS(probeZeroLine, "dc zva, x14")
// Branch there; code that returns by x30 makes this a success.
BH_PROBE_ACCESS(probeExecute, "blr x14")
// Runs the two-instruction snippet at `address` with x0 = data; its x0 is the value.
BH_INLINE Probe probeSnippet(uint64_t address, uint64_t data) {
  Probe probe;
  register uint64_t x0 __asm__("x0") = data;
  __asm__ volatile(
      "mov x9, #-1\n mov x10, #0\n mov x11, #0\n movz x12, #0x5052\n"
      "movk x12, #0x4248, lsl #48\n adr x13, 9f\n mov x14, %4\n blr x14\n mov x11, x0"
      "\n9: mov x12, #0\n mov %0, x9\n mov %1, x10\n mov %2, x11\n"
      : "=&r"(probe.syndrome), "=&r"(probe.address), "=&r"(probe.value), "+r"(x0)
      : "r"(address)
      : "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x30", "memory", "cc");
  return probe;
}
