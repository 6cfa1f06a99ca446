/* The additive rule of rules/stdp_additive.s in C: w <- w + eta (causal - acausal), clamped to 0..63. */
#include "ppu.h"

extern uint8_t baseline_causal[2][128], baseline_acausal[2][128];

int32_t eta = 64; /* in 1/128 */

enum { CAUSAL = 2, ACAUSAL = 3, WEIGHT = 4, ETA = 25, RESET = 30, ZERO = 31 };

INTERNAL void rule_setup(void)
{
	fxv_splatb(ZERO, 0);
	fxv_splatb(RESET, 3);
	fxv_splatb(ETA, eta);
}

INTERNAL void rule_begin(void) {}

INTERNAL void rule_row(uint32_t row)
{
	for (uint32_t half = 0; half < 2; ++half) {
		uint32_t const index = 2 * row + half;
		/* the even columns convert the row, the odd ones take what that conversion found */
		fxv_inx(CAUSAL, (half ? IO_CAUSAL | IO_BUFFERED : IO_CAUSAL) + index);
		fxv_inx(ACAUSAL, (IO_ACAUSAL | IO_BUFFERED) + index);
		fxv_outx(RESET, IO_CAUSAL + index, FXV_ALWAYS);
		fxv_shb(CAUSAL, CAUSAL, -1);
		fxv_shb(ACAUSAL, ACAUSAL, -1);
		fxv_lax(5, baseline_causal[half]);
		fxv_subbfs(CAUSAL, 5, CAUSAL);
		fxv_lax(5, baseline_acausal[half]);
		fxv_subbfs(ACAUSAL, 5, ACAUSAL);
		fxv_subbfs(CAUSAL, CAUSAL, ACAUSAL);
		fxv_mulbfs(CAUSAL, CAUSAL, ETA);
		fxv_inx(WEIGHT, IO_WEIGHT + index);
		fxv_shb(WEIGHT, WEIGHT, 1);
		fxv_addbfs(WEIGHT, WEIGHT, CAUSAL);
		fxv_cmpb(WEIGHT);
		fxv_sel(WEIGHT, WEIGHT, ZERO, FXV_NEGATIVE);
		fxv_shb(WEIGHT, WEIGHT, -1);
		fxv_outx(WEIGHT, IO_WEIGHT + index, FXV_ALWAYS);
	}
}
