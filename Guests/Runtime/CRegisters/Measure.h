// Measured operations: counter, operation, counter, with nothing in between that a compiler could
// move. Each returns ticks of CNTVCT. The interrupt vector (vectors.S) puts the counter in x10 as
// its first instruction and the interrupt's number in x11, clobbers x9 and returns masked, so
// interrupts are unmasked only inside these functions.
#pragma once
#include "Registers.h"

#define BH_CALLER_SAVED                                                                           \
  "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",  \
      "x15", "x16", "x17", "memory", "cc"

#define BH_MEASURE(name, prepare, body)                                                           \
  BH_INLINE uint64_t name(uint64_t address, uint64_t data) {                                      \
    uint64_t ticks;                                                                               \
    __asm__ volatile("mov x14, %1\n mov x15, %2\n" prepare "\n isb\n"                             \
                     "mrs x12, cntvct_el0\n" body "\n mrs x10, cntvct_el0\n sub %0, x10, x12"     \
                     : "=r"(ticks)                                                                \
                     : "r"(address), "r"(data)                                                    \
                     : BH_CALLER_SAVED);                                                          \
    return ticks;                                                                                 \
  }
#define BH_NOP8 "nop\n nop\n nop\n nop\n nop\n nop\n nop\n nop\n"

BH_MEASURE(measureNothing, "", "")
BH_MEASURE(measure64Instructions, "",
           BH_NOP8 BH_NOP8 BH_NOP8 BH_NOP8 BH_NOP8 BH_NOP8 BH_NOP8 BH_NOP8)
BH_MEASURE(measureHVC, "mov x0, x14", "hvc #0")
BH_MEASURE(measureIDRegister, "", "mrs x0, id_aa64pfr0_el1")
BH_MEASURE(measureLoad, "", "ldr w0, [x14]")
BH_MEASURE(measureStore, "", "str w15, [x14]")
BH_MEASURE(measureEOI, "", "msr S3_0_C12_C12_1, x15")
BH_MEASURE(measureWFI, "dsb sy", "wfi")

typedef struct {
  uint64_t start;  // counter before the operation
  uint64_t taken;  // counter at the first instruction of the handler
  uint64_t intid;  // acknowledged interrupt
} TakenInterrupt;

// The operation makes an interrupt pending; the loop is left once the handler ran, or after a
// million turns with intid all ones.
#define BH_MEASURE_INTERRUPT(name, body)                                                          \
  BH_INLINE TakenInterrupt name(uint64_t data) {                                                  \
    TakenInterrupt result;                                                                        \
    __asm__ volatile("mov x15, %3\n mov x11, #-1\n mov x16, #0x100000\n"                       \
                     "msr daifclr, #2\n isb\n"                       \
                     "mrs x12, cntvct_el0\n" body "\n"                                            \
                     "1: subs x16, x16, #1\n b.eq 2f\n cmn x11, #1\n b.eq 1b\n"                \
                     "2: msr daifset, #2\n"                               \
                     "mov %0, x12\n mov %1, x10\n mov %2, x11"                                    \
                     : "=&r"(result.start), "=&r"(result.taken), "=&r"(result.intid)              \
                     : "r"(data)                                                                  \
                     : BH_CALLER_SAVED);                                                          \
    return result;                                                                                \
  }
BH_MEASURE_INTERRUPT(measureSelfSGI, "msr S3_0_C12_C11_5, x15\n isb")
BH_MEASURE_INTERRUPT(measureTimer, "msr cntv_ctl_el0, x15\n isb")

// Sleeps masked until an interrupt is pending, takes it and returns masked; `sgi` (not 0) is
// written to ICC_SGI1R_EL1 first.
BH_INLINE TakenInterrupt sleepForInterrupt(uint64_t sgi) {
  TakenInterrupt result;
  __asm__ volatile("mov x15, %3\n mov x11, #-1\n mrs x12, cntvct_el0\n"
                   "cbz x15, 1f\n msr S3_0_C12_C11_5, x15\n isb\n"
                   "1: dsb sy\n wfi\n msr daifclr, #2\n isb\n msr daifset, #2\n"
                   "cmn x11, #1\n b.eq 1b\n"
                   "mov %0, x12\n mov %1, x10\n mov %2, x11"
                   : "=&r"(result.start), "=&r"(result.taken), "=&r"(result.intid)
                   : "r"(sgi)
                   : BH_CALLER_SAVED);
  return result;
}
