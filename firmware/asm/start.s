# Start-up code: reset and interrupt slots, stack, the call of `_start`, and the exit code.
# Same conventions as libnux (electronicvisions libnux:src/nux_runtime): the stack begins at stack_ptr_init, the return code lies 12 bytes above it,
# a finished program sleeps in `wait`. An interrupt nobody handles goes to address 0 and so restarts the program.
        .weak   isr_einput, isr_alignment, isr_program, isr_doorbell, isr_fit, isr_dec
        .globl  __init, exit

        .section .text.crt_int, "ax", @progbits
        b       __init                  # 0x00 reset
        .rept   4                       # 0x04 .. 0x10: never raised by this core
        b       0
        .endr
        b       isr_einput              # 0x14 input pins
        b       isr_alignment           # 0x18
        b       isr_program             # 0x1c trap
        b       0                       # 0x20 never raised
        b       isr_doorbell            # 0x24
        b       0                       # 0x28 never raised
        b       isr_fit                 # 0x2c fixed-interval timer
        b       isr_dec                 # 0x30 decrementer

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
