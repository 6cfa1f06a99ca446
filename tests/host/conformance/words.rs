//! F1, F3, H2 and H3: typed words with their FPGA times, diagnosis of timeouts, counters, barriers and the timer.

use super::WORD;
use super::bench::Way;
use super::both_ways;
use hx_chip::chip::ChipConfig;
use hx_host::driver::{
    Barrier, Cycles, DriverError, Poll, PollUntil, ProgramBuilder, ResponseError, SpikeLabel, WordsTicket,
    WriteRegisters,
};
use hx_host::message::ToFpga;

both_ways!(
    f1_omnibus_bytes,
    f1_jtag_words,
    f1_i2c_devices_acknowledge,
    f1_times_of_reads,
    f1_spikes,
    f3_index_of_a_timeout,
    h2_arq_counters,
    h2_phy_and_crossbar_counters,
    h3_barriers,
    h3_polling_block,
    h3_timer,
);

const TIMEOUT: u32 = 0x8800_0009;
const TIMER: u32 = 0x8800_000c;
const ARQ_STATUS: u32 = 0x8800_c010;

/// electronicvisions fisch: tests/hw/fisch/vx/test-omnibus.cpp, on the FPGA's side and on the chip's.
fn f1_omnibus_bytes(way: Way) {
    let mut bench = way.up();
    // External memory of the processors, and a processor's own.
    for address in [0x8000_0100, 0x0280_0100] {
        let mut builder = ProgramBuilder::new();
        builder.write_word(address, 0x1234_5678);
        let reads = [1, 2, 4, 8].map(|byte_enables| {
            builder.write_bytes(address, 0x8765_4321, byte_enables);
            builder.read_word(address)
        });
        let responses = bench.run(builder);
        let read = reads.map(|read| responses.get(&read).expect("is answered").value);
        assert_eq!(read, [0x1234_5621, 0x1234_4321, 0x1265_4321, 0x8765_4321], "{address:#x}");
    }
}

/// Omnibus over JTAG reaches the same words, both ways round.
fn f1_jtag_words(way: Way) {
    let mut bench = way.up();
    let mut builder = ProgramBuilder::new();
    builder.jtag_write_word(WORD, 0x1234);
    builder.barrier(Barrier::JTAG);
    let by_bus = builder.read_word(WORD);
    builder.write_word(WORD, 0x2345);
    builder.barrier(Barrier::OMNIBUS);
    let by_jtag = builder.jtag_read_word(WORD);
    let id = builder.jtag_id();
    let responses = bench.run(builder);
    assert_eq!(responses.get(&by_bus).expect("is answered").value, 0x1234);
    assert_eq!(responses.get(&by_jtag).expect("is answered").value, 0x2345);
    assert_eq!(responses.get(&id).expect("is answered").value, 0x3485_80af);
}

/// I2C devices acknowledge (bit 31 clear).
fn f1_i2c_devices_acknowledge(way: Way) {
    let mut bench = way.up();
    let mut builder = ProgramBuilder::new();
    builder.write_word(0x8800_7850, 0xfc);
    let reads = [0x8800_78d0, 0x8800_78c8].map(|address| builder.read_word(address));
    let responses = bench.run(builder);
    for read in reads {
        assert_eq!(responses.get(&read).expect("is answered").value >> 31, 0);
    }
}

/// Every answer carries the time of its arrival: a read asked for later is answered as much later.
fn f1_times_of_reads(way: Way) {
    let mut bench = way.up();
    for address in [WORD, TIMEOUT] {
        let mut builder = ProgramBuilder::new();
        let mut timed = builder.timed();
        let reads = [100, 400, 5000].map(|time| timed.at(Cycles(time), |program| program.read_word(address)));
        timed.finish();
        let responses = bench.run(builder);
        let times = reads.map(|read| responses.get(&read).expect("is answered").time);
        assert_eq!([(times[1] - times[0]).0, (times[2] - times[1]).0], [300, 4600], "{address:#x}");
    }
}

/// Packs of one, two and three spikes.
fn f1_spikes(way: Way) {
    let mut bench = way.up();
    let labels = [0x1234, 0x2bcd, 0x0f0f].map(SpikeLabel);
    for count in 1..=3 {
        let mut builder = ProgramBuilder::new();
        builder.spikes(&labels[..count]);
        builder.wait(Cycles(500));
        let mut received: Vec<SpikeLabel> =
            bench.run(builder).spikes.iter().map(|spike| spike.label).collect();
        received.sort_unstable();
        let mut sent = labels[..count].to_vec();
        sent.sort_unstable();
        assert_eq!(received, sent);
    }
}

/// A condition that never holds is reported with the place of its message, and the setup goes on.
fn f3_index_of_a_timeout(way: Way) {
    let mut bench = way.up();
    for ahead in [0, 1, 57] {
        let mut builder = ProgramBuilder::new();
        builder.write_word(TIMEOUT, 5000);
        for _ in 0..ahead {
            builder.tick();
        }
        builder.poll(Poll { address: WORD, mask: 1 << 30, target: 1 << 30, until: PollUntil::Equal });
        let place = builder.len() - 1;
        builder.tick();
        let error = bench.session.run(builder).expect_err("never comes true");
        let DriverError::Responses { source: ResponseError::Timeout { instruction, messages, .. }, .. } =
            error
        else {
            panic!("{error:?}")
        };
        assert_eq!(instruction as usize, place);
        assert!(messages > place);
    }
    let mut builder = ProgramBuilder::new();
    builder.write_word(TIMEOUT, 1_250_000);
    let tick = builder.tick();
    assert!(bench.run(builder).get(&tick).is_ok());
}

/// electronicvisions haldls: tests/hw/stadls/vx/v3/common/test-hicann_arq_status.cpp: +n reads.
fn h2_arq_counters(way: Way) {
    let mut bench = way.up();
    for reads in [1, 2, 10] {
        let mut builder = ProgramBuilder::new();
        builder.barrier(Barrier::OMNIBUS);
        let before = builder.read_words(ARQ_STATUS, 4);
        for i in 0..reads {
            builder.read_word(WORD + i);
        }
        builder.barrier(Barrier::OMNIBUS);
        let after = builder.read_words(ARQ_STATUS, 4);
        let responses = bench.run(builder);
        let [before, after] = [before, after].map(|ticket| responses.get(&ticket).expect("is answered"));
        assert_eq!(after[3] - before[3], reads);
        assert!(after[2] >= after[3] && after[1] >= after[0]);
    }
}

fn h2_phy_and_crossbar_counters(way: Way) {
    const OUTPUTS: u32 = 0x13_0000;
    const OUTPUT_EVENTS: u32 = 0x13_0079;
    const DROPS: u32 = 0x13_0065;
    let mut bench = way.up();
    let mut builder = ProgramBuilder::new();
    let status: Vec<_> = (0..8)
        .map(|phy| [0x8800_4004, 0x8800_400c, 0x8800_4014].map(|base| builder.read_word(base + phy)))
        .collect();
    let health =
        |builder: &mut ProgramBuilder| (builder.read_words(OUTPUT_EVENTS, 12), builder.read_words(DROPS, 20));
    builder.write_word(OUTPUTS, 0xfff0);
    let before = health(&mut builder);
    (0..30).for_each(|i| builder.spike(SpikeLabel(i)));
    builder.wait(Cycles(1000));
    let after = health(&mut builder);
    let responses = bench.run(builder);
    for phy in status {
        let [errors, online, dropped] = phy.map(|read| responses.get(&read).expect("is answered").value);
        assert_eq!((errors, dropped), (0, 0));
        assert!(online > 0);
    }
    let sum = |ticket: WordsTicket| responses.get(&ticket).expect("is answered").iter().sum::<u32>();
    let returned = responses.spikes.len() as u32;
    assert!((27..=30).contains(&returned));
    assert!(sum(after.0) - sum(before.0) >= returned, "events are counted at the outputs");
    assert_eq!(sum(after.1), sum(before.1));
}

/// A barrier ends when its channels are idle and not before.
fn h3_barriers(way: Way) {
    let mut bench = way.up();
    let mut builder = ProgramBuilder::new();
    let begin = builder.tick();
    builder.read_word(WORD);
    let unblocked = builder.tick();
    builder.barrier(Barrier::OMNIBUS);
    let read = builder.tick();
    builder.jtag_write_word(WORD, 3);
    let posted = builder.tick();
    builder.barrier(Barrier::JTAG);
    let shifted = builder.tick();
    builder.barrier(Barrier::MULTI_FPGA);
    let alone = builder.tick();
    let responses = bench.run(builder);
    let [begin, unblocked, read, posted, shifted, alone] = [begin, unblocked, read, posted, shifted, alone]
        .map(|tick| responses.get(&tick).expect("is answered"));
    assert_eq!(unblocked - begin, Cycles(2));
    assert!(read - unblocked > Cycles(50), "the read is waited for");
    assert!(shifted - posted > Cycles(500), "the JTAG access is waited for");
    assert!(alone - shifted <= Cycles(3), "a single FPGA waits for nobody");
}

/// The block compares under its mask, for being equal and for not being so.
fn h3_polling_block(way: Way) {
    let mut bench = way.up();
    let mut builder = ProgramBuilder::new();
    builder.write_word(WORD, 0x15);
    builder.poll(Poll { address: WORD, mask: 0xf, target: 5, until: PollUntil::Equal });
    builder.poll(Poll { address: WORD, mask: 0xff, target: 5, until: PollUntil::Unequal });
    let value = builder.read_word(WORD);
    assert_eq!(bench.run(builder).get(&value).expect("is answered").value, 0x15);
}

fn h3_timer(way: Way) {
    let mut bench = way.open(ChipConfig::ideal());
    let mut builder = ProgramBuilder::new();
    builder.wait(Cycles(1000));
    let early = builder.read_word(TIMER);
    builder.block_until(Cycles(3000));
    let late = builder.read_word(TIMER);
    builder.reset_timer();
    let again = builder.read_word(TIMER);
    let responses = bench.run(builder);
    let [early, late, again] =
        [early, late, again].map(|read| responses.get(&read).expect("is answered").value);
    assert!((1000..=1015).contains(&early), "{early}");
    assert_eq!(late - early, 2000);
    assert!(again < 15, "{again}");
    // It goes on through the halt.
    let answers = bench.play(&[ToFpga::read(TIMER), ToFpga::BARRIER_OMNIBUS]);
    assert!(crate::words(&answers)[0] > again);
}
