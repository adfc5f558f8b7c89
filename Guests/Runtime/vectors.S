// Exception vectors without memory: interrupts answer in x9...x11 (Measure.h), synchronous
// exceptions of a probe in x9...x11 (Probe.h); everything else is reported and ends the machine.
  .text
  .macro fatal kind
  .balign 0x80
  mov x0, #\kind
  b reportFatal
  .endm

  .balign 0x800
  .globl _vectors
_vectors:
  fatal 0
  fatal 1
  fatal 2
  fatal 3

  .balign 0x80                // current EL with SPx: synchronous
  mrs x9, esr_el1
  mrs x10, far_el1
  movz x11, #0x5052
  movk x11, #0x4248, lsl #48
  cmp x11, x12
  b.ne 1f
  mrs x11, elr_el1
  msr elr_el1, x13
  eret
1:
  mov x0, #4
  b reportFatal

  .balign 0x80                // current EL with SPx: IRQ
  mrs x10, cntvct_el0
  mrs x11, S3_0_C12_C12_0     // ICC_IAR1_EL1
  mrs x9, spsr_el1
  orr x9, x9, #0x80           // return masked
  msr spsr_el1, x9
  eret

  fatal 6
  fatal 7
  fatal 8
  fatal 9
  fatal 10
  fatal 11
  fatal 12
  fatal 13
  fatal 14
  fatal 15

reportFatal:
  mrs x1, esr_el1
  mrs x2, elr_el1
  mrs x3, far_el1
  mov x4, x30
  adrp x5, _stackTop
  add sp, x5, :lo12:_stackTop
  bl fatalException
2:
  wfi
  b 2b
