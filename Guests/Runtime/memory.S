// The three functions that compiled code may call. Byte by byte: images move little.
  .text
  .globl memcpy, memmove, memset
memmove:
  cmp x0, x1
  b.hi 3f
memcpy:
  mov x3, x0
1:
  cbz x2, 2f
  ldrb w4, [x1], #1
  strb w4, [x3], #1
  sub x2, x2, #1
  b 1b
2:
  ret
3:
  sub x2, x2, #1
  tbnz x2, #63, 2b
  ldrb w4, [x1, x2]
  strb w4, [x0, x2]
  b 3b
memset:
  mov x3, x0
4:
  cbz x2, 2b
  strb w1, [x3], #1
  sub x2, x2, #1
  b 4b
