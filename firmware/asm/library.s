# Small library over the vector I/O space and the on-chip bus. Calling convention: SysV (arguments from r3 on, result in r3);
# vectors are passed in VR2.. and returned in VR2.. as the processor's compiler does.
        .include "ppu.inc"
        .section int.text, "ax", @progbits

# weight_row_read(r3 = 2 * row + half) -> VR2: 128 weights, 0..63 each
        function weight_row_read
        fxvinx  2, 0, 3
        blr
        .size   weight_row_read, . - weight_row_read

# weight_row_write(r3 = 2 * row + half, VR2)
        function weight_row_write
        fxvoutx 2, 0, 3
        blr
        .size   weight_row_write, . - weight_row_write

# label_row_read(r3 = 2 * row + half) -> VR2, label_row_write(r3, VR2)
        function label_row_read
        lis     4, IO_LABEL@h
        fxvinx  2, 4, 3
        blr
        .size   label_row_read, . - label_row_read

        function label_row_write
        lis     4, IO_LABEL@h
        fxvoutx 2, 4, 3
        blr
        .size   label_row_write, . - label_row_write

# cadc_row_read(r3 = row) -> VR2, VR3 causal codes of even and odd columns, VR4, VR5 acausal ones. One conversion.
        function cadc_row_read
        slwi    3, 3, 1
        addi    4, 3, 1
        lis     5, IO_CAUSAL@h
        fxvinx  2, 5, 3
        oris    5, 5, IO_BUFFERED@h
        fxvinx  3, 5, 4
        lis     5, (IO_ACAUSAL | IO_BUFFERED)@h
        fxvinx  4, 5, 3
        fxvinx  5, 5, 4
        blr
        .size   cadc_row_read, . - cadc_row_read

# correlation_reset(r3 = row): both traces of the whole row; overwrites VR2
        function correlation_reset
        slwi    3, 3, 1
        addi    4, 3, 1
        li      5, 3
        fxvsplatb 2, 5
        lis     5, IO_CAUSAL@h
        fxvoutx 2, 5, 3
        fxvoutx 2, 5, 4
        blr
        .size   correlation_reset, . - correlation_reset

# correlation_baseline(r3 = row): resets the sensors of the row and stores half of what they read then, one byte per column,
# as baseline_causal and baseline_acausal (even columns first). Overwrites VR2..VR5.
        function correlation_baseline
        mflr    12
        mr      10, 3
        bl      correlation_reset
        sync
        mr      3, 10
        bl      cadc_row_read
        address 3, baseline_causal
        address 4, baseline_acausal
        li      5, VECTOR_BYTES
        fxvshb  2, 2, -1
        fxvshb  3, 3, -1
        fxvshb  4, 4, -1
        fxvshb  5, 5, -1
        fxvstax 2, 0, 3
        fxvstax 3, 5, 3
        fxvstax 4, 0, 4
        fxvstax 5, 5, 4
        sync
        mtlr    12
        blr
        .size   correlation_baseline, . - correlation_baseline

# spike_counters_read(r3 = 256 bytes): spikes of the 256 neurons of the own row since the last call, at most 127 each, even columns
# in bytes 0..127, odd columns in 128..255; the counters start again from 0.
        function spike_counters_read
        word_load 4, ppu
        slwi    4, 4, 11                # SPIKE_COUNTER_BOTTOM for the bottom processor
        lis     5, SPIKE_COUNTER_WEST@ha
        addi    5, 5, SPIKE_COUNTER_WEST@l
        add     5, 5, 4
        mflr    12
        bl      .Lhalf
        lis     5, SPIKE_COUNTER_EAST@ha
        addi    5, 5, SPIKE_COUNTER_EAST@l
        add     5, 5, 4
        bl      .Lhalf
        mtlr    12
        blr
.Lhalf: li      6, 64                   # pairs of neighbouring columns
        mtctr   6
1:      lwz     7, 0(5)
        lwz     8, SPIKE_COUNTER_STRIDE(5)
        stw     7, SPIKE_COUNTER_RESET(5)
        stw     8, SPIKE_COUNTER_RESET + SPIKE_COUNTER_STRIDE(5)
        cmplwi  0, 7, 127               # the sticky overflow is bit 8, so it counts as more than 127
        ble     0, 2f
        li      7, 127
2:      cmplwi  0, 8, 127
        ble     0, 3f
        li      8, 127
3:      stb     7, 0(3)
        stb     8, VECTOR_BYTES(3)
        addi    3, 3, 1
        addi    5, 5, 2 * SPIKE_COUNTER_STRIDE
        bdnz    1b
        blr
        .size   spike_counters_read, . - spike_counters_read

# time_base() -> r3: clock cycles since reset, low word
        function time_base
        mfspr   3, SPR_TBL
        blr
        .size   time_base, . - time_base

# sleep_cycles(r3): returns when at least so many cycles have passed
        function sleep_cycles
        mfspr   4, SPR_TBL
1:      mfspr   5, SPR_TBL
        subf    5, 4, 5
        cmplw   0, 5, 3
        blt     0, 1b
        blr
        .size   sleep_cycles, . - sleep_cycles

# fixed_multiply(r3, r4 in 1.31) -> r3: product in 1.31, rounded to minus infinity; -1 * -1 gives -1
        function fixed_multiply
        mulhw   5, 3, 4
        mullw   6, 3, 4
        rlwinm  3, 5, 1, 0, 30
        rlwimi  3, 6, 1, 31, 31
        blr
        .size   fixed_multiply, . - fixed_multiply

# saturate_byte(r3) -> r3: clamped to -128..127
        function saturate_byte
        cmpwi   0, 3, 127
        ble     0, 1f
        li      3, 127
1:      cmpwi   0, 3, -128
        bgelr   0
        li      3, -128
        blr
        .size   saturate_byte, . - saturate_byte

        .data
        .balign 128
        .globl  baseline_causal, baseline_acausal, ppu
        .type   baseline_causal, @object
baseline_causal:
        .fill   2 * VECTOR_BYTES, 1, 100
        .size   baseline_causal, 2 * VECTOR_BYTES
        .type   baseline_acausal, @object
baseline_acausal:
        .fill   2 * VECTOR_BYTES, 1, 100
        .size   baseline_acausal, 2 * VECTOR_BYTES
        .type   ppu, @object
ppu:    .long   0                       # 0 top, 1 bottom; written by the host
        .size   ppu, 4
