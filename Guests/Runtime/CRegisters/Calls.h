// Calls by HVC and SMC with every register that SMCCC names.
#pragma once
#include "Registers.h"

typedef struct {
  uint64_t x0, x1, x2, x3;
} CallResult;

#define BH_CALL(name, instruction)                                                                \
  BH_INLINE CallResult name(uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,      \
                            uint64_t a5, uint64_t a6) {                                           \
    register uint64_t x0 __asm__("x0") = a0;                                                      \
    register uint64_t x1 __asm__("x1") = a1;                                                      \
    register uint64_t x2 __asm__("x2") = a2;                                                      \
    register uint64_t x3 __asm__("x3") = a3;                                                      \
    register uint64_t x4 __asm__("x4") = a4;                                                      \
    register uint64_t x5 __asm__("x5") = a5;                                                      \
    register uint64_t x6 __asm__("x6") = a6;                                                      \
    __asm__ volatile(instruction " #0"                                                            \
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6)       \
                     :                                                                            \
                     : "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",  \
                       "memory");                                                                 \
    CallResult result = {x0, x1, x2, x3};                                                         \
    return result;                                                                                \
  }

BH_CALL(rawHVC, "hvc")
BH_CALL(rawSMC, "smc")
