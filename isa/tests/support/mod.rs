//! Tools of GNU binutils for PowerPC, where they are installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A directory for one test's files, and the tools to look at them.
pub struct Bench {
    directory: tempfile::TempDir,
}

impl Bench {
    /// `None`, with a word on standard error, where one of the tools is missing.
    pub fn new(tools: &[&str]) -> Option<Bench> {
        for tool in tools {
            if Command::new(full_name(tool)).arg("--version").output().is_err() {
                eprintln!("skipped: {} is not installed", full_name(tool));
                return None;
            }
        }
        Some(Bench { directory: tempfile::tempdir().unwrap() })
    }

    /// Where a file of the test is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), contents).unwrap();
        self.path(name)
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Runs a tool in the directory, whatever becomes of it.
    pub fn try_run(&self, tool: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(full_name(tool));
        command.args(arguments).current_dir(self.directory.path()).output().unwrap()
    }

    /// Runs a tool that must succeed; returns what it prints.
    pub fn run(&self, tool: &str, arguments: &[&str]) -> String {
        let output = self.try_run(tool, arguments);
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{tool} {arguments:?}: {complaint}");
        assert!(!complaint.to_lowercase().contains("warning"), "{tool} {arguments:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The words of the `.text` of an object or of all of a program, by GNU objcopy.
    pub fn words(&self, file: &str) -> Vec<u32> {
        self.run("objcopy", &["-O", "binary", "-j", ".text", file, "words.bin"]);
        self.read("words.bin").chunks(4).map(|word| u32::from_be_bytes(word.try_into().unwrap())).collect()
    }
}

fn full_name(tool: &str) -> String {
    format!("powerpc-linux-gnu-{tool}")
}

/// The name of a file as tools and tests write it.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
