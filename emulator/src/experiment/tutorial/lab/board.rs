//! What is on the chip: analog parameters, switches of neurons, and who is connected to whom. Plain data, so that variants of
//! a board are clones of it.

use super::connections::Connections;
use crate::experiment::ExperimentError;
use hx_calib::{Calibration, Refractory, Targets, bench};
use hx_host::driver::capmem::{self, CapMemError};
use hx_host::driver::neuron::CommonBackends;
use hx_host::driver::synapse::connect_columns;
use hx_host::driver::{Configuration, Hemisphere, WriteRegisters, routing};
use hx_isa::field;
use hx_isa::regmap::capmem::{CapMemParameter, capmem_parameter};
use hx_isa::regmap::coordinate::{AtomicNeuronOnDLS, CommonNeuronBackendConfigOnDLS, SynapseDriverOnDLS};
use hx_isa::regmap::register::{NeuronBackendConfig, NeuronConfig};
use hx_isa::regmap::{Frame, Value};
use std::collections::BTreeSet;

/// Biases every circuit needs, and the synapses' DAC bias of the tutorials (electronicvisions calix: src/py/calix/hagen/
/// neuron_helpers.py, common/cadc.py; 600 is the default of its synapse_dac_bias).
const SUPPORT: [(&CapMemParameter, u16); 14] = [
    (capmem_parameter("neuron_v_bias_casc_n"), 250),
    (capmem_parameter("neuron_i_bias_readout_amp"), 110),
    (capmem_parameter("neuron_i_bias_leak_source_follower"), 100),
    (capmem_parameter("neuron_i_bias_spike_comparator"), 200),
    (capmem_parameter("neuron_i_bias_synin_drop"), 300),
    (capmem_parameter("syn_i_bias_dac"), 600),
    (capmem_parameter("syn_i_bias_corout"), 600),
    (capmem_parameter("stp_i_bias_comparator"), 1022),
    (capmem_parameter("stp_i_ramp"), 600),
    (capmem_parameter("cadc_v_ramp_offset"), 22),
    (capmem_parameter("cadc_v_bias_ramp_buf"), 400),
    (capmem_parameter("cadc_i_ramp_slope"), 200),
    (capmem_parameter("cadc_i_bias_comp"), 1022),
    (capmem_parameter("cadc_i_bias_vreset_buf"), 1022),
];

/// Parameters of neurons that nobody chose: a membrane that rests quietly, everything optional off.
const QUIET: [(&CapMemParameter, u16); 24] = [
    (capmem_parameter("v_leak"), 576),
    (capmem_parameter("v_reset"), 522),
    (capmem_parameter("v_threshold"), 322),
    (capmem_parameter("e_synin_exc_rev"), 500),
    (capmem_parameter("e_synin_inh_rev"), 500),
    (capmem_parameter("v_adapt_leak"), 376),
    (capmem_parameter("v_exp"), 1022),
    (capmem_parameter("v_adapt_ref"), 500),
    (capmem_parameter("i_bias_leak"), 171),
    (capmem_parameter("i_bias_reset"), 1022),
    (capmem_parameter("i_bias_synin_exc_tau"), 307),
    (capmem_parameter("i_bias_synin_exc_coba"), 0),
    (capmem_parameter("i_bias_synin_exc_shift"), 310),
    (capmem_parameter("i_bias_synin_exc_gm"), 500),
    (capmem_parameter("i_bias_synin_inh_tau"), 307),
    (capmem_parameter("i_bias_synin_inh_coba"), 0),
    (capmem_parameter("i_bias_synin_inh_shift"), 310),
    (capmem_parameter("i_bias_synin_inh_gm"), 500),
    (capmem_parameter("i_bias_adapt_tau"), 100),
    (capmem_parameter("i_bias_adapt_a"), 0),
    (capmem_parameter("i_bias_adapt_b"), 0),
    (capmem_parameter("i_bias_exp"), 0),
    (capmem_parameter("i_mem_offset"), 0),
    (capmem_parameter("i_bias_nmda"), 0),
];

/// A chip's settings.
#[derive(Debug, Clone)]
pub struct Board {
    base: Configuration,
    /// Spike sources and synapses.
    pub(super) connections: Connections,
    /// Common settings of the backends, clocks included.
    pub(super) backends: CommonBackends,
}

impl Board {
    /// A chip whose neurons all have the same codes, those of a typical calibration, and neither hear nor fire.
    ///
    /// # Errors
    /// Never: the codes are in range.
    pub fn uncalibrated() -> Result<Board, ExperimentError> {
        let mut base = bench::static_configuration()?;
        for (parameter, code) in SUPPORT.into_iter().chain(QUIET) {
            capmem::write_all(&mut base, parameter, code).map_err(refused)?;
        }
        bench::write_cadc_offsets(&mut base, &[0; bench::CHANNELS]);
        let refractory = Refractory::new(&Targets::default());
        let neuron = Frame::<NeuronConfig>::zero()
            .with(field!(NeuronConfig.enable_reset_multiplication), 1)
            .with(field!(NeuronConfig.enable_readout_amplifier), 1)
            .with(field!(NeuronConfig.enable_synaptic_input_excitatory_high_resistance), 1)
            .with(field!(NeuronConfig.enable_synaptic_input_inhibitory_high_resistance), 1)
            .with(field!(NeuronConfig.membrane_capacitor_size), 63);
        for at in AtomicNeuronOnDLS::all() {
            base.write(at.to_neuron_config(), &neuron);
            base.write(at.to_neuron_backend_config(), &refractory.backend());
        }
        Ok(Board { base, connections: Connections::default(), backends: refractory.common_backends() })
    }

    /// A calibrated chip: every selected neuron hears its inputs and can fire, none is connected to anything.
    ///
    /// # Errors
    /// Never for a calibration that was measured.
    pub fn calibrated(calibration: &Calibration) -> Result<Board, ExperimentError> {
        let base = hx_calib::apply(calibration)?;
        Ok(Board { base, connections: Connections::default(), backends: calibration.common_backends() })
    }

    /// A neuron to be changed.
    pub fn neuron(&mut self, at: AtomicNeuronOnDLS) -> NeuronSettings<'_> {
        NeuronSettings { board: self, at }
    }

    /// Sets a shared parameter in all blocks, or a parameter of all neurons.
    ///
    /// # Errors
    /// When the code is beyond the largest.
    pub fn cell_everywhere(
        &mut self,
        parameter: &CapMemParameter,
        code: u16,
    ) -> Result<&mut Self, ExperimentError> {
        capmem::write_all(&mut self.base, parameter, code).map_err(refused)?;
        Ok(self)
    }

    /// The registers set so far, without events and synapses, for what this bench has no word for.
    pub fn registers(&mut self) -> &mut Configuration {
        &mut self.base
    }

    /// Clocks of the refractory counters: 250 MHz / 2^(scale+1), slow and fast (the latter that of calibrated neurons).
    ///
    /// # Errors
    /// When a scale is above 15.
    pub fn refractory_clocks(&mut self, slow: u8, fast: u8) -> Result<&mut Self, ExperimentError> {
        for frame in &mut self.backends {
            let scales = [
                ("clock_scale_slow", field!(CommonNeuronBackendConfig.clock_scale_slow), slow),
                ("clock_scale_fast", field!(CommonNeuronBackendConfig.clock_scale_fast), fast),
            ];
            for (name, field, scale) in scales {
                super::in_range(name, f64::from(scale), 0.0, 15.0)?;
                frame.set(field, scale.into());
            }
        }
        Ok(self)
    }

    /// Changes a setting that both halves of the neuron backends share.
    pub fn backend_everywhere(&mut self, field: Value, value: u32) -> &mut Self {
        self.backends.iter_mut().for_each(|frame| frame.set(field, value));
        self
    }

    /// All words of the board; the rows of `drivers` beyond its own are emptied.
    ///
    /// # Errors
    /// Never: weights and labels are in range by construction.
    pub(super) fn configuration(
        &self,
        drivers: &BTreeSet<SynapseDriverOnDLS>,
    ) -> Result<Configuration, ExperimentError> {
        let mut all = self.base.clone();
        for (at, frame) in CommonNeuronBackendConfigOnDLS::all().zip(&self.backends) {
            all.write(at, frame);
        }
        routing::write_crossbar(&mut all, &self.connections.recurrent());
        routing::write_padi_buses(&mut all, self.connections.pulse_extension);
        routing::stop_background(&mut all);
        for hemisphere in Hemisphere::ALL {
            connect_columns(&mut all, hemisphere, &self.connections.columns(hemisphere));
        }
        self.connections.write(drivers, &mut all).map_err(ExperimentError::driver)?;
        Ok(all)
    }
}

/// A code that a cell cannot hold is a wrong configuration.
fn refused(error: CapMemError) -> ExperimentError {
    ExperimentError::Config(error.to_string())
}

/// One neuron of a board under change.
#[derive(Debug)]
pub struct NeuronSettings<'a> {
    board: &'a mut Board,
    at: AtomicNeuronOnDLS,
}

impl NeuronSettings<'_> {
    /// Sets a cell of its analog parameters.
    ///
    /// # Errors
    /// Naming the parameter, when the code is above 1022.
    pub fn cell(self, parameter: &CapMemParameter, code: u16) -> Result<Self, ExperimentError> {
        capmem::write_neuron(&mut self.board.base, parameter, self.at, code).map_err(refused)?;
        Ok(self)
    }

    /// Sets several cells.
    ///
    /// # Errors
    /// As [`NeuronSettings::cell`].
    pub fn cells(self, codes: &[(&CapMemParameter, u16)]) -> Result<Self, ExperimentError> {
        codes.iter().try_fold(self, |neuron, &(parameter, code)| neuron.cell(parameter, code))
    }

    /// Code of a cell.
    #[must_use]
    pub fn code(&self, parameter: &CapMemParameter) -> u16 {
        use hx_isa::regmap::register::CapMemCell;
        let cell = parameter.neuron_cell(self.at);
        let frame = cell.and_then(|cell| self.board.base.frame::<CapMemCell>(cell));
        frame.map_or(0, |frame| frame.get(field!(CapMemCell.value)) as u16)
    }

    /// Sets a field of its `NeuronConfig`.
    #[must_use]
    pub fn set(self, field: Value, value: u32) -> Self {
        self.board.base.update::<NeuronConfig>(self.at.to_neuron_config(), |frame| frame.set(field, value));
        self
    }

    /// Sets a field of its `NeuronBackendConfig`.
    #[must_use]
    pub fn set_backend(self, field: Value, value: u32) -> Self {
        let at = self.at.to_neuron_backend_config();
        self.board.base.update::<NeuronBackendConfig>(at, |frame| frame.set(field, value));
        self
    }

    /// Connects its excitatory and inhibitory input to the membrane, or not.
    #[must_use]
    pub fn hears(self, excitatory: bool, inhibitory: bool) -> Self {
        self.set(field!(NeuronConfig.enable_synaptic_input_excitatory), excitatory.into())
            .set(field!(NeuronConfig.enable_synaptic_input_inhibitory), inhibitory.into())
    }

    /// Lets it fire at its threshold, or not.
    #[must_use]
    pub fn fires(self, fires: bool) -> Self {
        self.set(field!(NeuronConfig.enable_threshold_comparator), fires.into())
            .set(field!(NeuronConfig.enable_fire), fires.into())
    }

    /// Refractory period in counts of the slow clock (125 MHz unless changed).
    #[must_use]
    pub fn refractory_counts(self, counts: u8) -> Self {
        self.set_backend(field!(NeuronBackendConfig.select_input_clock), 0)
            .set_backend(field!(NeuronBackendConfig.refractory_time), counts.into())
    }

    /// Sends its spikes to the host, where recordings show them; the source that its spikes are for other neurons.
    ///
    /// # Errors
    /// When too many neurons of its event output's bus send.
    pub fn sends(self) -> Result<super::Source, ExperimentError> {
        let source = self.board.connections.neuron(self.at)?;
        let _ = self
            .set_backend(field!(NeuronBackendConfig.address_out), source.label.into())
            .set_backend(field!(NeuronBackendConfig.enable_spike_out), 1);
        Ok(source)
    }
}
