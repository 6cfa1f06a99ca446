//! Programs of the chip software's own hardware tests, with their acceptance criteria.

use super::*;

/// electronicvisions hxcomm: tests/hw/hxcomm/test-tick.cpp and test-readout_jtag_id.cpp, before any synchronisation.
#[test]
fn short_programs_are_answered_exactly() {
    let mut setup = setup(ExecutorConfig::default());
    assert_eq!(run(&mut setup, &[ToFpga::TICK]), [FromFpga::TICK, FromFpga::HALT]);
    let read_id = [
        ToFpga::JtagScaler { scaler: 3 },
        ToFpga::JtagInit,
        ToFpga::JtagIns { instruction: 1 },
        ToFpga::JtagData { payload: 0, num_bits: 32, keep_response: true },
        ToFpga::BARRIER_JTAG,
    ];
    assert_eq!(run(&mut setup, &read_id), [FromFpga::JtagData { data: 0x3485_80af }, FromFpga::HALT]);
}

/// electronicvisions hxcomm: tests/hw/hxcomm/test-jtag_loopback.cpp.
#[test]
fn jtag_bypass_shifts_by_one_bit() {
    let mut setup = setup(ExecutorConfig::default());
    for bits in 3..=33u8 {
        let payload = 0x1_5a5a_c3c3 & ((1 << bits) - 1);
        let program = [
            ToFpga::JtagInit,
            ToFpga::JtagIns { instruction: 127 },
            ToFpga::JtagData { payload, num_bits: bits, keep_response: true },
        ];
        let data = payload << 1 & ((1 << bits) - 1);
        assert_eq!(run(&mut setup, &program), [FromFpga::JtagData { data }, FromFpga::HALT], "{bits} bits");
    }
}

/// electronicvisions hxcomm: tests/hw/hxcomm/test-barrier.cpp: every combination of channels passes on a single setup.
#[test]
fn all_barriers_pass() {
    let mut setup = setup(ExecutorConfig::default());
    for channels in 0..32u64 {
        let barrier = ToFpga::decode(7 << 56 | channels).unwrap();
        assert_eq!(
            run(&mut setup, &[barrier, ToFpga::TICK]),
            [FromFpga::TICK, FromFpga::HALT],
            "{channels:#b}"
        );
    }
}

/// electronicvisions fisch: tests/hw/fisch/vx/test-omnibus.cpp.
#[test]
fn byte_enables_guard_bytes() {
    let mut setup = setup(ExecutorConfig::default());
    for (byte, expected) in [0x1234_5621, 0x1234_4378, 0x1265_5678, 0x8734_5678].into_iter().enumerate() {
        let mut program = ToFpga::write(0x8000_0000, 0x1234_5678).to_vec();
        program.push(ToFpga::OmnibusAddress {
            address: 0x8000_0000,
            byte_enables: 1 << byte,
            is_read: false,
        });
        program.push(ToFpga::OmnibusData { data: 0x8765_4321 });
        program.push(ToFpga::read(0x8000_0000));
        assert_eq!(words(&run(&mut setup, &program)), [expected]);
    }
}

/// electronicvisions haldls: tests/hw/stadls/vx/v3/common/test-hicann_arq_status.cpp.
#[test]
fn arq_counts_every_read_once() {
    let mut setup = setup(ExecutorConfig::default());
    let status = (0x8800_c010..=0x8800_c013).map(ToFpga::read);
    let mut program = vec![ToFpga::BARRIER_OMNIBUS];
    program.extend(status.clone());
    program.extend([ToFpga::read(0), ToFpga::read(1), ToFpga::BARRIER_OMNIBUS]);
    program.extend(status);
    let words = words(&run(&mut setup, &program));
    let (before, after) = (&words[..4], &words[6..]);
    assert_eq!([after[0] - before[0], after[3] - before[3]], [2, 2]);
    assert!(after[2] >= after[3] && after[1] >= after[0]);
}

/// electronicvisions haldls: tests/hw/stadls/vx/v3/common/test-absolute_time_playback_program_builder.cpp: commands at the same
/// time run back to back in the order of the list.
#[test]
fn scheduled_recording_window_cuts_a_spike_train() {
    let mut setup = recording(ExecutorConfig::default());
    let mut program = vec![ToFpga::Setup];
    for i in 0..3000u32 {
        let time = 10 * i;
        if time > 0 {
            program.push(ToFpga::WaitUntil { time: time - 1 });
        }
        program.push(ToFpga::SpikePack1 { spike0: 0 });
        match i {
            0 | 2000 => program.extend(ToFpga::write(EVENT_RECORDING, 0)),
            1000 => program.extend(ToFpga::write(EVENT_RECORDING, 1)),
            _ => {}
        }
    }
    assert_eq!(spikes(&run(&mut setup, &program)).len(), 1000);
}
