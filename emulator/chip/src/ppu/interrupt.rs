//! Interrupt requests from outside: pins and doorbell (electronicvisions/nux `src/rtl/processor/interrupt_ctrl.sv`), timers, and when
//! a change of MSR bit EE is seen.

use serde::{Deserialize, Serialize};

use super::pipeline::{Interrupt, Requests};
use super::scalar::{PinInterrupts, Registers, Timers};

/// Registers of the interrupt controller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// The doorbell in this cycle and in the one before.
    doorbell: [bool; 2],
    /// It rang.
    rang: bool,
    /// Pins of the last cycle.
    pins: u32,
    /// Pins that were active or became so in the last cycle.
    active: u8,
    /// A pin asks.
    asks: bool,
    /// Taken in the last cycle.
    taken: Option<Interrupt>,
    /// Bit EE as it is in the register, and its next value with the cycle from which it is there.
    enabled: bool,
    next_enabled: Option<(u64, bool)>,
}

impl Lines {
    /// The doorbell is high in the coming cycle.
    pub fn ring(&mut self) {
        self.doorbell[0] = true;
    }

    /// Bit EE gets this value from `cycle` on.
    pub fn set_enabled(&mut self, enabled: bool, cycle: u64) {
        self.next_enabled = Some((cycle, enabled));
    }

    /// Whether an interrupt from outside may come, now or as soon as an instruction on its way is done.
    pub fn may_interrupt(&self) -> bool {
        self.enabled || self.next_enabled.is_some()
    }

    /// Bit EE changes at once and whatever was to change it does not.
    pub fn force_enabled(&mut self, enabled: bool) {
        (self.enabled, self.next_enabled) = (enabled, None);
    }

    /// An interrupt was taken in this cycle.
    pub fn take(&mut self, interrupt: Interrupt) {
        self.taken = Some(interrupt);
    }

    /// Whether nothing here changes as long as the pins stay `pins`, nobody rings and ICCR stays as it is.
    pub fn is_settled(&self, pins: u32, registers: &Registers) -> bool {
        let control = registers.pin_interrupts();
        self.doorbell == [false; 2]
            && !self.rang
            && !self.asks
            && self.taken.is_none()
            && self.next_enabled.is_none()
            && self.pins == pins
            && self.active == sensed(&control, pins, pins)
            && self.active & control.enabled == 0
    }

    /// What the core sees in `cycle`.
    pub fn requests(&mut self, timers: &Timers, cycle: u64) -> Requests {
        if let Some((_, enabled)) = self.next_enabled.take_if(|next| next.0 <= cycle) {
            self.enabled = enabled;
        }
        let timers = timers.requests(cycle);
        Requests {
            enabled: self.enabled,
            external: self.asks,
            doorbell: self.rang,
            fixed_interval: timers.fixed_interval,
            decrementer: timers.decrementer,
        }
    }

    /// One clock, in which `taken` was taken.
    pub fn step(&mut self, pins: u32, registers: &Registers, taken: Option<Interrupt>) {
        let control = registers.pin_interrupts();
        let [now, before] = self.doorbell;
        let keeps = |interrupt| self.enabled && self.taken != Some(interrupt);
        self.rang = keeps(Interrupt::Doorbell) && (self.rang || (now && !before));
        self.asks = keeps(Interrupt::External) && (self.asks || self.active & control.enabled != 0);
        self.active = sensed(&control, self.pins, pins);
        self.pins = pins;
        self.doorbell = [false, now];
        self.taken = taken;
    }
}

/// Of the four interrupt pins those that are active (level) or become so (edge).
fn sensed(control: &PinInterrupts, before: u32, now: u32) -> u8 {
    let active = now as u8 ^ control.active_low;
    let was_active = before as u8 ^ control.active_low;
    (active & (control.level | !was_active)) & 0xf
}
