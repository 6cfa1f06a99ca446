//! The codec against worked byte examples (made with the encoder of electronicvisions hxcomm) and against its own table.

use super::field::{SAMPLE_LAYOUT, SPIKE_LAYOUT};
use super::stream::{
    StreamError, decode_from_fpga, decode_to_fpga, encode_from_fpga, encode_to_fpga, words_from_bytes,
    words_to_bytes,
};
use super::table::{FROM_FPGA, MessageRow, TO_FPGA};
use super::*;
use hx_chip::random::mix;

fn to(message: ToFpga, word: u64) {
    assert_eq!(message.encode(), word, "{message}");
    assert_eq!(ToFpga::decode(word), Some(message));
}

fn from(messages: &[FromFpga], words: &[u64]) {
    assert_eq!(encode_from_fpga(messages), words, "{messages:?}");
    assert_eq!(decode_from_fpga(words).as_deref(), Ok(messages));
}

fn spike(label: u16, timestamp: u8) -> Spike {
    Spike { label, timestamp }
}

fn sample(value: u16, channel: u8, timestamp: u8) -> Sample {
    Sample { value, channel, timestamp }
}

fn spike3() -> FromFpga {
    let (spike0, spike1, spike2) = (spike(0x1234, 0x56), spike(0xabcd, 0x57), spike(0x0f0f, 0x58));
    FromFpga::SpikePack3 { spike0, spike1, spike2 }
}

fn numbers(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(state)
    }
}

#[test]
fn worked_examples_jtag_and_timing() {
    to(ToFpga::JtagInit, 0x0000000000000000);
    to(ToFpga::JtagScaler { scaler: 3 }, 0x0100000000000003);
    to(ToFpga::JtagIns { instruction: 1 }, 0x0200000000000001);
    to(ToFpga::JtagData { payload: 0, num_bits: 32, keep_response: true }, 0x0301200000000000);
    to(ToFpga::JtagData { payload: 0x1_0000_0003, num_bits: 33, keep_response: false }, 0x0300210100000003);
    to(ToFpga::Setup, 0x0400000000000000);
    to(ToFpga::WaitUntil { time: 1250 }, 0x05000000000004e2);
    to(ToFpga::SystimeInit { do_sync: true }, 0x0600000000000001);
    to(ToFpga::BARRIER_SYSTIME, 0x0700000000000004);
    to(ToFpga::BARRIER_OMNIBUS, 0x0700000000000001);
    to(ToFpga::BARRIER_JTAG, 0x0700000000000002);
    to(ToFpga::BARRIER_MULTI_FPGA, 0x0700000000000008);
    to(ToFpga::BARRIER_SYSTIME_CORRECTION, 0x0700000000000010);
    to(ToFpga::PollingOmnibusBlock { expect_equal: true }, 0x0800000000000001);
}

#[test]
fn worked_examples_system_omnibus_and_events() {
    to(ToFpga::Reset { reset: true }, 0x0900000000000001);
    to(ToFpga::HALT, 0x0a00000000000000);
    to(ToFpga::TICK, 0x0a00000000000001);
    let [address, data] = ToFpga::write(0x8800_000c, 0x1234_5678);
    to(address, 0x0b00000f8800000c);
    to(data, 0x0c00000012345678);
    to(ToFpga::OmnibusAddress { address: 3, byte_enables: 1, is_read: false }, 0x0b00000100000003);
    to(ToFpga::read(3), 0x0b00001f00000003);
    to(ToFpga::SpikePack1 { spike0: 0x1234 }, 0x0d00000000001234);
    to(ToFpga::SpikePack2 { spike0: 0x1234, spike1: 0xabcd }, 0x0e0000001234abcd);
    to(ToFpga::SpikePack3 { spike0: 0x1234, spike1: 0xabcd, spike2: 0x0f0f }, 0x0f001234abcd0f0f);
}

#[test]
fn worked_examples_from_fpga_single_words() {
    from(&[FromFpga::JtagData { data: 0x3485_80af }], &[0x00000000348580af]);
    from(&[FromFpga::JtagData { data: 0x1_ffff_ffff }], &[0x00000001ffffffff]);
    from(&[FromFpga::OmnibusData { data: 0xdead_beef }], &[0x01000000deadbeef]);
    from(&[FromFpga::HALT], &[0x0200000000000000]);
    from(&[FromFpga::TICK], &[0x0200000000000001]);
    from(&[FromFpga::HighspeedLinkNotification { value: LinkNotification::up(0) }], &[0x0300000000000010]);
    let timeout = FromFpga::TimeoutNotification {
        instruction_index: 0x1122_3344,
        trace_stall_count: 5,
        omnibus_reads_in_flight: 2,
    };
    from(&[timeout], &[0x0400010511223344]);
    from(&[FromFpga::Systime { systime: 0x123_4567_89ab }], &[0x05000123456789ab]);
    from(&[FromFpga::Sysdelta { delta: 0x20 }], &[0x0600000000000020]);
    from(&[FromFpga::MadcSamplePack1 { sample0: sample(0x155, 1, 0x21) }], &[0x0700000000210555]);
    from(&[FromFpga::SpikePack1 { spike0: spike(0x1234, 0x56) }], &[0x0a00000000561234]);
    let pack2 = FromFpga::SpikePack2 { spike0: spike(0x1234, 0x56), spike1: spike(0xabcd, 0x57) };
    from(&[pack2], &[0x0b0056123457abcd]);
}

#[test]
fn worked_examples_from_fpga_packing() {
    let samples = FromFpga::MadcSamplePack3 {
        sample0: sample(0x155, 1, 0x21),
        sample1: sample(0x056, 1, 0x22),
        sample2: sample(0x001, 0, 0x23),
    };
    from(&[samples], &[0x0921055522045623, 0x0001800000000000]);
    from(&[spike3()], &[0x0c56123457abcd58, 0x0f0f800000000000]);
    let dense = [
        FromFpga::Sysdelta { delta: 0x20 },
        spike3(),
        FromFpga::SpikePack1 { spike0: spike(0x1234, 0x56) },
        FromFpga::HALT,
    ];
    let words =
        [0x0600000000000020, 0x0c56123457abcd58, 0x0f0f0a0000000056, 0x1234020000000000, 0x0000800000000000];
    from(&dense, &words);
}

#[test]
fn comma_words_are_skipped() {
    let words = [0x0c56123457abcd58, 0x0f0f800000000000, 0xffffffffffffffff, 0x0200000000000000];
    assert_eq!(decode_from_fpga(&words).as_deref(), Ok([spike3(), FromFpga::HALT].as_slice()));
    assert_eq!(decode_to_fpga(&[u64::MAX, 0x0a00000000000000, COMMA]), Ok(vec![ToFpga::HALT]));
}

#[test]
fn broken_streams_name_the_word() {
    let unknown = Err(StreamError::UnknownId { word: 1, id: 0x10 });
    assert_eq!(decode_to_fpga(&[0x0a00000000000001, 0x1000000000000000]), unknown);
    let unknown = Err(StreamError::UnknownId { word: 2, id: 0x0d });
    assert_eq!(decode_from_fpga(&[0x0c56123457abcd58, 0x0f0f800000000000, 0x0d00000000000000]), unknown);
    assert_eq!(decode_from_fpga(&[COMMA, 0x0c56123457abcd58]), Err(StreamError::Unfinished { word: 1 }));
    let cut = StreamError::TruncatedWord { byte: 8, missing: 3 };
    assert_eq!(words_from_bytes(&[0; 13]), Err(cut));
    assert_eq!(cut.to_string(), "byte 8: the last word is cut off (3 of 8 bytes missing)");
}

#[test]
fn bytes_are_big_endian() {
    let words = [0x0a00000000000001, 0x0123456789abcdef];
    assert_eq!(words_to_bytes(&words)[..9], [0x0a, 0, 0, 0, 0, 0, 0, 1, 0x01]);
    assert_eq!(words_from_bytes(&words_to_bytes(&words)).as_deref(), Ok(words.as_slice()));
}

#[test]
fn random_messages_survive_the_wire() {
    let mut random = numbers(1);
    let program: Vec<ToFpga> = (0..20_000).map(|_| random::to_fpga(&mut random)).collect();
    assert_eq!(decode_to_fpga(&encode_to_fpga(&program)).as_deref(), Ok(program.as_slice()));
    let responses: Vec<FromFpga> = (0..20_000).map(|_| random::from_fpga(&mut random)).collect();
    assert_eq!(decode_from_fpga(&encode_from_fpga(&responses)).as_deref(), Ok(responses.as_slice()));
}

#[test]
fn decoder_state_persists_across_calls() {
    let mut random = numbers(2);
    let responses: Vec<FromFpga> = (0..5_000).map(|_| random::from_fpga(&mut random)).collect();
    let words = encode_from_fpga(&responses);
    let mut decoder = FromFpgaDecoder::default();
    let mut received = Vec::new();
    let mut rest = words.as_slice();
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(rest.len().min(random() as usize % 5));
        assert_eq!(decoder.push(chunk, &mut received), Ok(()));
        rest = after;
    }
    assert_eq!(received, responses);
    assert_eq!(decoder.finish(), Ok(()));
}

#[test]
fn random_words_never_panic() {
    let mut random = numbers(3);
    for _ in 0..2_000 {
        let words: Vec<u64> = (0..20).map(|_| random() >> (random() % 8)).collect();
        let _ = decode_to_fpga(&words);
        let _ = decode_from_fpga(&words);
    }
}

fn check_rows(table: &[MessageRow], groups: &[&str]) {
    let mut group = 0;
    for (id, row) in table.iter().enumerate() {
        assert_eq!(usize::from(row.id), id, "{}", row.variant);
        let mut covered = 0u128;
        for field in row.fields {
            let bits = u128::from(field.mask()) << field.lsb;
            assert_eq!(covered & bits, 0, "{} {} overlaps", row.variant, field.name);
            covered |= bits;
        }
        assert_eq!(covered >> row.payload_bits, 0, "{} is wider than its payload", row.variant);
        group += groups[group..].iter().position(|name| *name == row.group).unwrap_or(groups.len());
    }
    assert_eq!(group, groups.len() - 1);
}

#[test]
fn tables_are_consistent() {
    check_rows(TO_FPGA, &["jtag", "timing", "system", "omnibus", "event"]);
    check_rows(FROM_FPGA, &["jtag", "omnibus", "system", "timing", "event"]);
    let long: Vec<&str> =
        FROM_FPGA.iter().filter(|row| row.message_bits() == 80).map(|row| row.variant).collect();
    assert_eq!(long, ["MadcSamplePack3", "SpikePack3"]);
    assert!(TO_FPGA.iter().all(|row| row.message_bits() == 64));
    assert_eq!(SPIKE_LAYOUT.iter().map(|field| field.width).sum::<u32>(), 24);
    assert_eq!(SAMPLE_LAYOUT.iter().map(|field| field.width).sum::<u32>(), 19);
}

/// Sets one field after the other to all ones through the table and reads it back through the typed message, so that a row
/// and its variant cannot mean different bits.
#[test]
fn table_and_typed_messages_agree() {
    for row in TO_FPGA {
        for chosen in row.fields {
            let encoded = row.assemble(|field| if field == chosen { u64::MAX } else { 0 });
            let message = ToFpga::decode(encoded.value as u64).expect("every row has a variant");
            assert_eq!(message.row(), row);
            assert_eq!(message.encode_bits(), encoded);
            assert!(format!("{message:?}").starts_with(row.variant));
        }
    }
    for row in FROM_FPGA {
        for chosen in row.fields {
            let ones = if chosen.width == 24 { 0xff_07ff } else { u64::MAX };
            let encoded = row.assemble(|field| if field == chosen { ones } else { 0 });
            let message = FromFpga::decode_payload(row.id, encoded.value).expect("every row has a variant");
            assert_eq!(message.row(), row);
            assert_eq!(message.encode_bits().bits, encoded.bits);
            assert!(format!("{message:?}").starts_with(row.variant));
        }
    }
}

#[test]
fn text_form() {
    assert_eq!(ToFpga::WaitUntil { time: 1250 }.to_string(), "timing WaitUntil time=0x000004e2");
    assert_eq!(ToFpga::HALT.to_string(), "system Loopback kind=0");
    assert_eq!(
        ToFpga::read(0x2c0_0010).to_string(),
        "omnibus Address address=0x02c00010 byte_enables=0xf is_read=1"
    );
    assert_eq!(FromFpga::Systime { systime: 7 }.to_string(), "timing Systime systime=0x00000000007");
}
