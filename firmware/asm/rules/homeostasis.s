# Homeostasis: the weights of all rows onto a neuron grow by `step` when it fired less than `target` times since the last update,
# and shrink by `step` when it fired more often; clamped to 0..63. Counts above 127 are taken as 127.
        .include "rule.inc"
        .equ    v_target, 25
        .equ    v_step, 24
        .equ    v_step_down, 23
        .equ    v_change_even, 22
        .equ    v_change_odd, 21
        .equ    v_weight_max, 20
        .section int.text, "ax", @progbits

        function rule_setup
        li      3, 0
        fxvsplatb v_zero, 3
        li      3, 63
        fxvsplatb v_weight_max, 3
        splat   v_target, target
        splat   v_step, step
        fxvsubbm v_step_down, v_zero, v_step
        blr
        .size   rule_setup, . - rule_setup

        .macro  change vector
        fxvsubbfs \vector, v_target, \vector
        fxvcmpb \vector
        fxvsel  \vector, v_zero, v_step, 1
        fxvsel  \vector, \vector, v_step_down, 2
        .endm

        function rule_begin
        stwu    1, -16(1)
        mflr    0
        stw     0, 20(1)
        address 3, counts
        bl      spike_counters_read
        sync                            # the counts were written by the scalar unit
        address 3, counts
        li      4, VECTOR_BYTES
        fxvlax  v_change_even, 0, 3
        fxvlax  v_change_odd, 4, 3
        change  v_change_even
        change  v_change_odd
        lwz     0, 20(1)
        mtlr    0
        addi    1, 1, 16
        blr
        .size   rule_begin, . - rule_begin

        .macro  update_half change
        fxvinx  4, 0, r_index
        fxvaddbfs 4, 4, \change
        fxvcmpb 4
        fxvsel  4, 4, v_zero, 2
        fxvsubbm 5, 4, v_weight_max
        fxvcmpb 5
        fxvsel  4, 4, v_weight_max, 1
        fxvoutx 4, 0, r_index
        .endm

        function rule_row
        slwi    r_index, 3, 1
        update_half v_change_even
        addi    r_index, r_index, 1
        update_half v_change_odd
        blr
        .size   rule_row, . - rule_row

        .data
        .balign 4
        .globl  target, step, counts
        .type   target, @object
target: .long   10
        .size   target, 4
        .type   step, @object
step:   .long   1
        .size   step, 4

        .bss
        .balign 128
        .type   counts, @object
counts: .space  2 * VECTOR_BYTES
        .size   counts, 2 * VECTOR_BYTES
