// Boot, exception vectors and the switch of general registers: what Swift cannot say.

#define STACK_BYTES 0x5000          // a guard page and 16 KiB, as in engine.ld

// The arm64 Image header (Linux, Documentation/arm64/booting.rst).
  .section .head, "ax"
  .globl _start
_start:
  b       boot
  .long   0
  .quad   0                         // text_offset
  .quad   _image_size               // image_size
  .quad   0b1010                    // little-endian, 4 KiB pages, anywhere
  .quad   0, 0, 0
  .ascii  "ARM\x64"
  .long   0

  .section .text.engine, "ax"

// The first CPU, MMU off: clear .bss, take its stack, let Swift build the tables, go on with them.
boot:
  mrs     x19, cntpct_el0
  mrs     x0, CurrentEL
  cmp     x0, #8
  b.ne    .
  msr     daifset, #15
  mov     x1, #1 << 31              // HCR_EL2.RW alone: E2H would change other registers' formats
  msr     hcr_el2, x1
  isb
  adrp    x0, _bss_start
  add     x0, x0, :lo12:_bss_start
  adrp    x1, _bss_end
  add     x1, x1, :lo12:_bss_end
1:cmp     x0, x1
  b.hs    2f
  stp     xzr, xzr, [x0], #16
  b       1b
2:mov     x21, #0
  bl      take_stack
  adrp    x0, _image_start
  bl      engine_map                // x0: root of stage 1
  adrp    x1, _bss_start            // written past the caches: nothing stale may hide it
  adrp    x2, _image_end
4:dc      ivac, x1
  add     x1, x1, #16
  cmp     x1, x2
  b.lo    4b
  dsb     sy
  bl      enable_mmu
  mov     x0, x19
  bl      engine_boot               // x0: this CPU's record
  b       first_entry

// A CPU that the host turned on. x0: its index.
  .globl secondary_entry
secondary_entry:
  msr     daifset, #15
  mov     x1, #1 << 31
  msr     hcr_el2, x1
  isb
  mov     x21, x0
  bl      take_stack
  bl      engine_root
  bl      enable_mmu
  mov     x0, x21
  bl      engine_secondary

// x0: this CPU's record. It lies at the bottom of the stack for the vectors.
first_entry:
  str     x0, [sp, #-16]!
  b       restore

// x21: the CPU's index.
take_stack:
  adrp    x1, _stacks
  add     x1, x1, :lo12:_stacks
  mov     x2, #STACK_BYTES
  add     x3, x21, #1
  madd    x1, x3, x2, x1
  mov     sp, x1
  ret

// x0: root of stage 1. Keeps x19...x28.
enable_mmu:
  adrp    x1, vectors
  add     x1, x1, :lo12:vectors
  msr     vbar_el2, x1
  msr     ttbr0_el2, x0
  ldr     x1, =0xff04               // attribute 0 Device-nGnRE, 1 Normal write-back
  msr     mair_el2, x1
  mrs     x2, id_aa64mmfr0_el1
  and     x2, x2, #7                // physical address size
  ldr     x1, =0x80803519           // TCR_EL2: T0SZ 25, 4 KiB, inner shareable, write-back
  orr     x1, x1, x2, lsl #16
  msr     tcr_el2, x1
  tlbi    alle2
  ic      iallu
  dsb     sy
  isb
  ldr     x1, =0x30cd183f           // SCTLR_EL2: RES1, M, A, C, SA, I, WXN
  msr     sctlr_el2, x1
  isb
  ret
  .ltorg

// Store x4...x19 and x20...x29 at their places in a frame at x0.
  .macro  store_x4_to_x19
  stp     x4, x5, [x0, #32]
  stp     x6, x7, [x0, #48]
  stp     x8, x9, [x0, #64]
  stp     x10, x11, [x0, #80]
  stp     x12, x13, [x0, #96]
  stp     x14, x15, [x0, #112]
  stp     x16, x17, [x0, #128]
  stp     x18, x19, [x0, #144]
  .endm
  .macro  store_x20_to_x29
  stp     x20, x21, [x0, #160]
  stp     x22, x23, [x0, #176]
  stp     x24, x25, [x0, #192]
  stp     x26, x27, [x0, #208]
  stp     x28, x29, [x0, #224]
  .endm
  .macro  load_x0_to_x19
  ldp     x18, x19, [x0, #144]
  ldp     x16, x17, [x0, #128]
  ldp     x14, x15, [x0, #112]
  ldp     x12, x13, [x0, #96]
  ldp     x10, x11, [x0, #80]
  ldp     x8, x9, [x0, #64]
  ldp     x6, x7, [x0, #48]
  ldp     x4, x5, [x0, #32]
  ldp     x2, x3, [x0, #16]
  ldp     x0, x1, [x0]
  .endm
  .macro  return                    // and no speculation past it
  eret
  dsb     nsh
  isb
  .endm

// Traps save what they interrupt in the context that TPIDR_EL2 names. First only what a Swift
// function may change, x0...x18 and x30 (and x19, the other half of a pair), and ELR where it
// matters: most traps are over with that (Shortcuts.swift). Then the rest.
  .macro  entry name
  .balign 128
  stp     x0, x1, [sp, #-16]!
  mrs     x0, tpidr_el2
  stp     x2, x3, [x0, #16]
  b       \name
  .endm

// An IRQ, as far as a shortcut goes: all of it in the 32 instructions of its vector.
  .macro  entry_irq
  .balign 128
  stp     x0, x1, [sp, #-16]!
  mrs     x0, tpidr_el2
  stp     x2, x3, [x0, #16]
  store_x4_to_x19
  ldp     x2, x3, [sp], #16
  stp     x2, x3, [x0]
  str     x30, [x0, #240]
  ldr     x0, [sp]
  bl      engine_irq_shortcut
  cbz     x0, irq
  mrs     x0, tpidr_el2
  ldr     x30, [x0, #240]
  load_x0_to_x19
  return
  .endm

  .macro  fatal
  .balign 128
  b       fault
  .endm

  .balign 2048
  .globl  vectors
vectors:
  .rept   8                         // from EL2 itself: a fault of the engine
  fatal
  .endr
  .rept   2                         // from AArch64, then AArch32
  entry   synchronous
  entry_irq
  entry   fiq
  entry   serror
  .endr

synchronous:
  store_x4_to_x19
  ldp     x2, x3, [sp], #16
  mrs     x4, elr_el2
  stp     x2, x3, [x0]
  stp     x30, x4, [x0, #240]
  ldr     x0, [sp]
  bl      engine_synchronous_shortcut
  cbz     x0, 1f
  mrs     x0, tpidr_el2
  ldp     x30, x4, [x0, #240]
  msr     elr_el2, x4
  load_x0_to_x19
  return
1:mrs     x0, tpidr_el2
  store_x20_to_x29
  mrs     x5, spsr_el2
  str     x5, [x0, #256]
  ldr     x0, [sp]
  bl      engine_synchronous
  b       restore

irq:                                // no shortcut
  mrs     x0, tpidr_el2
  mov     w1, #1
  b       asynchronous
fiq:
  store_x4_to_x19
  ldp     x2, x3, [sp], #16
  stp     x2, x3, [x0]
  str     x30, [x0, #240]
  mov     w1, #2
  b       asynchronous
serror:
  store_x4_to_x19
  ldp     x2, x3, [sp], #16
  stp     x2, x3, [x0]
  str     x30, [x0, #240]
  mov     w1, #3
asynchronous:                       // w1: which, x0: the context
  store_x20_to_x29
  mrs     x4, elr_el2
  mrs     x5, spsr_el2
  stp     x4, x5, [x0, #248]
  ldr     x0, [sp]
  bl      engine_asynchronous
restore:
  mrs     x0, tpidr_el2
  ldp     x30, x4, [x0, #240]
  ldr     x5, [x0, #256]
  msr     elr_el2, x4
  msr     spsr_el2, x5
  ldp     x28, x29, [x0, #224]
  ldp     x26, x27, [x0, #208]
  ldp     x24, x25, [x0, #192]
  ldp     x22, x23, [x0, #176]
  ldp     x20, x21, [x0, #160]
  load_x0_to_x19
  return

// A fault of the engine: the first CPU that comes here prints, on a stack of its own, since the
// fault may be that of its stack. The interrupted EL0 is lost: nothing runs on.
fault:
  msr     tpidr_el0, x0
  msr     tpidrro_el0, x1
  adrp    x0, faulted
  add     x0, x0, :lo12:faulted
1:ldaxr   w1, [x0]
  cbnz    w1, stop
  stlxr   w1, w0, [x0]              // any value but zero
  cbnz    w1, 1b
  adrp    x0, _stacks_end
  add     x0, x0, :lo12:_stacks_end
  mrs     x1, tpidrro_el0
  sub     x0, x0, #272
  stp     x2, x3, [x0, #16]
  mov     x2, sp
  mov     sp, x0
  mrs     x3, tpidr_el0
  stp     x3, x1, [x0]
  store_x4_to_x19
  store_x20_to_x29
  stp     x30, x2, [x0, #240]
  bl      engine_fault
  .globl  stop
stop:
  wfi
  b       stop

// x0: 528 bytes for v0...v31, FPCR and FPSR.
  .arch_extension fp
  .globl  fp_save
fp_save:
  bti     c
  stp     q0, q1, [x0]
  stp     q2, q3, [x0, #32]
  stp     q4, q5, [x0, #64]
  stp     q6, q7, [x0, #96]
  stp     q8, q9, [x0, #128]
  stp     q10, q11, [x0, #160]
  stp     q12, q13, [x0, #192]
  stp     q14, q15, [x0, #224]
  stp     q16, q17, [x0, #256]
  stp     q18, q19, [x0, #288]
  stp     q20, q21, [x0, #320]
  stp     q22, q23, [x0, #352]
  stp     q24, q25, [x0, #384]
  stp     q26, q27, [x0, #416]
  stp     q28, q29, [x0, #448]
  stp     q30, q31, [x0, #480]
  mrs     x1, fpcr
  mrs     x2, fpsr
  str     x1, [x0, #512]
  str     x2, [x0, #520]
  ret

  .globl  fp_restore
fp_restore:
  bti     c
  ldp     q0, q1, [x0]
  ldp     q2, q3, [x0, #32]
  ldp     q4, q5, [x0, #64]
  ldp     q6, q7, [x0, #96]
  ldp     q8, q9, [x0, #128]
  ldp     q10, q11, [x0, #160]
  ldp     q12, q13, [x0, #192]
  ldp     q14, q15, [x0, #224]
  ldp     q16, q17, [x0, #256]
  ldp     q18, q19, [x0, #288]
  ldp     q20, q21, [x0, #320]
  ldp     q22, q23, [x0, #352]
  ldp     q24, q25, [x0, #384]
  ldp     q26, q27, [x0, #416]
  ldp     q28, q29, [x0, #448]
  ldp     q30, q31, [x0, #480]
  ldr     x1, [x0, #512]
  ldr     x2, [x0, #520]
  msr     fpcr, x1
  msr     fpsr, x2
  ret

// What the compiler calls: 16 bytes at a time where both sides are aligned, the rest by bytes.
  .globl  memset
memset:
  bti     c
  mov     x3, x0
  tst     x0, #7
  ccmp    w1, #0, #0, eq
  b.ne    2f
1:subs    x2, x2, #16
  b.lo    3f
  stp     xzr, xzr, [x3], #16
  b       1b
3:add     x2, x2, #16
2:cbz     x2, 4f
  strb    w1, [x3], #1
  sub     x2, x2, #1
  b       2b
4:ret

  .globl  memmove
memmove:
  bti     c
  cmp     x0, x1
  b.ls    memcpy
1:cbz     x2, 2f
  sub     x2, x2, #1
  ldrb    w5, [x1, x2]
  strb    w5, [x0, x2]
  b       1b
2:ret

  .globl  memcpy
memcpy:
  bti     c
  mov     x3, x0
  orr     x4, x0, x1
  tst     x4, #7
  b.ne    2f
1:subs    x2, x2, #16
  b.lo    3f
  ldp     x5, x6, [x1], #16
  stp     x5, x6, [x3], #16
  b       1b
3:add     x2, x2, #16
  tbz     x2, #3, 2f
  ldr     x5, [x1], #8
  str     x5, [x3], #8
  sub     x2, x2, #8
2:cbz     x2, 4f
  ldrb    w5, [x1], #1
  strb    w5, [x3], #1
  sub     x2, x2, #1
  b       2b
4:ret

// Addresses of the image's parts for Swift.
  .macro  address name
  .globl  address_of_\name
address_of_\name:
  bti     c
  adrp    x0, \name
  add     x0, x0, :lo12:\name
  ret
  .endm
  address _image_start
  address _text_end
  address _rodata_end
  address _boot_record
  address _stacks
  address _image_end
  address __symbols_start
  address __symbols_end
  address secondary_entry

  .bss
  .balign 8
  .globl  faulted
faulted:
  .quad   0
