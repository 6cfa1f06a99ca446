//! A setup for the driver's own tests: registers that store what is written, spikes that come back after a fixed latency,
//! one cycle a message. Nothing of the executor is used, so that the two can be wrong independently.

use crate::message::stream::encode_from_fpga;
use crate::message::{FromFpga, LinkNotification, Spike, ToFpga};
use crate::setup::{Setup, SetupError};
use std::collections::BTreeMap;

/// Cycles from the FPGA over the chip and back.
pub const SPIKE_LATENCY: u64 = 100;
/// Cycles from the FPGA to where a spike is stamped.
pub const STAMP_LATENCY: u64 = 40;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct FakeSetup {
    pub registers: BTreeMap<u32, u32>,
    /// Words of every program, in the order in which they were run.
    pub programs: Vec<Vec<u64>>,
    /// Answers to be given to the next program instead of the right ones.
    pub canned: Option<Vec<FromFpga>>,
    now: u64,
    timer_zero: u64,
}

impl FakeSetup {
    /// Addresses written by the last program, in order.
    pub fn last_writes(&self) -> Vec<(u32, u32)> {
        let mut writes = Vec::new();
        let mut target = 0;
        for message in self.programs.last().into_iter().flatten().filter_map(|&word| ToFpga::decode(word)) {
            match message {
                ToFpga::OmnibusAddress { address, is_read: false, .. } => target = address,
                ToFpga::OmnibusData { data } => writes.push((target, data)),
                _ => {}
            }
        }
        writes
    }

    fn execute(&mut self, program: &[u64]) -> Vec<(u64, FromFpga)> {
        let mut answers = Vec::new();
        let mut target = 0;
        for message in program.iter().filter_map(|&word| ToFpga::decode(word)) {
            let now = self.now;
            self.now += 1;
            match message {
                ToFpga::Setup => self.timer_zero = self.now,
                ToFpga::WaitUntil { time } => self.now = self.now.max(self.timer_zero + u64::from(time) + 1),
                ToFpga::OmnibusAddress { address, is_read: true, .. } => {
                    let data = self.registers.get(&address).copied().unwrap_or(0);
                    answers.push((now, FromFpga::OmnibusData { data }));
                }
                ToFpga::OmnibusAddress { address, .. } => target = address,
                ToFpga::OmnibusData { data } => self.write(now, target, data, &mut answers),
                ToFpga::JtagData { keep_response: true, .. } => {
                    answers.push((now, FromFpga::JtagData { data: 0x3485_80af }));
                }
                ToFpga::Loopback { kind } => answers.push((now, FromFpga::Loopback { kind })),
                ToFpga::SpikePack1 { spike0 } => answers.extend(returned(now, &[spike0])),
                ToFpga::SpikePack2 { spike0, spike1 } => answers.extend(returned(now, &[spike0, spike1])),
                ToFpga::SpikePack3 { spike0, spike1, spike2 } => {
                    answers.extend(returned(now, &[spike0, spike1, spike2]));
                }
                _ => {}
            }
        }
        answers
    }

    fn write(&mut self, now: u64, address: u32, data: u32, answers: &mut Vec<(u64, FromFpga)>) {
        self.registers.insert(address, data);
        if address == 0x8800_4000 {
            let up = |phy| FromFpga::HighspeedLinkNotification { value: LinkNotification::up(phy) };
            answers.extend((0..8).map(|phy| (now, up(phy))));
        }
    }
}

fn returned(now: u64, labels: &[u16]) -> impl Iterator<Item = (u64, FromFpga)> {
    let timestamp = (2 * (now + STAMP_LATENCY)) as u8;
    labels
        .iter()
        .map(move |&label| (now + SPIKE_LATENCY, FromFpga::SpikePack1 { spike0: Spike { label, timestamp } }))
        .collect::<Vec<_>>()
        .into_iter()
}

/// Puts an absolute time before every answer, sorted by time; the halt stays last.
fn annotate(mut answers: Vec<(u64, FromFpga)>) -> Vec<FromFpga> {
    let halt = answers.pop();
    answers.sort_by_key(|(time, _)| *time);
    answers
        .into_iter()
        .flat_map(|(time, answer)| [FromFpga::Systime { systime: time.saturating_sub(1) }, answer])
        .chain(halt.map(|(_, answer)| answer))
        .collect()
}

impl Setup for FakeSetup {
    fn run(&mut self, program: &[u64]) -> Result<Vec<u64>, SetupError> {
        self.programs.push(program.to_vec());
        let answers = annotate(self.execute(program));
        Ok(encode_from_fpga(&self.canned.take().unwrap_or(answers)))
    }

    fn identifier(&self) -> String {
        "fake".to_owned()
    }
}
