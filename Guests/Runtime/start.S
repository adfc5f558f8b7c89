// Entry of a tiny image: arm64 Image header, boot CPU, secondary CPUs.
  .section .head, "ax"
  .globl _head
_head:
  b _start
  .word 0
  .quad 0                     // text_offset
  .quad _imageBytes           // image_size, bss and stack included
  .quad 0xa                   // little-endian, 4 KiB pages, placed anywhere
  .quad 0, 0, 0
  .ascii "ARM\x64"
  .word 0

  .text
_start:
  msr daifset, #0xf
  mov x19, x0
  adrp x1, _bssStart
  add x1, x1, :lo12:_bssStart
  adrp x2, _bssEnd
  add x2, x2, :lo12:_bssEnd
1:
  str xzr, [x1], #8
  cmp x1, x2
  b.lo 1b
  adrp x1, _bootArgument
  str x19, [x1, :lo12:_bootArgument]
  adrp x1, _stackTop
  add sp, x1, :lo12:_stackTop
  bl setUpCPU
  bl imageMain
halt:
  wfi
  b halt

// Entry point for PSCI CPU_ON; the context is the top of this CPU's stack.
  .globl _secondaryEntry
_secondaryEntry:
  msr daifset, #0xf
  mov sp, x0
  bl setUpCPU
  bl secondaryMain
  b halt

setUpCPU:
  adrp x1, _vectors
  add x1, x1, :lo12:_vectors
  msr vbar_el1, x1
  mov x1, #(3 << 20)          // CPACR_EL1.FPEN: FP/SIMD does not trap to EL1
  msr cpacr_el1, x1
  isb
  ret

// Images that start one CPU need not name what the others do.
  .weak secondaryMain
secondaryMain:
  b halt

  .section .bss
  .balign 8
  .globl _bootArgument
_bootArgument:
  .quad 0
