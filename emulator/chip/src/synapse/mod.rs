//! From an event on a PADI bus to deflections of the synaptic lines: drivers pick the rows, labels pick the synapses, and
//! what one address does to all neurons of a hemisphere is worked out once and kept until a register changes it. Correlation
//! sensors remember the order and distance of events and spikes at every synapse.

pub mod correlation;
pub mod delivery;
pub mod driver;
pub mod stp;

pub use correlation::{SensorArray, SensorSource};
pub use delivery::{Delivery, DeliveryCache, SynapseSource};
pub use driver::{DRIVERS_PER_BUS, Driver, Modulation, PadiAddress, RowMode};
pub use stp::Stp;
