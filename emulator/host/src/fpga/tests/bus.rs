//! Omnibus: byte enables, order, limits, FPGA registers, the link below it, and JTAG.

use super::super::LinkDown;
use super::*;

fn write(address: u32, data: u32, byte_enables: u8) -> [ToFpga; 2] {
    [ToFpga::OmnibusAddress { address, byte_enables, is_read: false }, ToFpga::OmnibusData { data }]
}

#[test]
fn byte_enables_on_both_sides() {
    for address in [0x02c0_0010, 0x8000_0004, 0x8400_1000] {
        let mut program = write(address, 0x1234_5678, 0xf).to_vec();
        for enables in [1, 2, 4, 8] {
            program.extend(write(address, 0x8765_4321, enables));
            program.push(ToFpga::read(address));
        }
        let responses = run_timed(&mut executor(), &program);
        assert_eq!(data(&responses), [0x1234_5621, 0x1234_4321, 0x1265_4321, 0x8765_4321], "{address:#x}");
    }
}

#[test]
fn data_without_a_new_address_goes_to_the_latched_one() {
    let program = [write(0x20, 1, 0xf)[0], ToFpga::OmnibusData { data: 1 }, ToFpga::OmnibusData { data: 2 }];
    let mut executor = executor();
    run(&mut executor, &program);
    assert_eq!(executor.device().memory.read(0x20), 2);
}

#[test]
fn answers_come_in_request_order() {
    let mut executor = recording();
    let responses = run_timed(
        &mut executor,
        &[
            write(0x30, 0xaaaa, 0xf).as_slice(),
            &write(0x8000_0000, 0xbbbb, 0xf),
            &[ToFpga::TICK, ToFpga::read(0x30), ToFpga::read(0x8000_0000), ToFpga::read(0x31)],
        ]
        .concat(),
    );
    assert_eq!(data(&responses), [0xaaaa, 0xbbbb, 0]);
    let tick = ticks(&responses)[0];
    let answered = times(&responses, |message| matches!(message, FromFpga::OmnibusData { .. }));
    assert_eq!(answered, [tick + 101, tick + 103, tick + 105]);
    let halt = responses[responses.len() - 1];
    assert_eq!(halt, (tick + 106, FromFpga::HALT), "a halt waits for the answers");
}

#[test]
fn reads_in_flight_are_limited() {
    let reads = vec![ToFpga::read(0x30); 300];
    let responses = run_timed(&mut recording(), &[reads.as_slice(), &[ToFpga::TICK]].concat());
    assert_eq!(data(&responses).len(), 300);
    let first = times(&responses, |message| matches!(message, FromFpga::OmnibusData { .. }))[0];
    // In the long run one read takes two cycles: the 300th waits for the 237th answer.
    assert_eq!(ticks(&responses)[0], first + 2 * 236 + 1);
}

#[test]
fn registers_keep_their_bits_only() {
    let program = [
        write(0x8800_2000, u32::MAX, 0xf).as_slice(),
        &write(0x8800_6003, u32::MAX, 0xf),
        &write(0x8802_1234, 0x1ff, 0xf),
        &write(0x8800_0006, 0x1234, 0xf),
        &[0x8800_2000, 0x8800_6003, 0x8802_1234, 0x8800_0006, 0x8800_0009, 0x8800_0000].map(ToFpga::read),
    ]
    .concat();
    let expected = [0xf, 0x003e_ffff, 0xff, 0, 1_250_000, 1];
    assert_eq!(data(&run_timed(&mut executor(), &program)), expected);
}

#[test]
fn status_registers() {
    let config = ExecutorConfig { device_dna: 0x123_4567_89ab_cdef, ..ExecutorConfig::default() };
    let mut executor = Executor::new(config, LoopbackDevice::default());
    let program =
        [0x8800_0003, 0x8800_0004, 0x8800_2001, 0x8800_2002, 0x8800_4004, 0x8800_c010].map(ToFpga::read);
    assert_eq!(data(&run_timed(&mut executor, &program)), [0x123_4567, 0x89ab_cdef, 0, 0, 0, 0]);
    run(&mut executor, &[ToFpga::SystimeInit { do_sync: true }, ToFpga::BARRIER_SYSTIME]);
    assert_eq!(data(&run_timed(&mut executor, &[0x8800_2001, 0x8800_2002].map(ToFpga::read))), [0, 100]);
}

#[test]
fn arq_counts_words() {
    let arq = [0x8800_c010, 0x8800_c011, 0x8800_c012, 0x8800_c013].map(ToFpga::read);
    let mut executor = executor();
    run(&mut executor, &[ToFpga::read(0), ToFpga::read(1)]);
    assert_eq!(data(&run_timed(&mut executor, &arq)), [2, 2, 2, 2]);
    run(&mut executor, &write(0, 0, 0xf));
    assert_eq!(data(&run_timed(&mut executor, &arq)), [4, 4, 3, 3]);
}

#[test]
fn board_devices_acknowledge() {
    let spi = [write(0x8800_7001, 0x12, 0xf), write(0x8800_7001, 0x8000_0034, 0xf)].concat();
    let reads = [ToFpga::read(0x8800_7850), ToFpga::read(0x8800_78d0)];
    let i2c = [write(0x8800_7850, 0xfc, 0xf), reads].concat();
    let mut executor = executor();
    assert_eq!(data(&run_timed(&mut executor, &[spi, i2c].concat())), [0, 0]);
    assert_eq!(executor.statistics().unmapped_fpga_accesses, 0);
}

#[test]
fn unmapped_addresses_are_counted() {
    let mut executor = executor();
    let program = [write(0x8810_0000, 1, 0xf).as_slice(), &[ToFpga::read(0x8810_0000)]].concat();
    assert_eq!(data(&run_timed(&mut executor, &program)), [0]);
    assert_eq!(executor.statistics().unmapped_fpga_accesses, 2);
}

#[test]
fn link_down_is_carried_and_counted_by_default() {
    let mut executor = executor();
    let program = [write(0x30, 5, 0xf).as_slice(), &[ToFpga::read(0x30)]].concat();
    assert_eq!(data(&run_timed(&mut executor, &program)), [5]);
    assert_eq!(executor.statistics().accesses_without_link, 2);
    run(&mut executor, &[ToFpga::SpikePack1 { spike0: 1 }]);
    assert_eq!(executor.statistics().spikes_without_link, 1);
}

#[test]
fn link_down_blocks_when_asked_to() {
    let config = ExecutorConfig { link_down: LinkDown::Block, ..ExecutorConfig::default() };
    let mut executor = Executor::new(config, LoopbackDevice::default());
    let responses = run(&mut executor, &[ToFpga::SpikePack1 { spike0: 1 }, ToFpga::read(0x30), ToFpga::TICK]);
    let timeout = FromFpga::TimeoutNotification {
        instruction_index: 1,
        trace_stall_count: 0,
        omnibus_reads_in_flight: 0,
    };
    assert_eq!(responses, [timeout, FromFpga::HALT]);
    assert_eq!(executor.device().spikes, []);
    // An access waits for a link that JTAG is about to bring up.
    let jtag = [
        ToFpga::JtagIns { instruction: 5 },
        ToFpga::JtagData { payload: 0x4_0000, num_bits: 33, keep_response: false },
        ToFpga::JtagIns { instruction: 6 },
        ToFpga::JtagData { payload: 0xff, num_bits: 32, keep_response: false },
        ToFpga::JtagIns { instruction: 7 },
        ToFpga::JtagData { payload: 0, num_bits: 3, keep_response: false },
    ];
    let program = [&write(0x8800_4000, 0xff, 0xf), jtag.as_slice(), &[ToFpga::read(0x4_0000)]].concat();
    let responses = run_timed(&mut executor, &program);
    assert_eq!(data(&responses), [0xff]);
    assert_eq!(executor.statistics().timeouts, 1);
    assert_eq!(executor.device().disorder, 0);
}

#[test]
fn omnibus_over_jtag() {
    let ins = |instruction| ToFpga::JtagIns { instruction };
    let shift = |payload, num_bits, keep_response| ToFpga::JtagData { payload, num_bits, keep_response };
    let read = |address: u64| {
        [ins(5), shift(1 << 32 | address, 33, false), ins(7), shift(0, 3, false), ins(6), shift(0, 32, true)]
    };
    let mut executor = executor();
    let program = [
        [ins(5), shift(0x77, 33, false), ins(6), shift(0xcafe, 32, false), ins(7), shift(0, 3, false)]
            .as_slice(),
        &read(0x77),
        &read(0x8000_0000),
    ]
    .concat();
    let responses = run(&mut executor, &program);
    let expected = [FromFpga::JtagData { data: 0xcafe }, FromFpga::JtagData { data: 0 }, FromFpga::HALT];
    assert_eq!(responses, expected);
    assert_eq!(executor.statistics().unreachable_jtag_accesses, 1);
    assert_eq!(executor.statistics().accesses_without_link, 0);
}

#[test]
fn pll_and_phy_reach_the_device() {
    let ins = |instruction| ToFpga::JtagIns { instruction };
    let shift = |payload, num_bits| ToFpga::JtagData { payload, num_bits, keep_response: false };
    let program = [
        ins(3),
        shift(4, 4),
        ins(4),
        shift(0x110d_0101, 32),
        ins(1 << 6 | 7 << 3 | 4),
        shift(0x20_4000, 22),
        ToFpga::BARRIER_JTAG,
        ToFpga::Reset { reset: true },
    ];
    let mut executor = executor();
    run(&mut executor, &program);
    let device = executor.device();
    assert_eq!(device.pll, [(4, 0x110d_0101)]);
    assert_eq!(device.phy, [(0, 0x20_4000)]);
    assert!(device.in_reset);
}
