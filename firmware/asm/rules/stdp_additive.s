# Additive spike-timing-dependent plasticity: w <- w + eta (causal - acausal), clamped to 0..63.
# eta is a signed fraction in 1/128; correlations are differences to the baseline in half converter codes.
        .include "rule.inc"
        .equ    v_eta, 25
        .section int.text, "ax", @progbits

        function rule_setup
        correlation_setup
        splat   v_eta, eta
        blr
        .size   rule_setup, . - rule_setup

        function rule_begin
        blr
        .size   rule_begin, . - rule_begin

        .macro  update_half region, baseline_causal, baseline_acausal
        correlation_read \region, \baseline_causal, \baseline_acausal
        fxvsubbfs 2, 2, 3
        fxvmulbfs 2, 2, v_eta
        weight_read
        fxvaddbfs 4, 4, 2
        weight_write
        .endm

        function rule_row
        row_addresses
        update_half r_causal, v_baseline_causal_even, v_baseline_acausal_even
        addi    r_index, r_index, 1
        update_half r_causal_again, v_baseline_causal_odd, v_baseline_acausal_odd
        blr
        .size   rule_row, . - rule_row

        .data
        .balign 4
        .globl  eta
        .type   eta, @object
eta:    .long   64
        .size   eta, 4
