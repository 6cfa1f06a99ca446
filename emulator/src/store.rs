//! Writing files so that none is ever half there: into a temporary neighbour first, then renamed over the name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A file or directory could not be written.
#[derive(Debug, Error)]
#[error("{file}: cannot write: {source}")]
pub struct StoreError {
    /// The file or directory.
    pub file: String,
    /// The system's word.
    pub source: io::Error,
}

fn naming(path: &Path) -> impl Fn(io::Error) -> StoreError + '_ {
    |source| StoreError { file: path.display().to_string(), source }
}

/// Replaces the file at `path` by `contents`, entirely or not at all.
///
/// # Errors
/// When the system refuses; then a file that was at `path` before is unchanged.
pub fn write_file(path: &Path, contents: &[u8]) -> Result<(), StoreError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = fs::write(&temporary, contents).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|error| {
        // The write has failed already; that a remainder cannot be removed either adds nothing.
        let _ = fs::remove_file(&temporary);
        naming(path)(error)
    })
}

/// A directory that receives one result. `result.json` is removed first and written last: where it stands, the result is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultDirectory(PathBuf);

impl ResultDirectory {
    /// Name of the file that makes a result complete.
    pub const RESULT: &'static str = "result.json";

    /// Creates the directory where it does not exist, and takes back the result of an earlier run. Its other files stay until
    /// they are replaced.
    ///
    /// # Errors
    /// When the directory cannot be created or written to.
    pub fn open(path: &Path) -> Result<ResultDirectory, StoreError> {
        fs::create_dir_all(path).map_err(naming(path))?;
        let result = path.join(Self::RESULT);
        match fs::remove_file(&result) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(naming(&result)(error)),
            _ => Ok(ResultDirectory(path.to_owned())),
        }
    }

    /// Writes one file of the result.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write(&self, name: &str, contents: &[u8]) -> Result<(), StoreError> {
        write_file(&self.0.join(name), contents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_write_changes_nothing() {
        let directory = std::env::temp_dir().join(format!("hxemu-store-{}", std::process::id()));
        let results = ResultDirectory::open(&directory).unwrap();
        results.write("a.csv", b"1").unwrap();
        results.write("a.csv", b"2").unwrap();
        assert_eq!(fs::read(directory.join("a.csv")).unwrap(), b"2");
        fs::create_dir(directory.join("taken")).unwrap();
        let error = results.write("taken", b"3").unwrap_err();
        assert!(error.to_string().contains("taken: cannot write"), "{error}");
        let mut names: Vec<_> =
            fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["a.csv", "taken"]);
        fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn an_earlier_result_is_taken_back() {
        let directory = std::env::temp_dir().join(format!("hxemu-result-{}", std::process::id()));
        ResultDirectory::open(&directory).unwrap().write(ResultDirectory::RESULT, b"{}").unwrap();
        ResultDirectory::open(&directory).unwrap();
        assert!(!directory.join("result.json").exists());
        fs::remove_dir_all(&directory).unwrap();
    }
}
