//! What a board puts on the chip's analog pins.

use serde::{Deserialize, Serialize};

/// Voltages from the board, V. The default is a board that sets none.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Board {
    /// On the two analog pads; `None` where nothing drives the pad.
    pub pads_v: [Option<f64>; 2],
    /// Reset voltage of the correlation sensors.
    pub sensor_reset_v: Option<f64>,
    /// Voltage that the correlation sensors measure with (v_res_meas).
    pub sensor_measure_v: Option<f64>,
}
