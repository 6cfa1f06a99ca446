//! Served setups: the same commands with and without `--connect`, and what `serve` refuses.
//!
//! Setups are served by a thread of this process until it sends itself the signal that ends them, which ends all of them; so
//! everything that serves is in one test.

use hx_chip::chip::ChipConfig;
use hx_tests::command::{Ended, hxemu};
use hxemu::cli::{Streams, main_with};
use hxemu::served::text_of;
use serde_json::Value;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

/// Hands over what is written, a line at a time.
struct Lines {
    line: Vec<u8>,
    lines: Sender<String>,
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            self.line.push(*byte);
            if *byte == b'\n' {
                let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
                // A test that failed reads no more.
                let _ = self.lines.send(line);
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Setups that are being served.
struct Served {
    /// What stood on standard output.
    setups: Vec<Value>,
    /// Lines on standard error.
    remarks: Receiver<String>,
    thread: JoinHandle<u8>,
}

impl Served {
    fn start(arguments: &[&str]) -> Served {
        let command: Vec<String> = ["hxemu", "serve", "--json", "--reset-port", "0", "--data-port", "0"]
            .iter()
            .chain(arguments)
            .map(ToString::to_string)
            .collect();
        let (lines, out) = channel();
        let (errors, remarks) = channel();
        let thread = std::thread::spawn(move || {
            let mut out = Lines { line: Vec::new(), lines };
            let mut err = Lines { line: Vec::new(), lines: errors };
            main_with(command, Streams::plain(&mut out, &mut err))
        });
        let Ok(line) = out.recv() else { panic!("{:?}", remarks.iter().collect::<Vec<_>>()) };
        let ready: Value = serde_json::from_str(&line).expect("one object");
        Served { setups: ready["setups"].as_array().expect("a list").clone(), remarks, thread }
    }

    /// The argument of `--connect`.
    fn place(&self, index: usize) -> String {
        let setup = &self.setups[index];
        let address = setup["address"].as_str().expect("text");
        format!("{address}:{}:{}", setup["data_port"], setup["reset_port"])
    }

    /// Ends serving and returns what was counted, setup by setup.
    fn stop(self) -> Vec<Value> {
        signal_hook::low_level::raise(signal_hook::consts::SIGTERM).expect("is raised");
        assert_eq!(self.thread.join().expect("ends"), 0);
        self.remarks.iter().map(|line| serde_json::from_str(&line).expect("an object")).collect()
    }
}

/// How a command ends here and on a setup.
fn both(command: &[&str], place: &str) -> [Ended; 2] {
    [&[][..], &["--connect", place]].map(|more| hxemu(&[command, more].concat()))
}

struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn commands_find_the_same_on_served_setups() {
    let scratch = Scratch(std::env::temp_dir().join(format!("hxemu-served-{}", std::process::id())));
    fs::create_dir_all(&scratch.0).expect("a scratch directory");
    let file = |name: &str| scratch.0.join(name).display().to_string();

    let served = Served::start(&["--ideal", "--chips", "2"]);
    assert_eq!(served.setups.len(), 2);
    for index in 0..2 {
        let place = served.place(index);
        let [here, there] = both(&["play", "cli/input/stream.ut", "--json", "--list", "--ideal"], &place);
        assert_eq!((here.code, &here), (0, &there));
    }
    let endless = hxemu(&["play", "cli/input/cut-end.ut", "--ideal", "--connect", &served.place(0)]);
    assert_eq!(endless.code, 2, "{}", endless.err);
    let other = hxemu(&["play", "cli/input/stream.ut", "--chip-seed", "5", "--connect", &served.place(0)]);
    assert_eq!((other.code, other.err.contains("is served here")), (2, true), "{}", other.err);
    let counted = served.stop();
    let programs: Vec<_> = counted.iter().map(|setup| setup["programs"].as_u64()).collect();
    assert_eq!(programs, [Some(1), Some(1)]);

    // The chip of a file, calibrated over the wire: the same calibration as in this process.
    let config = file("chip.ron");
    fs::write(&config, text_of(&ChipConfig { chip_seed: 3, ..ChipConfig::default() })).expect("is written");
    let served = Served::start(&["--chip-config", &config]);
    assert_eq!(
        (&served.setups[0]["identifier"], &served.setups[0]["chip_seed"]),
        (&"hxemu-chip-3".into(), &3.into())
    );
    let calibrations = ["here.ron", "there.ron"].map(file);
    let place = served.place(0);
    for (calibration, more) in calibrations.iter().zip([&[][..], &["--connect", &place]]) {
        let command = ["calibrate", "--chip-seed", "3", "--json", "--out", calibration];
        assert_eq!(hxemu(&[&command[..], more].concat()).code, 0);
    }
    let [here, there] = calibrations.clone().map(|name| fs::read_to_string(name).expect("is there"));
    assert_eq!(here, there);
    served.stop();

    // With a calibration the words are on the chip from the start; another chip's is refused.
    let served = Served::start(&["--chip-seed", "3", "--calibration", &calibrations[0]]);
    served.stop();
    for (arguments, reason) in [
        (&["--calibration", &calibrations[0]][..], "is a calibration of hxemu-chip-3, not of hxemu-chip-0"),
        (&["--chip-config", &config, "--chip-seed", "1"], "leave out --chip-seed"),
        (&["--chip-config", "missing.ron"], "missing.ron"),
        (&["--listen", "0.0.0.0"], "--public allows that"),
    ] {
        let refused = hxemu(&[&["serve"], arguments].concat());
        assert_eq!((refused.code, refused.err.contains(reason)), (2, true), "{}", refused.err);
    }
}
