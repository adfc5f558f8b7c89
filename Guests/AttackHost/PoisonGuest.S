// Guest program of the poison test, one page, straight line: shows every register it finds at
// entry, fills every register with the guest's pattern, and shows them again. x0 is the device
// page; what a register holds is shown by a store of it at the register's offset.
#include "PoisonRegisters.inc"

  .set showX, 0               // x1...x30 at 8 n
  .set showV, 256             // v0...v31, low and high
  .set showSystem, 768
  .set phase, 0x800           // a store of zero there: all registers are filled
  .set done, 0x808

  .macro pattern register, number
  movz \register, #\number
  movk \register, #0x4747, lsl #16
  movk \register, #0x4747, lsl #32
  movk \register, #0x4747, lsl #48
  .endm

  .macro showGeneral
  .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
  str x\n, [x0, #showX + 8 * \n]
  .endr
  .endm

  .macro showVector number
  mov x1, v\number\().d[0]
  str x1, [x0, #showV + 16 * \number]
  mov x1, v\number\().d[1]
  str x1, [x0, #showV + 16 * \number + 8]
  .endm

  .macro showVectors
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  showVector \n
  .endr
  .endm

  .macro showOne number, register
  mrs x1, \register
  str x1, [x0, #showSystem + 8 * \number]
  .endm

  .macro fillOne number, register
  pattern x1, (0x400 * (\number + 1))
  msr \register, x1
  .endm

  // x1 = 0 if this CPU has no pointer authentication.
  .macro readKeyFeature
  mrs x1, id_aa64isar1_el1
  and x1, x1, #0xff0
  .endm

  .text
  .globl _poisonGuest
  .balign 4096
_poisonGuest:
  showGeneral
  mov x1, #(3 << 20)
  msr cpacr_el1, x1
  isb
  showVectors
  forEachRegister showOne
  readKeyFeature
  cbz x1, 1f
  forEachKey showOne
1:
  readKeyFeature
  cbz x1, 2f
  forEachKey fillOne
2:
  forEachRegister fillOne
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  pattern x1, (0x100 + \n)
  dup v\n\().2d, x1
  .endr
  .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
  pattern x\n, \n
  .endr
  isb
  str xzr, [x0, #phase]
  showGeneral
  showVectors
  forEachRegister showOne
  readKeyFeature
  cbz x1, 3f
  forEachKey showOne
3:
  str xzr, [x0, #done]
4:
  wfi
  b 4b
  .balign 4096

  .globl _spinner
_spinner:
  b _spinner
  .balign 4096
