//! The initialisation sequence of the chip's software (electronicvisions haldls: src/stadls/vx/v3/init_generator.cpp), message
//! by message, and what its host requires of the answers.

use super::*;
use hx_chip::chip::{Chip, ChipConfig};
use hx_host::driver::{Session, SystemInit};
use hx_host::fpga::LinkDown;
use hx_host::link::{LinkConfig, MemoryLink};
use hx_host::message::LinkNotification;

/// Builds messages.
#[derive(Default)]
struct Messages(Vec<ToFpga>);

impl Messages {
    fn add(&mut self, messages: impl IntoIterator<Item = ToFpga>) {
        self.0.extend(messages);
    }

    fn wait(&mut self, time: u32) {
        self.add([ToFpga::Setup, ToFpga::WaitUntil { time }]);
    }

    fn shift(&mut self, instruction: u8, payload: u64, num_bits: u8) {
        self.add([
            ToFpga::JtagIns { instruction },
            ToFpga::JtagData { payload, num_bits, keep_response: false },
        ]);
    }

    /// Serial converters of the board: bytes of a transfer, the last one marked.
    fn spi(&mut self, port: u32, bytes: &[u8]) {
        for (i, byte) in bytes.iter().enumerate() {
            let last = u32::from(i + 1 == bytes.len()) << 31;
            self.add(ToFpga::write(port, last | u32::from(*byte)));
        }
    }

    fn board(&mut self) {
        self.spi(0x8800_7001, &[0x12, 0x34, 0x56]);
        for channel in 0..16u8 {
            let port = 0x8800_7002 + 2 * u32::from(channel / 8);
            self.spi(port, &[(channel % 8) << 4, 0x80]);
            self.spi(port, &[0xa0, 2]);
        }
        self.wait(125_000);
    }

    fn reset(&mut self) {
        self.add([ToFpga::Reset { reset: true }]);
        self.wait(10);
        self.add([ToFpga::Reset { reset: false }]);
        self.wait(100);
    }

    fn clocks_and_links(&mut self) {
        self.add([ToFpga::JtagScaler { scaler: 6 }, ToFpga::JtagInit]);
        let pll = [0x2a20_a902, 0xc0cb_f200, 0x2a20_a902, 0xc0cb_f200, 0x110d_0101];
        for (register, value) in (0..).zip(pll) {
            self.shift(3, register, 4);
            self.shift(4, value, 32);
        }
        self.add((0..8).flat_map(|phy| ToFpga::write(0x8800_6000 + phy, 0x0020_4040)));
        (0..8).for_each(|phy| self.shift(1 << 6 | (7 - phy) << 3 | 4, 0x0020_4000, 22));
        self.add([ToFpga::WaitUntil { time: 12_500 }]);
        self.add(ToFpga::write(0x8800_4000, 0xff));
        self.shift(5, 0x4_0000, 33);
        self.shift(6, 0xff, 32);
        self.shift(7, 0, 3);
    }

    fn systime(&mut self) {
        self.add([ToFpga::write(0, 0), ToFpga::write(1, 0)].concat());
        self.add([ToFpga::BARRIER_OMNIBUS, ToFpga::SystimeInit { do_sync: true }, ToFpga::BARRIER_SYSTIME]);
    }

    fn references(&mut self) {
        for enable_reset in [0x1000, 0] {
            let values = [0x280 | enable_reset, 0x280, 0x28, 0xa28, 0xa28, 0x41, 0x41, 0x2cb, 0x2cb];
            self.add((0xc_0012..).zip(values).flat_map(|(address, value)| ToFpga::write(address, value)));
            self.add([ToFpga::BARRIER_OMNIBUS]);
            self.wait(if enable_reset == 0 { 0 } else { 1000 });
        }
    }
}

fn initialisation() -> Vec<ToFpga> {
    let mut messages = Messages::default();
    messages.add(ToFpga::write(0x8800_0009, 1_250_000));
    messages.board();
    messages.reset();
    messages.clocks_and_links();
    messages.systime();
    messages.add(ToFpga::write(EVENT_RECORDING, 1));
    messages.references();
    for timing in [0x14_2800, 0x14_a800, 0x15_2800, 0x15_a800, 0x16_0402, 0x1a_1402] {
        messages.add([ToFpga::write(timing, 0x0f), ToFpga::write(timing + 1, 0x1e)].concat());
    }
    messages.add([ToFpga::BARRIER_OMNIBUS]);
    messages.0
}

fn expect_up(responses: &[FromFpga]) {
    let ups: Vec<u8> = responses
        .iter()
        .filter_map(|message| match *message {
            FromFpga::HighspeedLinkNotification { value } => Some(value.0),
            _ => None,
        })
        .collect();
    let once: Vec<u8> = (0..8).map(|phy| LinkNotification::up(phy).0).collect();
    assert_eq!(ups, once, "every link comes up once");
    assert!(!responses.iter().any(|message| matches!(message, FromFpga::TimeoutNotification { .. })));
    assert!(responses.iter().any(|message| matches!(message, FromFpga::Systime { .. })));
    assert_eq!(responses.last(), Some(&FromFpga::HALT));
}

#[test]
fn the_sequence_is_accepted() {
    for link_down in [LinkDown::Carry, LinkDown::Block] {
        let mut setup = setup(ExecutorConfig { link_down, ..Default::default() });
        expect_up(&run(&mut setup, &initialisation()));
        assert_eq!((setup.statistics().unmapped_fpga_accesses, setup.statistics().timeouts), (0, 0));
        let device = setup.device();
        assert_eq!((device.pll.len(), device.phy.len(), device.in_reset, device.disorder), (5, 8, false, 0));
        let phys: Vec<u8> = device.phy.iter().map(|(phy, _)| *phy).collect();
        assert_eq!(phys, [0, 1, 2, 3, 4, 5, 6, 7]);
    }
}

#[test]
fn the_sequence_can_be_repeated() {
    let mut setup = setup(ExecutorConfig::default());
    expect_up(&run(&mut setup, &initialisation()));
    expect_up(&run(&mut setup, &initialisation()));
}

#[test]
fn what_follows_the_initialisation_is_answered() {
    let mut setup = setup(ExecutorConfig::default());
    run(&mut setup, &initialisation());
    let id = [
        ToFpga::JtagIns { instruction: 1 },
        ToFpga::JtagData { payload: 0, num_bits: 32, keep_response: true },
        ToFpga::BARRIER_JTAG,
    ];
    let answers = with_times(&run(&mut setup, &id));
    assert_eq!(answers[0].1, FromFpga::JtagData { data: 0x3485_80af });
    // Health information: ARQ counters, and the status of all links.
    let mut health: Vec<ToFpga> = (0x8800_c010..=0x8800_c013).map(ToFpga::read).collect();
    for phy in 0..8 {
        let status = [0x8800_4004 + phy, 0x8800_400c + phy, 0x8800_4014 + phy];
        health.extend(status.map(ToFpga::read));
        health.extend([0x8800_c000 + 2 * phy, 0x8800_c001 + 2 * phy].map(ToFpga::read));
    }
    health.push(ToFpga::BARRIER_OMNIBUS);
    let words = words(&run(&mut setup, &health));
    assert_eq!(words.len(), 44);
    assert!(words[0] > 0 && words[2] >= words[3] && words[1] >= words[0]);
    for phy in 0..8 {
        let [crc_errors, online, dropped, ..] = words[4 + 5 * phy..][..5] else { unreachable!() };
        assert_eq!((crc_errors, dropped), (0, 0));
        assert!(online > 1000, "{online}");
    }
    assert_eq!(setup.statistics().unmapped_fpga_accesses, 0);
}

/// 1000 packs of three spikes, and the time for all of them to come back. 10 cycles between the packs are more than every
/// buffer on their way needs.
fn spike_train() -> (Vec<ToFpga>, Vec<u16>) {
    let mut program = vec![ToFpga::Setup];
    for i in 0..1000u32 {
        let label = |k| (3 * i + k) as u16;
        program.push(ToFpga::SpikePack3 { spike0: label(0), spike1: label(1), spike2: label(2) });
        program.push(ToFpga::WaitUntil { time: 10 * i });
    }
    program.push(ToFpga::WaitUntil { time: 20_000 });
    (program, (0..3000).collect())
}

fn labels(responses: &[FromFpga]) -> Vec<u16> {
    spikes(responses).iter().map(|(_, label)| *label).collect()
}

#[test]
fn spikes_come_back_after_the_initialisation() {
    let mut setup = setup(ExecutorConfig::default());
    run(&mut setup, &initialisation());
    let (program, sent) = spike_train();
    assert_eq!(labels(&run(&mut setup, &program)), sent);
}

/// A chip out of reset passes everything through its crossbar (electronicvisions haldls:
/// tests/hw/stadls/vx/v3/common/test-event.cpp).
#[test]
fn the_chip_comes_up_and_returns_spikes() {
    let mut setup = Executor::new(ExecutorConfig::default(), Chip::new(ChipConfig::with_seed(1)));
    expect_up(&run(&mut setup, &initialisation()));
    let (program, sent) = spike_train();
    assert_eq!(labels(&run(&mut setup, &program)), sent);
    assert!(setup.device().diagnostics().is_empty(), "{:?}", setup.device().diagnostics());
}

#[test]
fn the_driver_brings_a_linked_setup_up() {
    let device = LoopbackDevice::default();
    let link = MemoryLink::new(ExecutorConfig::default(), LinkConfig::default(), device, "loopback").unwrap();
    bring_up(link);
    let chip = Chip::new(ChipConfig::with_seed(1));
    let link = MemoryLink::new(ExecutorConfig::default(), LinkConfig::default(), chip, "chip 1").unwrap();
    bring_up(link);
}

fn bring_up<D: Device + Clone + Send + Sync + 'static>(link: MemoryLink<D>) {
    let mut session = Session::new(link);
    for _ in 0..2 {
        session.initialise(&SystemInit::default()).unwrap();
    }
    assert_eq!(session.setup_mut().statistics().unwrap().fpga.unmapped_fpga_accesses, 0);
}
