# Code and constants in external memory, called from the processor's own and calling back: exit code = the sum of the table, each
# number doubled by a function in the processor's own memory.
        .section int.text, "ax", @progbits
        .globl  _start, twice
        .type   _start, @function
_start:
        stwu    1, -16(1)
        mflr    0
        stw     0, 20(1)
        bl      sum
        lwz     0, 20(1)
        mtlr    0
        addi    1, 1, 16
        blr
        .size   _start, . - _start
        .type   twice, @function
twice:
        add     3, 3, 3
        blr
        .size   twice, . - twice

        .text
        .globl  sum
        .type   sum, @function
sum:
        stwu    1, -32(1)
        mflr    0
        stw     0, 36(1)
        stmw    29, 16(1)
        li      29, 0
        li      30, 5
        lis     31, table@ha            # data are seen elsewhere than code
        addi    31, 31, table@l
        addi    31, 31, -4
1:      lwzu    3, 4(31)
        bl      twice
        add     29, 29, 3
        addic.  30, 30, -1
        bne     0, 1b
        mr      3, 29
        lmw     29, 16(1)
        lwz     0, 36(1)
        mtlr    0
        addi    1, 1, 32
        blr
        .size   sum, . - sum

        .section ext.data, "a", @progbits
        .balign 4
        .type   table, @object
table:  .long   1, 20, 300, -4, 50000
        .size   table, 20
