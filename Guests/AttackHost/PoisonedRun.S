// Runs a vCPU with the host's pattern in every general and vector register, and keeps all of them
// as they are at the next instruction (AttackHost.h).
  .macro hostPattern register, number
  movz \register, #\number
  movk \register, #0x4848, lsl #16
  movk \register, #0x4848, lsl #32
  movk \register, #0x4848, lsl #48
  .endm

  .text
  .globl poisonedRun
poisonedRun:
  stp x19, x20, [sp, #-96]!
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  mov x9, sp
  str x9, [x2, #1024]
  mov sp, x2
  mov x3, x1                  // completion
  mov x1, x0                  // call word
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  hostPattern x9, (0x100 + \n)
  dup v\n\().2d, x9
  .endr
  .irp n, 5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
  hostPattern x\n, \n
  .endr
  movz x0, #10                // hvcBase + run
  movk x0, #0xc600, lsl #16
  mov x2, #0                  // vCPU
  mov x4, #0                  // value
  hvc #0
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
  str x\n, [sp, #8 * \n]
  .endr
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  str q\n, [sp, #256 + 16 * \n]
  .endr
  ldr x9, [sp, #1024]
  mov sp, x9
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp x19, x20, [sp], #96
  ret
