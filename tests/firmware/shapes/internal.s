# Everything in the processor's own memory: exit code = 6 * 7 + what the mailbox keeps.
        .section int.text, "ax", @progbits
        .globl  _start
        .type   _start, @function
_start:
        lis     4, factors@ha
        lwz     3, factors@l(4)
        lis     4, (factors + 4)@ha
        lwz     4, (factors + 4)@l(4)
        mullw   3, 3, 4
        lis     5, mailbox_base@ha
        addi    5, 5, mailbox_base@l
        lis     4, 0x6f6b               # "ok"
        stw     4, 0(5)
        blr
        .size   _start, . - _start

        .data
        .balign 4
factors: .long  6, 7
