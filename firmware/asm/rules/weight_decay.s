# Weight decay with pruning: w <- w - decay w, rounded at random so that small weights shrink too; a weight that falls below
# `threshold` becomes 0 and its synapse gets the label `pruned_label`, to which no source sends. decay is a fraction in 1/128.
        .include "rule.inc"
        .equ    v_decay, 25
        .equ    v_threshold, 24
        .equ    v_pruned_label, 23
        .equ    v_half, 22
        .section int.text, "ax", @progbits

        function rule_setup
        li      3, 0
        fxvsplatb v_zero, 3
        li      3, 127
        fxvsplatb v_half, 3
        splat   v_decay, decay
        splat   v_threshold, threshold
        splat   v_pruned_label, pruned_label
        blr
        .size   rule_setup, . - rule_setup

        function rule_begin
        blr
        .size   rule_begin, . - rule_begin

        .macro  update_half
        weight_read
        fxvinx  3, 0, 10
        addi    10, 10, 1
        fxvaddtacb 3, v_half            # -1..254 below the point: the product rounds up or down at random
        fxvmabfs 2, 4, v_decay
        fxvsubbfs 4, 4, 2
        fxvshb  4, 4, -1
        fxvsubbm 2, 4, v_threshold
        fxvcmpb 2
        fxvsel  4, 4, v_zero, 2
        fxvoutx 4, 0, r_index
        fxvoutx v_pruned_label, r_label, r_index, 2
        .endm
        .equ    r_label, 11

        function rule_row
        slwi    r_index, 3, 1
        lis     r_label, IO_LABEL@h
        lis     10, IO_RANDOM@h
        update_half
        addi    r_index, r_index, 1
        update_half
        blr
        .size   rule_row, . - rule_row

        .data
        .balign 4
        .globl  decay, threshold, pruned_label
        .type   decay, @object
decay:  .long   4
        .size   decay, 4
        .type   threshold, @object
threshold: .long 4
        .size   threshold, 4
        .type   pruned_label, @object
pruned_label: .long 63
        .size   pruned_label, 4
