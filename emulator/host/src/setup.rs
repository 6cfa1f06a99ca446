//! The boundary between an experiment and whatever carries it out: "a setup" takes to-FPGA message words and gives back
//! from-FPGA message words. The emulated chip in this process implements it; a served setup over the network, a recorded
//! trace and silicon fit behind the same trait.

use thiserror::Error;

/// Why a setup could not carry out a program.
#[derive(Debug, Error)]
pub enum SetupError {
    /// The other side of the link is gone.
    #[error("the link to the setup is closed: {0}")]
    Closed(String),
    /// The setup refused or broke the message stream.
    #[error("the setup reported a broken message stream: {0}")]
    Stream(String),
}

/// A place where playback programs run: chip, FPGA and the link to them.
pub trait Setup {
    /// Runs one program (64-bit to-FPGA words, ending with a halt) and returns the from-FPGA words up to its halt answer.
    /// The state of the setup persists from program to program.
    ///
    /// # Errors
    /// When the link is gone or the stream is malformed.
    fn run(&mut self, program: &[u64]) -> Result<Vec<u64>, SetupError>;

    /// Runs programs none of which depends on state that another of them leaves behind. A setup with one chip runs them one
    /// after another; the in-process setup runs them on copies of its chip in parallel, with a result that does not depend
    /// on the number of threads. What a program writes into the chip is not promised to be there afterwards.
    ///
    /// # Errors
    /// As [`Setup::run`]; the first error in program order is returned.
    fn run_batch(&mut self, programs: &[Vec<u64>]) -> Result<Vec<Vec<u64>>, SetupError> {
        programs.iter().map(|program| self.run(program)).collect()
    }

    /// Names the chip instance, for caches of calibrations.
    fn identifier(&self) -> String;
}

/// A setup behind a pointer is a setup.
macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<S: Setup + ?Sized> Setup for $pointer {
            fn run(&mut self, program: &[u64]) -> Result<Vec<u64>, SetupError> {
                (**self).run(program)
            }

            fn run_batch(&mut self, programs: &[Vec<u64>]) -> Result<Vec<Vec<u64>>, SetupError> {
                (**self).run_batch(programs)
            }

            fn identifier(&self) -> String {
                (**self).identifier()
            }
        }
    )*};
}

forward!(Box<S>, &mut S);
