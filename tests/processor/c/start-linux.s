# Start under Linux: run main, write the results and its return value to standard output, end.
	.text
	.globl _start
_start:	stwu 1, -16(1)
	bl main
	lis 5, results@ha
	la 5, results@l(5)
	stw 3, 8(1)
	li 0, 4
	li 3, 1
	mr 4, 5
	li 5, 256
	sc
	li 0, 4
	li 3, 1
	addi 4, 1, 8
	li 5, 4
	sc
	li 0, 1
	li 3, 0
	sc
	.section .note.GNU-stack, "", @progbits
