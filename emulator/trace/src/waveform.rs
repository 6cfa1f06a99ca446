//! Waveforms as VCD or FST, the two forms that GTKWave and Surfer read. FST is the smaller by far; VCD is text.

use fst_writer::{
    FstBodyWriter, FstFileType, FstHeaderWriter, FstInfo, FstScopeType, FstSignalId, FstSignalType,
    FstVarDirection, FstVarType, FstWriteError,
};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use thiserror::Error;

/// One signal of a waveform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// Name within its scope.
    pub name: String,
    /// Bits.
    pub width: u32,
}

/// A named group of signals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Name of the group.
    pub name: String,
    /// Its signals; they are numbered through all groups in order.
    pub signals: Vec<Signal>,
}

/// Why a waveform cannot be written.
#[derive(Debug, Error)]
pub enum WaveformError {
    /// The file.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The FST encoder.
    #[error(transparent)]
    Fst(#[from] FstWriteError),
}

/// FST keeps changes in memory until there are so many bytes of them.
const FST_FLUSH_BYTES: usize = 16 << 20;
/// Times are in picoseconds: 10^-12 s.
const PICOSECONDS: i8 = -12;

/// A waveform file that grows with time.
pub struct Waveform {
    form: Form,
    now_ps: Option<u64>,
    widths: Vec<u32>,
    text: Vec<u8>,
}

enum Form {
    Vcd { writer: vcd::Writer<BufWriter<File>>, ids: Vec<vcd::IdCode> },
    Fst { writer: Box<FstBodyWriter<BufWriter<File>>>, ids: Vec<FstSignalId> },
}

impl Waveform {
    /// Makes the file: FST when the name ends in `.fst`, else VCD.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path, program: &str, scopes: &[Scope]) -> Result<Waveform, WaveformError> {
        let is_fst = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("fst"));
        let form = if is_fst { fst(path, program, scopes)? } else { vcd(path, program, scopes)? };
        let widths = scopes.iter().flat_map(|scope| &scope.signals).map(|signal| signal.width).collect();
        Ok(Waveform { form, now_ps: None, widths, text: Vec::new() })
    }

    /// Sets a signal, by its number through all scopes, at a time that never goes back. `value` is big-endian; its last bits
    /// are taken.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn change(&mut self, time_ps: u64, signal: usize, value: &[u8]) -> Result<(), WaveformError> {
        if self.now_ps != Some(time_ps) {
            self.set_time(time_ps)?;
        }
        let Some(&width) = self.widths.get(signal) else { return Ok(()) };
        digits(&mut self.text, value, width);
        match &mut self.form {
            Form::Vcd { writer, ids } => vcd_change(writer, ids[signal], &self.text)?,
            Form::Fst { writer, ids } => writer.signal_change(ids[signal], &self.text)?,
        }
        Ok(())
    }

    /// Moves on without a change, so that the last stretch is seen.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn set_time(&mut self, time_ps: u64) -> Result<(), WaveformError> {
        self.now_ps = Some(time_ps);
        match &mut self.form {
            Form::Vcd { writer, .. } => writer.timestamp(time_ps)?,
            Form::Fst { writer, .. } => {
                if writer.size() > FST_FLUSH_BYTES {
                    writer.flush()?;
                }
                writer.time_change(time_ps)?;
            }
        }
        Ok(())
    }

    /// Completes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<(), WaveformError> {
        match self.form {
            Form::Vcd { mut writer, .. } => writer.flush()?,
            Form::Fst { writer, .. } => writer.finish()?.flush()?,
        }
        Ok(())
    }
}

/// The last `width` bits of a big-endian value as '0' and '1'; bits it does not have are 0.
fn digits(text: &mut Vec<u8>, value: &[u8], width: u32) {
    text.clear();
    let have = 8 * value.len();
    text.extend((0..width as usize).rev().map(|bit| {
        let set = bit < have && (value[value.len() - 1 - bit / 8] >> (bit % 8)) & 1 == 1;
        b'0' + u8::from(set)
    }));
}

fn vcd_change<W: Write>(writer: &mut vcd::Writer<W>, id: vcd::IdCode, text: &[u8]) -> io::Result<()> {
    let value = |digit: &u8| if *digit == b'1' { vcd::Value::V1 } else { vcd::Value::V0 };
    match text {
        [digit] => writer.change_scalar(id, value(digit)),
        _ => writer.change_vector(id, text.iter().map(value)),
    }
}

fn vcd(path: &Path, program: &str, scopes: &[Scope]) -> Result<Form, WaveformError> {
    let mut writer = vcd::Writer::new(BufWriter::new(File::create(path)?));
    writer.version(program)?;
    writer.timescale(1, vcd::TimescaleUnit::PS)?;
    let mut ids = Vec::new();
    for scope in scopes {
        writer.add_module(&scope.name)?;
        for signal in &scope.signals {
            ids.push(writer.add_wire(signal.width, &signal.name)?);
        }
        writer.upscope()?;
    }
    writer.enddefinitions()?;
    Ok(Form::Vcd { writer, ids })
}

fn fst(path: &Path, program: &str, scopes: &[Scope]) -> Result<Form, WaveformError> {
    let info = FstInfo {
        start_time: 0,
        timescale_exponent: PICOSECONDS,
        version: program.to_owned(),
        // The same run gives the same file, so no date.
        date: String::new(),
        file_type: FstFileType::Verilog,
    };
    let mut header = FstHeaderWriter::open(path, &info)?;
    let mut ids = Vec::new();
    for scope in scopes {
        header.scope(&scope.name, "", FstScopeType::Module)?;
        for signal in &scope.signals {
            let kind = FstSignalType::bit_vec(signal.width);
            ids.push(header.var(&signal.name, kind, FstVarType::Wire, FstVarDirection::Implicit, None)?);
        }
        header.up_scope()?;
    }
    Ok(Form::Fst { writer: Box::new(header.finish()?), ids })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes() -> Vec<Scope> {
        let signal = |name: &str, width| Signal { name: name.into(), width };
        vec![Scope { name: "core".into(), signals: vec![signal("sleep", 1), signal("pc", 32)] }]
    }

    #[test]
    fn digits_are_the_last_bits() {
        let mut text = Vec::new();
        digits(&mut text, &[0x12, 0x35], 12);
        assert_eq!(text, b"001000110101");
        digits(&mut text, &[0x3], 10);
        assert_eq!(text, b"0000000011");
    }

    #[test]
    fn vcd_text() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.vcd");
        let mut waveform = Waveform::create(&path, "hxemu", &scopes()).unwrap();
        waveform.change(0, 0, &[0]).unwrap();
        waveform.change(4000, 1, &5u32.to_be_bytes()).unwrap();
        waveform.change(4000, 0, &[1]).unwrap();
        waveform.finish().unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        let body = text.split("$enddefinitions $end").nth(1).unwrap();
        let five = format!("b{:032b} \"", 5);
        assert_eq!(body.trim().lines().collect::<Vec<_>>(), ["#0", "0!", "#4000", five.as_str(), "1!"]);
        assert!(text.contains("$var wire 32 \" pc $end"), "{text}");
    }

    #[test]
    fn fst_reads_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.fst");
        let mut waveform = Waveform::create(&path, "hxemu", &scopes()).unwrap();
        waveform.change(0, 1, &1u32.to_be_bytes()).unwrap();
        waveform.change(8000, 1, &2u32.to_be_bytes()).unwrap();
        waveform.finish().unwrap();
        let mut reader =
            fst_reader::FstReader::open(std::io::BufReader::new(File::open(path).unwrap())).unwrap();
        let mut changes = Vec::new();
        let mut note = |time, handle: fst_reader::FstSignalHandle, value: fst_reader::FstSignalValue| {
            if let fst_reader::FstSignalValue::String(text) = value {
                changes.push((time, handle.get_index(), String::from_utf8_lossy(text).into_owned()));
            }
            Ok::<(), io::Error>(())
        };
        reader.read_signals(&fst_reader::FstFilter::all(), &mut note).unwrap();
        let value = |n: u32| format!("{n:032b}");
        assert!(changes.contains(&(0, 1, value(1))), "{changes:?}");
        assert!(changes.contains(&(8000, 1, value(2))), "{changes:?}");
    }
}
