// Guest program, one page, runs at any address: loads an order and its arguments from its device
// page (x0 at entry), does it, and stores the result there. Every load and store of the device is
// one exit, whose register Agent.swift knows.
  .text
  .globl _agent
  .balign 4096
_agent:
  mov x20, x0
  adr x21, agentVectors
  msr vbar_el1, x21
  isb
agentNext:
  ldr x10, [x20]
  and x11, x10, #15
  adr x12, agentOrders
  add x12, x12, x11, lsl #5     // eight instructions each
  br x12

  .balign 32
agentOrders:
  ldr x6, [x20, #8]             // 0: load
  ldr x5, [x6]
  str x5, [x20, #24]
  b agentNext
  .balign 32
  ldr x6, [x20, #8]             // 1: store
  ldr x5, [x20, #16]
  str x5, [x6]
  str x5, [x20, #24]
  b agentNext
  .balign 32
  bl agentArguments             // 2: HVC
  hvc #0
  str x0, [x20, #24]
  b agentNext
  .balign 32
  bl agentArguments             // 3: SMC
  smc #0
  str x0, [x20, #24]
  b agentNext
  .balign 32
  wfi                           // 4
  str x10, [x20, #24]
  b agentNext
  .balign 32
  mrs x7, id_aa64dfr0_el1       // 5
  str x7, [x20, #24]
  b agentNext
  .balign 32
  ldrb w8, [x20, #64]           // 6
  str x8, [x20, #24]
  b agentNext
  .balign 32
  ldrsb x8, [x20, #64]          // 7
  str x8, [x20, #24]
  b agentNext
  .balign 32
  ldrsh w8, [x20, #64]          // 8
  str x8, [x20, #24]
  b agentNext
  .balign 32
  ldr w8, [x20, #64]            // 9
  str x8, [x20, #24]
  b agentNext
  .balign 32
  ldrsw x8, [x20, #64]          // 10
  str x8, [x20, #24]
  b agentNext
  .balign 32
  str w8, [x20, #64]            // 11
  str x8, [x20, #24]
  b agentNext
  .balign 32
  strh w8, [x20, #64]           // 12
  str x8, [x20, #24]
  b agentNext
  .balign 32
  strb w8, [x20, #64]           // 13
  str x8, [x20, #24]
  b agentNext
  .balign 32
  hvc #1                        // 14: undefined
  str x10, [x20, #24]
  b agentNext
  .balign 32
  mrs x7, mdscr_el1             // 15: reads as zero
  str x7, [x20, #24]
  b agentNext

agentArguments:
  ldr x0, [x20, #32]
  ldr x1, [x20, #40]
  ldr x2, [x20, #48]
  ldr x3, [x20, #56]
  ret

  .balign 0x800
agentVectors:
  .skip 0x200
agentFault:
  mrs x9, esr_el1               // current EL with SPx: synchronous
  str x9, [x20, #72]
  b agentNext
  .balign 4096

// Makes a call as user space does: an 8-byte load into x0 of the address at `buffer`, with x1...x5
// from behind it; puts x0...x3 there.
  .globl absentPageCall
absentPageCall:
  mov x8, x0
  ldr x9, [x8]
  ldp x1, x2, [x8, #8]
  ldp x3, x4, [x8, #24]
  ldr x5, [x8, #40]
  ldr x0, [x9]
  stp x0, x1, [x8]
  stp x2, x3, [x8, #16]
  ret
