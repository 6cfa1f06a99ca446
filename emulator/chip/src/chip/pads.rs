//! The two analog pads and the debug lines behind them (electronicvisions haldls: include/haldls/vx/readout.h).
//!
//! A pad is driven by the board, by the debug output of a CapMem block, by a ramp of the CADC or by a readout buffer, in this
//! order. What a pad is connected to inside the chip follows its voltage. Left out: stimulus currents, reference voltages.

use super::Chip;
use crate::analog::cell::{self, Cell};
use crate::time::Time;
use hx_isa::field;
use hx_isa::regmap::Value;
use hx_isa::regmap::register::{CapMemBlockConfig, PadMultiplexerConfig, ReadoutSourceSelection};

/// Blocks whose voltage output goes to the intermediate multiplexer.
const CAPMEM_OUTPUTS: [Value; 4] = [
    field!(PadMultiplexerConfig, "capmem_v_out_mux[0]"),
    field!(PadMultiplexerConfig, "capmem_v_out_mux[1]"),
    field!(PadMultiplexerConfig, "capmem_v_out_mux[2]"),
    field!(PadMultiplexerConfig, "capmem_v_out_mux[3]"),
];
/// Quadrants whose CADC ramp goes to the pad.
const RAMPS: [Value; 4] = [
    field!(PadMultiplexerConfig, "cadc_v_ramp_mux[0]"),
    field!(PadMultiplexerConfig, "cadc_v_ramp_mux[1]"),
    field!(PadMultiplexerConfig, "cadc_v_ramp_mux[2]"),
    field!(PadMultiplexerConfig, "cadc_v_ramp_mux[3]"),
];
/// Readout buffers: from the buffer to the pads, and from those to one pad.
const BUFFERS: [[Value; 2]; 2] = [
    [
        field!(ReadoutSourceSelection, "enable_buffer_to_pad[0]"),
        field!(PadMultiplexerConfig, "buffer_to_pad[0]"),
    ],
    [
        field!(ReadoutSourceSelection, "enable_buffer_to_pad[1]"),
        field!(PadMultiplexerConfig, "buffer_to_pad[1]"),
    ],
];
/// Debug lines of the CADC: causal, acausal.
const CADC_LINES: [Value; 2] = [
    field!(PadMultiplexerConfig.cadc_debug_causal_to_synapse_intermediate_mux),
    field!(PadMultiplexerConfig.cadc_debug_acausal_to_synapse_intermediate_mux),
];
impl Chip {
    fn pad_switch(&self, pad: usize, value: Value) -> bool {
        value.is_set(self.words::<PadMultiplexerConfig>(pad))
    }

    /// Voltage of an analog pad (0, 1) as an instrument at it would find it; `None`: nothing drives it.
    #[must_use]
    pub fn pad_v(&self, pad: usize, at: Time) -> Option<f64> {
        self.pad_drive_v(pad).or_else(|| self.buffer_v(pad, at))
    }

    /// Voltage of a pad that something steady drives.
    pub(super) fn pad_drive_v(&self, pad: usize) -> Option<f64> {
        let board_v = self.board.pads_v.get(pad).copied().flatten();
        board_v.or_else(|| self.capmem_output_v(pad)).or_else(|| self.ramp_output_v(pad))
    }

    /// The pad's voltage where the multiplexer's debug inputs see it.
    pub(super) fn debug_pad_v(&self, pad: usize) -> Option<f64> {
        self.pad_drive_v(pad).filter(|_| self.pad_switch(pad, field!(PadMultiplexerConfig.debug_to_pad)))
    }

    fn buffer_v(&self, pad: usize, at: Time) -> Option<f64> {
        let selection = self.words::<ReadoutSourceSelection>(0);
        let drives = |[enable, to_pad]: [Value; 2]| enable.is_set(selection) && self.pad_switch(pad, to_pad);
        let buffer = BUFFERS.into_iter().position(drives)?;
        Some(self.multiplexer_v(buffer, at))
    }

    fn capmem_output_v(&self, pad: usize) -> Option<f64> {
        let on = |value| self.pad_switch(pad, value);
        let connected = on(field!(PadMultiplexerConfig.capmem_intermediate_mux_to_pad))
            && on(field!(PadMultiplexerConfig.capmem_v_out_mux_to_capmem_intermediate_mux));
        let block = CAPMEM_OUTPUTS.into_iter().position(on).filter(|_| connected)?;
        self.capmem_debug_v(block)
    }

    /// Before a conversion a ramp stands at its offset.
    fn ramp_output_v(&self, pad: usize) -> Option<f64> {
        let on = |value| self.pad_switch(pad, value);
        let connected = on(field!(PadMultiplexerConfig.cadc_v_ramp_mux_to_pad));
        let quadrant = RAMPS.into_iter().position(on).filter(|_| connected)?;
        Some(self.blocks[quadrant].cadc_ramp.offset_v)
    }

    /// Voltage of the CapMem cell that the debug readout of a block selects.
    fn capmem_debug_v(&self, block: usize) -> Option<f64> {
        let words = self.words::<CapMemBlockConfig>(block);
        let hot = field!(CapMemBlockConfig.hotbit_capmem_row).get(words);
        let row = (cell::ROWS - 1).checked_sub(hot.checked_ilog2()? as usize)?;
        let column = field!(CapMemBlockConfig.capmem_column).get(words) as usize;
        Cell::new(block, row, column).map(|cell| self.values.get(cell))
    }

    /// Voltage that a pad puts on a debug line.
    pub(super) fn line_from_pad_v(&self, line: Value) -> Option<f64> {
        let to_pad = field!(PadMultiplexerConfig.synapse_intermediate_mux_to_pad);
        let connected = |pad: &usize| self.pad_switch(*pad, to_pad) && self.pad_switch(*pad, line);
        (0..2).filter(connected).find_map(|pad| self.pad_drive_v(pad))
    }

    /// Voltages of the causal and the acausal debug line of the CADC; ground where nothing drives them.
    pub(super) fn cadc_debug_v(&self) -> [f64; 2] {
        CADC_LINES.map(|line| self.line_from_pad_v(line).unwrap_or(0.0))
    }
}
