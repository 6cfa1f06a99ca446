# Plasticity kernel for timing, over all 512 half rows: correlation row and weight row in, ten vector operations, weight row out.
        .globl  _start
_start:
        li      3, 100
        fxvsplatb 28, 3
        li      3, 64
        fxvsplatb 25, 3
        li      3, 0
        fxvsplatb 31, 3
        li      9, passes
        lis     5, 0x0008               # causal codes
        lis     6, 0x002c               # acausal codes of the same conversion
1:      li      4, 0
        li      3, 512
        mtctr   3
2:      fxvinx  2, 5, 4
        fxvinx  3, 6, 4
        fxvinx  4, 0, 4
        fxvshb  2, 2, -1
        fxvshb  3, 3, -1
        fxvsubbfs 2, 28, 2
        fxvsubbfs 3, 28, 3
        fxvsubbfs 2, 2, 3
        fxvmulbfs 2, 2, 25
        fxvshb  4, 4, 1
        fxvaddbfs 4, 4, 2
        fxvcmpb 4
        fxvsel  4, 4, 31, 2
        fxvshb  4, 4, -1
        fxvoutx 4, 0, 4
        addi    4, 4, 1
        bdnz    2b
        sync
        addi    9, 9, -1
        cmpwi   0, 9, 0
        bne     0, 1b
        wait
