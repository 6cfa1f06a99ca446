//! The plasticity processors as the host handles them: loading a program into their memory, starting and stopping them, waiting
//! until they sleep, and reading and writing their memory while they run.
//!
//! The order of the steps is that of electronicvisions libnux: reset, memory, release, poll the status, reset.

use super::hemisphere::Hemisphere;
use super::program::{Poll, PollUntil, ProgramBuilder};
use super::registers::WriteRegisters;
use super::ticket::{WordTicket, WordsTicket};
use hx_isa::field;
use hx_isa::regmap::coordinate::{PPUControlRegisterOnDLS, PPUMemoryWordOnDLS, PPUStatusRegisterOnDLS};
use hx_isa::regmap::register::{PPUControlRegister, PPUMemoryWord, PPUStatusRegister};
use hx_isa::regmap::{Frame, OmnibusRegister};

/// Words of a processor's memory.
pub const MEMORY_WORDS: usize = 4096;
/// Word that holds the exit code of a finished program, with a mailbox of 4 KiB (libnux: 12 bytes above the start of the stack).
pub const EXIT_CODE_WORD: usize = 3071;
/// First word of the mailbox.
pub const MAILBOX_WORD: usize = 3072;

fn control(hemisphere: Hemisphere) -> PPUControlRegisterOnDLS {
    PPUControlRegisterOnDLS::from_enum(hemisphere.index()).unwrap_or_default()
}

/// Omnibus address of a word of a processor's memory; words beyond the end are those from the beginning.
#[must_use]
pub fn memory_address(hemisphere: Hemisphere, word: usize) -> u32 {
    let index = hemisphere.index() * MEMORY_WORDS + word % MEMORY_WORDS;
    PPUMemoryWord::address(PPUMemoryWordOnDLS::from_enum(index).unwrap_or_default(), 0)
}

/// Holds a processor in reset, its memory untouched.
pub fn hold(target: &mut impl WriteRegisters, hemisphere: Hemisphere) {
    target.write(control(hemisphere), &Frame::<PPUControlRegister>::zero());
}

/// Releases a processor: it starts at address 0.
pub fn release(target: &mut impl WriteRegisters, hemisphere: Hemisphere) {
    let frame = Frame::<PPUControlRegister>::zero().with(field!(PPUControlRegister.inhibit_reset), 1);
    target.write(control(hemisphere), &frame);
}

/// Writes words of a processor's memory, from word `first` on.
pub fn write_memory(target: &mut impl WriteRegisters, hemisphere: Hemisphere, first: usize, words: &[u32]) {
    for (word, value) in (first..).zip(words) {
        target.write_word(memory_address(hemisphere, word), *value);
    }
}

/// Holds a processor, writes its memory from the beginning, and starts it.
pub fn start(target: &mut impl WriteRegisters, hemisphere: Hemisphere, memory: &[u32]) {
    hold(target, hemisphere);
    write_memory(target, hemisphere, 0, memory);
    release(target, hemisphere);
}

impl ProgramBuilder {
    /// Stalls until a processor sleeps, as it does at the end of its program.
    pub fn wait_until_processor_sleeps(&mut self, hemisphere: Hemisphere) {
        let at = PPUStatusRegisterOnDLS::from_enum(hemisphere.index()).unwrap_or_default();
        let sleep = field!(PPUStatusRegister.sleep).word_mask(0);
        self.poll(Poll {
            address: PPUStatusRegister::address(at, 0),
            mask: sleep,
            target: sleep,
            until: PollUntil::Equal,
        });
    }

    /// Reads one word of a processor's memory.
    pub fn read_processor_word(&mut self, hemisphere: Hemisphere, word: usize) -> WordTicket {
        self.read_word(memory_address(hemisphere, word))
    }

    /// Reads words of a processor's memory.
    pub fn read_processor_memory(
        &mut self,
        hemisphere: Hemisphere,
        first: usize,
        count: usize,
    ) -> WordsTicket {
        self.read_words(memory_address(hemisphere, first), count as u32)
    }
}

/// The text in a mailbox, up to its terminating zero; bytes that are no UTF-8 are replaced.
#[must_use]
pub fn mailbox_text(words: &[u32]) -> String {
    let bytes: Vec<u8> =
        words.iter().flat_map(|word| word.to_be_bytes()).take_while(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::Configuration;
    use super::*;

    #[test]
    fn a_program_is_loaded_where_the_processor_finds_it() {
        let mut configuration = Configuration::new();
        start(&mut configuration, Hemisphere::Bottom, &[0x4800_0034, 7]);
        let words: Vec<(u32, u32)> = configuration.words().collect();
        assert_eq!(words, [(0x0380_0000, 0x4800_0034), (0x0380_0001, 7), (0x03a0_0000, 1)]);
        assert_eq!(memory_address(Hemisphere::Top, EXIT_CODE_WORD), 0x0280_0bff);
    }

    #[test]
    fn mailbox_text_ends_at_the_zero() {
        assert_eq!(mailbox_text(&[0x6869_2100, 0x7878_7878]), "hi!");
        assert_eq!(mailbox_text(&[0]), "");
        assert_eq!(mailbox_text(&[0x6162_6364]), "abcd");
    }
}
