# Start-up code in the form both assemblers take.
        .globl  __init, exit
        .section .text.crt_int, "ax", @progbits
        b       __init
        .rept   12
        b       0
        .endr
        .type   __init, @function
__init:
        lis     1, stack_ptr_init@ha
        addi    1, 1, stack_ptr_init@l
        bl      _start
        bl      exit
        .size   __init, . - __init
        .type   exit, @function
exit:
        lis     11, stack_ptr_init@ha
        addi    11, 11, stack_ptr_init@l
        stw     1, 0(11)
        stw     3, 12(11)
1:      wait
        b       1b
        .size   exit, . - exit
