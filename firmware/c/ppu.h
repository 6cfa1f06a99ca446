/* Vector instructions for rules in C. The compilers at hand do not know the vector unit, so a vector operand is the number of a
 * vector register, 0..31, and every instruction is placed as a word. The compiler keeps no values in vector registers, and
 * assembly marked volatile stays in order, so what a register holds is in the hands of the rule alone.
 * Word: 4 << 26 | t << 21 | a << 16 | b << 11 | opcode << 2 | condition (electronicvisions nux:doc/guide). */
#ifndef HX_PPU_H
#define HX_PPU_H

#include <stdint.h>

#define FXV_ALWAYS 0
#define FXV_POSITIVE 1
#define FXV_NEGATIVE 2
#define FXV_ZERO 3

#define FXV_WORD(opcode, t, a, b, c) \
	(4u << 26 | (uint32_t)(t) << 21 | (uint32_t)(a) << 16 | ((uint32_t)(b) & 31u) << 11 | (opcode) << 2 | (c))
#define FXV(opcode, t, a, b, c) __asm__ volatile(".long %0" : : "i"(FXV_WORD(opcode, t, a, b, c)) : "memory")

/* bytes: saturating sum, difference and fractional product; sum and difference modulo 256 */
#define fxv_addbfs(t, a, b) FXV(477u, t, a, b, 0u)
#define fxv_subbfs(t, a, b) FXV(349u, t, a, b, 0u)
#define fxv_mulbfs(t, a, b) FXV(93u, t, a, b, 0u)
#define fxv_addbm(t, a, b) FXV(461u, t, a, b, 0u)
#define fxv_subbm(t, a, b) FXV(333u, t, a, b, 0u)
/* shift by -16..15, to the left when positive; comparison with zero; t = condition ? b : a */
#define fxv_shb(t, a, amount) FXV(317u, t, a, amount, 0u)
#define fxv_cmpb(a) FXV(301u, 0, a, 0, 0u)
#define fxv_sel(t, a, b, c) FXV(319u, t, a, b, c)

/* Instructions with a general register: the value is put into r3, which the word names. */
#define FXV_WITH_R3(opcode, t, a, b, c, value) \
	do { \
		register uint32_t r3_ __asm__("r3") = (uint32_t)(value); \
		__asm__ volatile(".long %0" : : "i"(FXV_WORD(opcode, t, a, b, c)), "r"(r3_) : "memory"); \
	} while (0)
#define fxv_splatb(t, value) FXV_WITH_R3(269u, t, 3, 0, 0u, value)
#define fxv_inx(t, address) FXV_WITH_R3(236u, t, 0, 3, 0u, address)
#define fxv_outx(t, address, c) FXV_WITH_R3(252u, t, 0, 3, c, address)
#define fxv_lax(t, pointer) FXV_WITH_R3(492u, t, 0, 3, 0u, pointer)
#define fxv_stax(t, pointer) FXV_WITH_R3(508u, t, 0, 3, 0u, pointer)
#define ppu_sync() __asm__ volatile("sync" : : : "memory")

/* vector I/O space: region + 2 * row + half */
#define IO_WEIGHT 0x00000000u
#define IO_LABEL 0x00040000u
#define IO_CAUSAL 0x00080000u
#define IO_ACAUSAL 0x000c0000u
#define IO_RANDOM 0x000e0000u
#define IO_BUFFERED 0x00200000u

/* plain code sections go to external memory; this keeps a function in the processor's own */
#define INTERNAL __attribute__((section("int.text")))

#endif
