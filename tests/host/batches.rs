//! Batches on copies of an emulated chip: what comes out does not depend on the number of threads.

use super::*;
use hx_chip::chip::{Chip, ChipConfig};
use hx_host::driver::{Session, SystemInit};
use hx_host::link::{LinkConfig, MemoryLink};
use hx_host::setup::Setup as _;
use rayon::ThreadPoolBuilder;

/// First causal and acausal CADC sample words of the top hemisphere; the causal one starts the conversion.
const SAMPLES: [u32; 2] = [0x02c8_0000, 0x02ec_0000];

/// Converts a row of the CADC, lets spikes run through the event network, and converts again.
fn program(number: u16) -> Vec<u64> {
    let mut messages = vec![ToFpga::Setup];
    messages.extend(SAMPLES.map(ToFpga::read));
    for i in 0..20u16 {
        messages.push(ToFpga::SpikePack1 { spike0: number << 6 | i });
        messages.push(ToFpga::WaitUntil { time: 300 + 10 * u32::from(i) });
    }
    messages.extend(SAMPLES.map(ToFpga::read));
    messages.extend([ToFpga::BARRIER_OMNIBUS, ToFpga::HALT]);
    encode_to_fpga(&messages)
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let batch: Vec<Vec<u64>> = (0..60).map(program).collect();
    let run = |threads| {
        let chip = Chip::new(ChipConfig::with_seed(5));
        let config = LinkConfig { programs_per_copy: 4, ..LinkConfig::default() };
        let link = MemoryLink::new(ExecutorConfig::default(), config, chip, "chip 5").unwrap();
        let mut session = Session::new(link);
        session.initialise(&SystemInit::default()).unwrap();
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| session.setup_mut().run_batch(&batch).unwrap())
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(7));
    for (number, responses) in one.iter().enumerate() {
        let responses = decode_from_fpga(responses).unwrap();
        assert_eq!(words(&responses).len(), 4);
        let labels: Vec<u16> = spikes(&responses).iter().map(|(_, label)| *label).collect();
        let own = labels.iter().filter(|label| usize::from(**label >> 6) == number).count();
        assert!(own >= 10, "program {number} sees its own spikes: {labels:x?}");
    }
}
