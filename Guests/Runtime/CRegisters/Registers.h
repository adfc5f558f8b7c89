// System registers, one accessor each: `read…` is one mrs, `write…` one msr and an isb.
#pragma once
#include <stdint.h>

#define BH_INLINE static inline __attribute__((always_inline))

#define BH_READ(name, reg)                                                                        \
  BH_INLINE uint64_t read##name(void) {                                                           \
    uint64_t value;                                                                               \
    __asm__ volatile("mrs %0, " reg : "=r"(value)::"memory");                                     \
    return value;                                                                                 \
  }
#define BH_WRITE(name, reg)                                                                       \
  BH_INLINE void write##name(uint64_t value) {                                                    \
    __asm__ volatile("msr " reg ", %0\n isb" ::"r"(value) : "memory");                            \
  }
#define BH_REGISTER(name, reg) BH_READ(name, reg) BH_WRITE(name, reg)

BH_READ(CNTVCT, "cntvct_el0")
BH_READ(CNTPCT, "cntpct_el0")
BH_READ(CNTFRQ, "cntfrq_el0")
BH_REGISTER(CNTV_CTL, "cntv_ctl_el0")
BH_REGISTER(CNTV_CVAL, "cntv_cval_el0")
BH_REGISTER(CNTP_CTL, "cntp_ctl_el0")
BH_REGISTER(CNTP_CVAL, "cntp_cval_el0")
BH_READ(CurrentEL, "CurrentEL")
BH_READ(MPIDR, "mpidr_el1")
BH_READ(ID_AA64ISAR1, "id_aa64isar1_el1")
BH_READ(ID_AA64PFR0, "id_aa64pfr0_el1")
BH_READ(ID_AA64MMFR0, "id_aa64mmfr0_el1")
BH_READ(CTR, "ctr_el0")
BH_READ(ISR, "isr_el1")
BH_REGISTER(SCTLR, "sctlr_el1")
BH_REGISTER(TTBR0, "ttbr0_el1")
BH_REGISTER(TTBR1, "ttbr1_el1")
BH_REGISTER(TCR, "tcr_el1")
BH_REGISTER(MAIR, "mair_el1")
BH_REGISTER(VBAR, "vbar_el1")

// GICv3 CPU interface.
BH_REGISTER(ICC_SRE, "S3_0_C12_C12_5")
BH_REGISTER(ICC_PMR, "S3_0_C4_C6_0")
BH_REGISTER(ICC_IGRPEN1, "S3_0_C12_C12_7")
BH_REGISTER(ICC_CTLR, "S3_0_C12_C12_4")
BH_READ(ICC_IAR1, "S3_0_C12_C12_0")
BH_WRITE(ICC_EOIR1, "S3_0_C12_C12_1")
BH_WRITE(ICC_SGI1R, "S3_0_C12_C11_5")

BH_INLINE void barrier(void) { __asm__ volatile("dsb sy\n isb" ::: "memory"); }
BH_INLINE void invalidateAllTranslations(void) {
  __asm__ volatile("dsb sy\n tlbi vmalle1\n dsb sy\n isb" ::: "memory");
}
BH_INLINE void waitForInterrupt(void) { __asm__ volatile("dsb sy\n wfi" ::: "memory"); }
BH_INLINE void maskInterrupts(void) { __asm__ volatile("msr daifset, #2" ::: "memory"); }

// Makes `bytes` of new code at `address` visible to instruction fetch.
BH_INLINE void synchronizeCode(uint64_t address, uint64_t bytes) {
  for (uint64_t line = address & ~63ull; line < address + bytes; line += 64)
    __asm__ volatile("dc cvau, %0" ::"r"(line) : "memory");
  __asm__ volatile("dsb ish" ::: "memory");
  for (uint64_t line = address & ~63ull; line < address + bytes; line += 64)
    __asm__ volatile("ic ivau, %0" ::"r"(line) : "memory");
  __asm__ volatile("dsb ish\n isb" ::: "memory");
}
