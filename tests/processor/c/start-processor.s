# Start on the plasticity processor: stack below the return code, result of main to word 3071, then sleep.
	.section .text.start, "ax", @progbits
	.globl _start
_start:	b begin
	.rept 12
	b unexpected
	.endr
begin:	li 1, 0x2fe0
	li 0, 0
	stw 0, 0(1)
	bl main
finish:	li 4, 0x2ffc
	stw 3, 0(4)
sleep:	.long 0x7c00007c	# wait; newer assemblers write another word for it
	b sleep
unexpected:
	li 3, -1
	b finish
	.section .note.GNU-stack, "", @progbits
