# Frame of every plasticity rule: `updates` updates, one every `period_cycles`, each over `row_count` rows from `first_row` on.
# A rule provides rule_setup(), rule_begin() and rule_row(r3 = row); it may keep VR19..VR31 between the calls.
        .include "ppu.inc"
        .section int.text, "ax", @progbits

        function _start
        stwu    1, -48(1)
        mflr    0
        stw     0, 52(1)
        stmw    24, 8(1)
        .equ    parameter_base, 31      # registers of this function by name
        .equ    row, 30
        .equ    rows_left, 29
        .equ    updates_left, 28
        .equ    deadline, 27
        .equ    period, 26
        lis     parameter_base, schedule_parameters@ha
        addi    parameter_base, parameter_base, schedule_parameters@l
        lwz     3, measure_baseline - schedule_parameters(parameter_base)
        cmpwi   0, 3, 0
        beq     0, 1f
        lwz     3, first_row - schedule_parameters(parameter_base)
        bl      correlation_baseline
1:      bl      rule_setup
        sync
        lwz     updates_left, updates - schedule_parameters(parameter_base)
        lwz     period, period_cycles - schedule_parameters(parameter_base)
        mfspr   deadline, SPR_TBL
        add     deadline, deadline, period
.Lnext: cmpwi   0, updates_left, 0
        beq     0, .Ldone
2:      mfspr   3, SPR_TBL
        subf.   3, deadline, 3          # difference, so that the wrap of the time base does no harm
        blt     0, 2b
        cmpwi   0, period, 0
        beq     0, 3f
        cmplw   0, 3, period            # a whole period late: one deadline was missed
        blt     0, 3f
        lwz     4, deadline_misses - schedule_parameters(parameter_base)
        addi    4, 4, 1
        stw     4, deadline_misses - schedule_parameters(parameter_base)
3:      bl      rule_begin
        lwz     row, first_row - schedule_parameters(parameter_base)
        lwz     rows_left, row_count - schedule_parameters(parameter_base)
4:      cmpwi   0, rows_left, 0
        beq     0, 5f
        mr      3, row
        bl      rule_row
        addi    row, row, 1
        addi    rows_left, rows_left, -1
        b       4b
5:      sync
        lwz     3, completed - schedule_parameters(parameter_base)
        addi    3, 3, 1
        stw     3, completed - schedule_parameters(parameter_base)
        add     deadline, deadline, period
        addi    updates_left, updates_left, -1
        b       .Lnext
.Ldone: li      3, 0
        lmw     24, 8(1)
        lwz     0, 52(1)
        mtlr    0
        addi    1, 1, 48
        blr
        .size   _start, . - _start

        .data
        .balign 4
        .globl  first_row, row_count, updates, period_cycles, measure_baseline, completed, deadline_misses
        .macro  parameter name, value
        .type   \name, @object
\name:  .long   \value
        .size   \name, 4
        .endm
schedule_parameters:
        parameter first_row, 0
        parameter row_count, 1
        parameter updates, 1
        parameter period_cycles, 0
        parameter measure_baseline, 0   # not 0: take the baselines from the sensors of the first row, freshly reset
        parameter completed, 0          # updates done, for the host to watch
        parameter deadline_misses, 0
