# Statements that GNU as and hxemu must turn into the same bytes.
        .globl  start, shared
        .set    width, 8
        twice = width*2
        .equ    mask, (1<<width)-1
start:  li      r3, width ; li %r4, -twice
        lis     r5, table@ha
        addi    r5, r5, table@l
        lwz     r6, table+4@l(r5)
        lis     r7, 0x12348678@h
        ori     r7, r7, 0x12348678@l
        lis     3, outside@ha
        lwz     3, outside@l(3)
1:      addi    r3, r3, -1
        cmpwi   cr7, r3, 0
        bne     cr7, 1b
        beq+    cr7, 1f
        bl      shared
        bl      local
        bl      outside
        b       .+8
        bdnz    1b
        bc      12, 4*cr7+eq, 1f
        crand   4*cr1+lt, cr2*4+gt, 31
1:      blr
/* a comment over
   two lines; with a separator */
        .macro  sum to, from=r9, rest:vararg
        add     \to, \to, \from
        .ifnb   \rest
        sum     \to, \rest
        .endif
        .endm
        sum     r3
        sum     r3, r4, r5, r6
        .macro  constant name, value:req
const_\name\(): .long \value + \@
        .endm
        constant first, 1
        constant value=7, name=second
        .rept   3
        nop
        .endr
        .irp    reg, 3, r4, %r5
        mr      \reg, r0
        .endr
        .irpc   digit, 123
        li      r\digit, \digit
        .endr
        .if     width > 4 && mask == 255
        li      r20, 1
        .elseif width
        li      r20, 2
        .else
        li      r20, 3
        .endif
        .ifdef  nowhere
        li      r21, 1
        .else
        li      r21, 2
        .endif
        .ifc    abc, abc
        li      r22, 1
        .endif
        .ifeq   width-8
        li      r23, 1
        .endif
        .align  4
shared: blr
        .balign 32
local:  blr
        .p2align 3
        .long   . - start, local - start

        .data
table:  .long   start, 2, table-., -1, 0xdeadbeef
        .word   1, -2
        .short  3, table@l, table@ha
        .hword  4
        .byte   'a', '\n', 0b101, 017, -128, 255
        .ascii  "no end", "\x41\101\t\\\""
        .asciz  "end"
        .string "s", "t"
        .balign 8
        .quad   0x123456789abcdef0, -2
        .space  3, 0x55
        .skip   2
        .zero   1
        .fill   3, 2, 0x1234
        .fill   2
        .org    table + 0x100, 0xee
        .byte   6|1+1, 2*3<<1, 1+2==3, 1||0&&0, 6&3+1, 3<>4, ~1+2, -(2)+1, -7/2, -7%3, !0, 5!3
        .long   end - table, outside, outside+4
end:
        .uleb128 300, end-table
        .sleb128 -300, 5
        .section .rodata
        .long   8, table+4
        .pushsection other, "aw", @progbits
        .long   9
        .popsection
        .long   10
        .previous
        .byte   11
        .section other
        .long   12
        .comm   room, 64, 8
        .lcomm  hidden, 12
        .type   start, @function
        .size   start, shared - start
        .weak   perhaps
        .long   perhaps, room, hidden
