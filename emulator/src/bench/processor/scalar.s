# Scalar loop for timing: table look-ups, mixing and a branch that depends on data. Ends in `finish`, which the harness provides.
        .globl  _start
_start:
        lis     5, table@ha
        addi    5, 5, table@l
        lis     3, passes@h
        ori     3, 3, passes@l
        mtctr   3
        li      4, 1
        li      6, 0
1:      rlwinm  7, 4, 2, 24, 29
        lwzx    8, 5, 7
        add     4, 4, 8
        xor     6, 6, 4
        rotlwi  4, 4, 3
        addi    4, 4, 1
        stwx    6, 5, 7
        andi.   9, 4, 7
        bne     2f
        addi    6, 6, 7
2:      bdnz    1b
        finish
        .balign 4096                    # a page of its own: emulators that translate code watch the pages of code
table:  .space  256
