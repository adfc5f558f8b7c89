// Guests of InterruptAttacks.swift. x0: the address of a device that the test answers for.
  .text
  .globl _disrGuest
  .balign 4096
_disrGuest:                       // x0: device
  mov x20, x0
1:ldr x5, [x20]                   // what to write
  mrs x4, s3_0_c12_c1_1
  msr s3_0_c12_c1_1, x5
  str x4, [x20, #24]
  b 1b

  .macro gicInit
  mov x20, x0
  mov x1, #0x08000000
  mov w2, #2
  str w2, [x1]
  movz x1, #0x080a, lsl #16
  add x3, x1, #0x10000
  mov w2, #0xffff
  str w2, [x3, #0x100]
  mov x2, #0xff
  msr s3_0_c4_c6_0, x2            // PMR
  mov x2, #1
  msr s3_0_c12_c12_7, x2          // IGRPEN1
  isb
  .endm
  .macro sgi n
  mov x2, #1
  movk x2, #(\n << 8), lsl #16
  msr s3_0_c12_c11_5, x2
  isb
  .endm

  .balign 4096
  .globl _stormGuest
_stormGuest:
  gicInit
  mov x2, #2                      // EOImode
  msr s3_0_c12_c12_4, x2
  isb
  ldr x21, [x20]                  // how many to leave active
  cmp x21, #1
  b.lo 2f
  sgi 1
  mrs x2, s3_0_c12_c12_0
  msr s3_0_c12_c12_1, x2          // drop, no DIR
  isb
  cmp x21, #2
  b.lo 2f
  sgi 2
  mrs x2, s3_0_c12_c12_0
  msr s3_0_c12_c12_1, x2          // drop, no DIR
  isb
  cmp x21, #3
  b.lo 2f
  sgi 3
  mrs x2, s3_0_c12_c12_0
  msr s3_0_c12_c12_1, x2          // drop, no DIR
  isb
  cmp x21, #4
  b.lo 2f
  sgi 4
  mrs x2, s3_0_c12_c12_0
  msr s3_0_c12_c12_1, x2          // drop, no DIR
  isb
2:str x21, [x20, #24]
  sgi 5
3:b 3b

  .balign 4096
  .globl _againGuest
_againGuest:
  gicInit
  sgi 1
  mrs x6, s3_0_c12_c12_0          // IAR: 1
  sgi 1                           // again while active
  msr s3_0_c12_c12_1, x6          // EOI, EOImode 0
  isb
  mov x7, #0x100000
4:mrs x4, s3_0_c12_c1_0           // ISR_EL1
  sub x7, x7, #1
  cbz x7, 5f
  cbz x4, 4b
5:str x4, [x20, #24]
  mrs x4, s3_0_c12_c1_0
  str x4, [x20, #24]
6:b 6b
  .balign 4096
