# Multiplicative spike-timing-dependent plasticity: potentiation in proportion to the room above, depression in proportion to
# the weight: w <- w + eta_plus causal (w_max - w) - eta_minus acausal w, clamped to 0..63. The rates are fractions in 1/128.
        .include "rule.inc"
        .equ    v_eta_plus, 25
        .equ    v_eta_minus, 24
        .equ    v_weight_max, 23        # 2 * 63
        .section int.text, "ax", @progbits

        function rule_setup
        correlation_setup
        splat   v_eta_plus, eta_plus
        splat   v_eta_minus, eta_minus
        li      3, 126
        fxvsplatb v_weight_max, 3
        blr
        .size   rule_setup, . - rule_setup

        function rule_begin
        blr
        .size   rule_begin, . - rule_begin

        .macro  update_half region, baseline_causal, baseline_acausal
        correlation_read \region, \baseline_causal, \baseline_acausal
        weight_read
        fxvmulbfs 2, 2, v_eta_plus
        fxvsubbfs 5, v_weight_max, 4
        fxvmulbfs 2, 2, 5
        fxvmulbfs 3, 3, v_eta_minus
        fxvmulbfs 3, 3, 4
        fxvaddbfs 4, 4, 2
        fxvsubbfs 4, 4, 3
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
        .globl  eta_plus, eta_minus
        .type   eta_plus, @object
eta_plus: .long 64
        .size   eta_plus, 4
        .type   eta_minus, @object
eta_minus: .long 64
        .size   eta_minus, 4
