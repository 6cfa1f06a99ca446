//! Streams without any sense: the FPGA must come to an end, answer every halt, and never say anything a host cannot read.

use super::*;
use hx_host::message::random;
use proptest::prelude::*;

/// A word that is a message more often than not.
fn word() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0u64..32, 0u8..4).prop_map(|(bits, id, kind)| match kind {
        0 => bits,
        1 => id << 56 | bits & 0xffff,
        _ => id << 56 | bits >> 8 & 0x00ff_ffff_8fff_ffff,
    })
}

/// Messages that end soon: short waits, and instruction timeouts that are not set to seconds.
fn is_quick(word: &u64) -> bool {
    match ToFpga::decode(*word) {
        Some(ToFpga::WaitUntil { time }) => time < 1 << 24,
        Some(ToFpga::OmnibusAddress { address, .. }) => address != 0x8800_0009,
        _ => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_words_end_with_readable_answers(words in prop::collection::vec(word().prop_filter("slow", is_quick), 0..200)) {
        let mut setup = recording(ExecutorConfig::default());
        let mut out = Vec::new();
        setup.push(&words, &mut out);
        setup.push(&[ToFpga::HALT.encode()], &mut out);
        let halts = words.iter().filter(|word| ToFpga::decode(**word) == Some(ToFpga::HALT)).count() + 1;
        let responses = decode_from_fpga(&out).unwrap();
        prop_assert_eq!(responses.iter().filter(|message| **message == FromFpga::HALT).count(), halts);
        prop_assert_eq!(setup.device().disorder, 0);
    }

    #[test]
    fn requests_are_answered_one_by_one(seed in any::<u64>()) {
        let mut state = seed;
        let mut numbers = || { state = state.wrapping_add(1); hx_chip::random::mix(state) };
        let mut program = vec![];
        while program.len() < 300 {
            match random::to_fpga(&mut numbers) {
                // What stalls for long or ends the program is left out.
                ToFpga::WaitUntil { .. } | ToFpga::PollingOmnibusBlock { .. } | ToFpga::HALT => {}
                ToFpga::OmnibusAddress { address: 0x8800_0009, .. } => {}
                message => program.push(message),
            }
        }
        let mut setup = recording(ExecutorConfig::default());
        let responses = run(&mut setup, &program);
        let asked = |which: fn(&ToFpga) -> bool| program.iter().filter(|message| which(message)).count();
        let answered = |which: fn(&FromFpga) -> bool| responses.iter().filter(|message| which(message)).count();
        prop_assert_eq!(
            asked(|message| matches!(message, ToFpga::OmnibusAddress { is_read: true, .. })),
            answered(|message| matches!(message, FromFpga::OmnibusData { .. }))
        );
        prop_assert_eq!(
            asked(|message| matches!(message, ToFpga::JtagData { keep_response: true, .. })),
            answered(|message| matches!(message, FromFpga::JtagData { .. }))
        );
        prop_assert_eq!(asked(|message| *message == ToFpga::TICK), answered(|message| *message == FromFpga::TICK));
    }

    #[test]
    fn broken_answers_are_errors_not_panics(words in prop::collection::vec(any::<u64>(), 0..50)) {
        let _ = decode_from_fpga(&words);
    }
}
