// One accessor for each register and instruction that the engine uses: each is one instruction.
#pragma once
#include <stdint.h>
#define INLINE static inline __attribute__((always_inline))
#define READ(name) INLINE uint64_t read_##name(void) { \
  uint64_t value; __asm__ volatile("mrs %0, " #name : "=r"(value)); return value; }
#define WRITE(name) INLINE void write_##name(uint64_t value) { \
  __asm__ volatile("msr " #name ", %0" :: "r"(value) : "memory"); }
#define REGISTER(name) READ(name) WRITE(name)
#define INSTRUCTION(name, text) INLINE void name(void) { __asm__ volatile(text ::: "memory"); }
#define OPERATION(name, text) INLINE void name(uint64_t value) { \
  __asm__ volatile(text ", %0" :: "r"(value) : "memory"); }

// EL1 and EL0 state that is switched
REGISTER(sctlr_el1) REGISTER(cpacr_el1) REGISTER(ttbr0_el1) REGISTER(ttbr1_el1)
REGISTER(tcr_el1) REGISTER(mair_el1) REGISTER(amair_el1) REGISTER(vbar_el1)
REGISTER(contextidr_el1) REGISTER(tpidr_el0) REGISTER(tpidrro_el0) REGISTER(tpidr_el1)
REGISTER(sp_el0) REGISTER(sp_el1) REGISTER(elr_el1) REGISTER(spsr_el1) REGISTER(esr_el1)
REGISTER(far_el1) REGISTER(afsr0_el1) REGISTER(afsr1_el1) REGISTER(par_el1)
REGISTER(cntkctl_el1) REGISTER(csselr_el1) REGISTER(mdscr_el1)
// The keys by their encoding: an assembler without FEAT_PAuth does not know their names.
#define NAMED(name, code) \
  INLINE uint64_t read_##name(void) { \
    uint64_t value; __asm__ volatile("mrs %0, " #code : "=r"(value)); return value; } \
  INLINE void write_##name(uint64_t value) { \
    __asm__ volatile("msr " #code ", %0" :: "r"(value) : "memory"); }
NAMED(apiakeylo_el1, s3_0_c2_c1_0) NAMED(apiakeyhi_el1, s3_0_c2_c1_1)
NAMED(apibkeylo_el1, s3_0_c2_c1_2) NAMED(apibkeyhi_el1, s3_0_c2_c1_3)
NAMED(apdakeylo_el1, s3_0_c2_c2_0) NAMED(apdakeyhi_el1, s3_0_c2_c2_1)
NAMED(apdbkeylo_el1, s3_0_c2_c2_2) NAMED(apdbkeyhi_el1, s3_0_c2_c2_3)
NAMED(apgakeylo_el1, s3_0_c2_c3_0) NAMED(apgakeyhi_el1, s3_0_c2_c3_1)
NAMED(hcrx_el2, s3_4_c1_c2_2) NAMED(trfcr_el2, s3_4_c1_c2_1)
NAMED(hfgrtr_el2, s3_4_c1_c1_4) NAMED(hfgwtr_el2, s3_4_c1_c1_5) NAMED(hfgitr_el2, s3_4_c1_c1_6)
NAMED(hdfgrtr_el2, s3_4_c3_c1_4) NAMED(hdfgwtr_el2, s3_4_c3_c1_5)
NAMED(vdisr_el2, s3_4_c12_c1_1) NAMED(vsesr_el2, s3_4_c5_c2_3)
REGISTER(cntv_ctl_el0) REGISTER(cntv_cval_el0)
REGISTER(pmcntenset_el0) WRITE(pmcntenclr_el0) REGISTER(pmcr_el0)
REGISTER(pmselr_el0) REGISTER(pmxevtyper_el0) REGISTER(pmxevcntr_el0)

// EL2 control
REGISTER(hcr_el2) REGISTER(vttbr_el2) WRITE(vtcr_el2) WRITE(vpidr_el2) WRITE(vmpidr_el2)
WRITE(cptr_el2) WRITE(mdcr_el2) WRITE(hstr_el2) WRITE(cnthctl_el2) WRITE(cnthp_ctl_el2) WRITE(cntvoff_el2)
REGISTER(tpidr_el2) READ(esr_el2) READ(elr_el2) READ(far_el2) READ(hpfar_el2)
READ(cntpct_el0) READ(cntfrq_el0) READ(ctr_el0) READ(dczid_el0) READ(midr_el1) READ(mpidr_el1)
WRITE(ich_hcr_el2) REGISTER(ich_vmcr_el2) REGISTER(ich_ap0r0_el2) REGISTER(ich_ap1r0_el2)
READ(ich_vtr_el2) READ(ich_elrsr_el2) READ(ich_eisr_el2)
REGISTER(ich_lr0_el2) REGISTER(ich_lr1_el2) REGISTER(ich_lr2_el2) REGISTER(ich_lr3_el2)
WRITE(icc_sre_el2) READ(icc_hppir1_el1) WRITE(icc_sgi1r_el1)

// Identification: op0 3, op1 0, CRn 0, CRm 1...7; index (CRm << 3 | op2)
#define ID(crm, op2) case crm << 3 | op2: \
  __asm__ volatile("mrs %0, s3_0_c0_c" #crm "_" #op2 : "=r"(value)); break;
#define IDS(crm) ID(crm, 0) ID(crm, 1) ID(crm, 2) ID(crm, 3) ID(crm, 4) ID(crm, 5) ID(crm, 6) \
  ID(crm, 7)
INLINE uint64_t read_identification(uint64_t index) {
  uint64_t value = 0;
  switch (index) { IDS(1) IDS(2) IDS(3) IDS(4) IDS(5) IDS(6) IDS(7) }
  return value;
}

// Barriers and maintenance
INSTRUCTION(isb, "isb")
INSTRUCTION(dsb_ish, "dsb ish")
INSTRUCTION(dsb_ishst, "dsb ishst")
INSTRUCTION(dsb_sy, "dsb sy")
INSTRUCTION(tlbi_vmalle1, "tlbi vmalle1")
INSTRUCTION(tlbi_vmalle1is, "tlbi vmalle1is")
INSTRUCTION(tlbi_vmalls12e1is, "tlbi vmalls12e1is")
INSTRUCTION(tlbi_alle1is, "tlbi alle1is")
INSTRUCTION(ic_iallu, "ic iallu")
INSTRUCTION(ic_ialluis, "ic ialluis")
OPERATION(tlbi_ipas2e1is, "tlbi ipas2e1is")
OPERATION(dc_civac, "dc civac")
OPERATION(dc_ivac, "dc ivac")
OPERATION(dc_zva, "dc zva")

// Devices
INLINE uint32_t load32(uint64_t a) { return *(volatile uint32_t *)a; }
INLINE uint64_t load64(uint64_t a) { return *(volatile uint64_t *)a; }
INLINE void store32(uint64_t a, uint32_t v) { *(volatile uint32_t *)a = v; }
INLINE void store64(uint64_t a, uint64_t v) { *(volatile uint64_t *)a = v; }

struct firmware_result { uint64_t x0, x1, x2, x3; };
INLINE struct firmware_result firmware_call(uint64_t f, uint64_t a, uint64_t b, uint64_t c) {
  register uint64_t x0 __asm__("x0") = f, x1 __asm__("x1") = a, x2 __asm__("x2") = b,
                    x3 __asm__("x3") = c;
  __asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) :: "x4", "x5", "x6", "x7",
                   "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");
  return (struct firmware_result){x0, x1, x2, x3};
}

// start.S
void fp_save(void *);
void fp_restore(void *);
void stop(void) __attribute__((noreturn));
uint64_t address_of__image_start(void);
uint64_t address_of__text_end(void);
uint64_t address_of__rodata_end(void);
uint64_t address_of__boot_record(void);
uint64_t address_of__stacks(void);
uint64_t address_of__image_end(void);
uint64_t address_of___symbols_start(void);
uint64_t address_of___symbols_end(void);
uint64_t address_of_secondary_entry(void);
extern volatile uint32_t faulted __attribute__((visibility("hidden")));
INLINE uint32_t has_faulted(void) { return faulted; }
