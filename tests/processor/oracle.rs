//! Running a program on `qemu-ppc`: a minimal ELF file around an image, and its standard output.

use std::path::PathBuf;
use std::process::Command;

/// Is `program` installed? Says so when it is not.
pub fn installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        println!("skipped: {program} is not installed");
    }
    found
}

/// A path for a file of this test run.
pub fn scratch_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()))
}

/// An executable for Linux on a 32-bit big-endian Power processor: `image` at `base`, readable, writable and executable.
pub fn executable(image: &[u32], base: u32, entry: u32) -> Vec<u8> {
    const HEADERS: u32 = 52 + 32;
    const PAGE: u32 = 0x1000;
    let size = 4 * image.len() as u32;
    // identification, then type executable, machine 20, version, entry and the place of the one program header
    let mut words =
        vec![0x7F45_4C46, 0x0102_0100, 0, 0, 0x0002_0014, 1, entry, 52, 0, 0, 0x0034_0020, 0x0001_0000, 0];
    // loadable, at the page after the headers, all rights
    words.extend([1, PAGE, base, base, size, size, 7, PAGE]);
    words.resize((PAGE / 4) as usize, 0);
    assert_eq!(HEADERS, 84);
    words.extend(image);
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// Run an executable; its standard output as big-endian words.
pub fn run(elf: &[u8], name: &str) -> Vec<u32> {
    let path = scratch_file(name);
    std::fs::write(&path, elf).expect("the target directory is writable");
    make_executable(&path);
    let output = Command::new("qemu-ppc").arg(&path).output().expect("qemu-ppc was found before");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "qemu-ppc ended with {} on {}: {text}", output.status, path.display());
    std::fs::remove_file(&path).expect("the file was just written");
    output
        .stdout
        .chunks_exact(4)
        .map(|bytes| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect()
}

/// qemu loads nothing else, and says nothing.
#[cfg(unix)]
fn make_executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("the file is ours");
}

#[cfg(not(unix))]
fn make_executable(_path: &std::path::Path) {}
