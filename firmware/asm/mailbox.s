# Text for the host: characters from the start of the mailbox on, ended by a zero. What does not fit is dropped.
        .include "ppu.inc"
        .section int.text, "ax", @progbits

# mailbox_write_character(r3)
        function mailbox_write_character
        lis     8, mailbox_position@ha
        lwz     9, mailbox_position@l(8)
        address 10, mailbox_base
        add     10, 10, 9
        address 11, mailbox_end - 1     # keep one byte for the zero
        cmplw   0, 10, 11
        bgelr   0
        stb     3, 0(10)
        li      3, 0
        stb     3, 1(10)
        addi    9, 9, 1
        stw     9, mailbox_position@l(8)
        blr
        .size   mailbox_write_character, . - mailbox_write_character

# mailbox_write_string(r3 = address of text ended by a zero)
        function mailbox_write_string
        mflr    12
        mr      7, 3
1:      lbz     3, 0(7)
        cmpwi   0, 3, 0
        beq     0, 2f
        bl      mailbox_write_character
        addi    7, 7, 1
        b       1b
2:      mtlr    12
        blr
        .size   mailbox_write_string, . - mailbox_write_string

# mailbox_write_hex(r3): eight digits
        function mailbox_write_hex
        mflr    12
        mr      7, 3
        li      6, 8
        mtctr   6
1:      rotlwi  7, 7, 4
        clrlwi  3, 7, 28
        cmpwi   0, 3, 10
        blt     0, 2f
        addi    3, 3, 'a' - 10 - '0'
2:      addi    3, 3, '0'
        bl      mailbox_write_character
        bdnz    1b
        mtlr    12
        blr
        .size   mailbox_write_hex, . - mailbox_write_hex

# mailbox_write_unsigned(r3): decimal
        function mailbox_write_unsigned
        stwu    1, -32(1)
        mflr    0
        stw     0, 36(1)
        addi    7, 1, 24                # digits are built backwards below a terminating zero
        li      4, 0
        stb     4, 0(7)
        li      5, 10
1:      divwu   4, 3, 5
        mullw   6, 4, 5
        subf    6, 6, 3
        addi    6, 6, '0'
        stbu    6, -1(7)
        mr.     3, 4
        bne     0, 1b
        mr      3, 7
        bl      mailbox_write_string
        lwz     0, 36(1)
        mtlr    0
        addi    1, 1, 32
        blr
        .size   mailbox_write_unsigned, . - mailbox_write_unsigned

        .data
        .balign 4
        .type   mailbox_position, @object
mailbox_position:
        .long   0
        .size   mailbox_position, 4
