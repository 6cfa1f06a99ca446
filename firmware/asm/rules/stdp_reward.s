# Reward-modulated plasticity: every synapse keeps an eligibility e <- decay e + (causal - acausal); a reward R turns it into
# w <- w + eta (R - mean R) e + noise, clamped to 0..63, and the mean follows the reward: mean <- mean + (R - mean) / 2^mean_shift.
# R is a signed fraction in 1/128, as are decay, eta and the amplitude of the noise. At most 16 rows.
        .include "rule.inc"
        .equ    v_decay, 25
        .equ    v_noise, 24
        .equ    v_modulation, 23
        .section int.text, "ax", @progbits

        function rule_setup
        correlation_setup
        splat   v_decay, decay
        splat   v_noise, noise
        blr
        .size   rule_setup, . - rule_setup

        function rule_begin
        mflr    12
        address 9, reward_parameters
        lwz     3, reward - reward_parameters(9)
        slwi    3, 3, 8                 # the mean has 8 bits more than the reward
        lwz     4, mean_reward - reward_parameters(9)
        subf    5, 4, 3                 # R - mean
        lwz     6, mean_shift - reward_parameters(9)
        sraw    6, 5, 6
        add     4, 4, 6
        stw     4, mean_reward - reward_parameters(9)
        lwz     6, eta - reward_parameters(9)
        mullw   3, 5, 6
        srawi   3, 3, 15
        bl      saturate_byte
        stw     3, modulation - reward_parameters(9)
        fxvsplatb v_modulation, 3
        address 9, eligibility
        stw     9, eligibility_next@l(0)
        mtlr    12
        blr
        .size   rule_begin, . - rule_begin

        .macro  update_half region, baseline_causal, baseline_acausal
        correlation_read \region, \baseline_causal, \baseline_acausal
        fxvsubbfs 2, 2, 3
        fxvlax  5, 0, 9
        fxvmulbfs 5, 5, v_decay
        fxvaddbfs 5, 5, 2
        fxvstax 5, 0, 9
        addi    9, 9, VECTOR_BYTES
        weight_read
        fxvmulbfs 5, 5, v_modulation
        fxvaddbfs 4, 4, 5
        fxvinx  6, 0, 10
        addi    10, 10, 1
        fxvmulbfs 6, 6, v_noise
        fxvaddbfs 4, 4, 6
        weight_write
        .endm

        function rule_row
        row_addresses
        lwz     9, eligibility_next@l(0)
        lis     10, IO_RANDOM@h
        update_half r_causal, v_baseline_causal_even, v_baseline_acausal_even
        addi    r_index, r_index, 1
        update_half r_causal_again, v_baseline_causal_odd, v_baseline_acausal_odd
        stw     9, eligibility_next@l(0)
        blr
        .size   rule_row, . - rule_row

        .data
        .balign 4
        .globl  decay, noise, eta, reward, mean_reward, mean_shift, modulation
reward_parameters:
        .macro  parameter name, value
        .type   \name, @object
\name:  .long   \value
        .size   \name, 4
        .endm
        parameter decay, 115
        parameter noise, 0
        parameter eta, 64
        parameter reward, 0
        parameter mean_reward, 0
        parameter mean_shift, 4
        parameter modulation, 0         # result of the last update, for the host to read
        parameter eligibility_next, 0

        .bss
        .balign 128
        .globl  eligibility
        .type   eligibility, @object
eligibility:
        .space  16 * 2 * VECTOR_BYTES
        .size   eligibility, 16 * 2 * VECTOR_BYTES
