# Self-test of the environment: weights and labels keep what is written, the time base counts, the result is printed into the
# mailbox. Exit code = number of failed checks.
        .include "ppu.inc"
        .section int.text, "ax", @progbits

        function _start
        stwu    1, -32(1)
        mflr    0
        stw     0, 36(1)
        stmw    29, 16(1)
        li      31, 0                   # failures
        address 3, text_title
        bl      mailbox_write_string

        li      30, 0                   # weights: write a pattern, read it back, compare in the vector unit
1:      mr      3, 30
        fxvsplatb 2, 30
        bl      weight_row_write
        addi    30, 30, 1
        cmpwi   0, 30, 64
        blt     0, 1b
        sync
        li      30, 0
2:      mr      3, 30
        bl      weight_row_read
        fxvsplatb 3, 30
        fxvsubbm 2, 2, 3
        address 29, scratch
        fxvstax 2, 0, 29
        sync
        li      4, 32
        mtctr   4
        addi    5, 29, -4
        li      6, 0
3:      lwzu    7, 4(5)
        or      6, 6, 7
        bdnz    3b
        cmpwi   0, 6, 0
        beq     0, 4f
        addi    31, 31, 1
4:      addi    30, 30, 1
        cmpwi   0, 30, 64
        blt     0, 2b

        bl      time_base
        mr      30, 3
        li      3, 1000
        bl      sleep_cycles
        bl      time_base
        subf    3, 30, 3
        cmplwi  0, 3, 1000
        bge     0, 5f
        addi    31, 31, 1
5:
        mr      3, 31
        bl      mailbox_write_unsigned
        address 3, text_failed
        bl      mailbox_write_string
        mr      3, 31
        lmw     29, 16(1)
        lwz     0, 36(1)
        mtlr    0
        addi    1, 1, 32
        blr
        .size   _start, . - _start

        .section .rodata, "a", @progbits
text_title: .asciz "self-test: "
text_failed: .asciz " failed\n"
        .bss
        .balign 128
scratch: .space VECTOR_BYTES
