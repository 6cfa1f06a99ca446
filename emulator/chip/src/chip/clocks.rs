//! Clocks by the registers of the PLLs (electronicvisions haldls: src/haldls/vx/pll.cpp): `f_dco = P0 N f_ref`,
//! `core_k = f_dco / (P1 M_k)`, `dco = f_dco / P2`.

use crate::omnibus::Registers;
use crate::time::Time;
use hx_isa::field;
use hx_isa::regmap::Register;
use hx_isa::regmap::Value;
use hx_isa::regmap::register::PLLClockOutputBlock;

/// Period of the PLLs' reference clock: 50 MHz.
const REFERENCE: Time = Time(20_000);

/// Fields of an output of the clock block: enable, bypass, choice of the PLL and of its output.
pub type Output = [Value; 4];

/// The clock of the processors.
pub const PROCESSORS: Output = [
    field!(PLLClockOutputBlock, "output[2].enable_output"),
    field!(PLLClockOutputBlock, "output[2].enable_bypass"),
    field!(PLLClockOutputBlock, "output[2].select_adpll"),
    field!(PLLClockOutputBlock, "output[2].select_adpll_output"),
];
/// The clock of the MADC.
pub const MADC: Output = [
    field!(PLLClockOutputBlock, "output[3].enable_output"),
    field!(PLLClockOutputBlock, "output[3].enable_bypass"),
    field!(PLLClockOutputBlock, "output[3].select_adpll"),
    field!(PLLClockOutputBlock, "output[3].select_adpll_output"),
];

/// Whether the clock block was written since reset.
pub fn configured(registers: &Registers) -> bool {
    registers.words(PLLClockOutputBlock::INDEX, 0).iter().any(|word| *word != 0)
}

/// Period of an output; `None` where the registers leave it open, as after reset.
pub fn period(registers: &Registers, [enable, bypass, select, source]: Output) -> Option<Time> {
    let output = |value: Value| registers.get(value, 0);
    if output(enable) == 0 {
        return None;
    }
    if output(bypass) == 1 {
        return Some(Time::FPGA_CYCLE);
    }
    let pll = output(select) as usize;
    let factor = |value: Value| u64::from(registers.get(value, pll));
    let divider = match output(source) {
        0 => factor(field!(ADPLL.pre_div_p1)) * factor(field!(ADPLL.core_div_m0)),
        1 => factor(field!(ADPLL.pre_div_p1)) * factor(field!(ADPLL.core_div_m1)),
        _ => factor(field!(ADPLL.pre_div_p2)),
    };
    let multiplier = factor(field!(ADPLL.pre_div_p0)) * factor(field!(ADPLL.loop_div_n));
    let period = (REFERENCE.0 * divider).checked_div(multiplier)?;
    (period > 0).then_some(Time(period))
}
