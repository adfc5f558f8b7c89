// Guest program, one page, runs at any address: reads an operation and two arguments from its
// device page, does it, and writes the result (offset 24) or the syndrome (offset 32) there.
  .text
  .globl _actor
  .balign 4096
_actor:
  mov x20, x0
  adr x1, actorVectors
  msr vbar_el1, x1
  isb
actorNext:
  ldr x1, [x20]
  ldr x2, [x20, #8]
  ldr x3, [x20, #16]
  cbz x1, 1f
  cmp x1, #1
  b.eq 2f
  cmp x1, #2
  b.eq 3f
  blr x2                      // execute
  mov x4, #0
  b 9f
1:
  ldr x4, [x2]
  b 9f
2:
  str x3, [x2]
  mov x4, #0
  b 9f
3:
  mov x0, x2
  mov x1, x3
  hvc #0
  mov x4, x0
9:
  str x4, [x20, #24]
  b actorNext

  .balign 0x800
actorVectors:
  .skip 0x200
  mrs x4, esr_el1             // current EL with SPx: synchronous
  str x4, [x20, #32]
  b actorNext
  .balign 4096
