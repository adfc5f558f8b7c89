// Memory and device accesses of exactly one instruction, and the addresses the linker chose.
#pragma once
#include "Registers.h"

#define BH_LOAD(name, type, form)                                                                 \
  BH_INLINE type name(uint64_t address) {                                                         \
    uint64_t value;                                                                               \
    __asm__ volatile(form ", [%1]" : "=r"(value) : "r"(address) : "memory");                      \
    return (type)value;                                                                           \
  }
#define BH_STORE(name, type, form)                                                                \
  BH_INLINE void name(uint64_t address, type value) {                                             \
    __asm__ volatile(form ", [%1]" ::"r"((uint64_t)value), "r"(address) : "memory");              \
  }
BH_LOAD(load8, uint8_t, "ldrb %w0")
BH_LOAD(load32, uint32_t, "ldr %w0")
BH_LOAD(load64, uint64_t, "ldr %0")
BH_STORE(store8, uint8_t, "strb %w0")
BH_STORE(store32, uint32_t, "str %w0")
BH_STORE(store64, uint64_t, "str %0")

#define BH_SYMBOL(name, symbol)                                                                   \
  BH_INLINE uint64_t name(void) {                                                                 \
    uint64_t value;                                                                               \
    __asm__("adrp %0, " symbol "\n add %0, %0, :lo12:" symbol : "=r"(value));                     \
    return value;                                                                                 \
  }
BH_SYMBOL(addressOfImage, "_head")
BH_SYMBOL(addressOfBootArgument, "_bootArgument")
BH_SYMBOL(addressOfScratch, "_scratch")
BH_SYMBOL(addressOfImageEnd, "_imageEnd")
BH_SYMBOL(addressOfSecondaryEntry, "_secondaryEntry")
