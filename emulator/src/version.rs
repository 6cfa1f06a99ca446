//! What a result was made with: two results can be expected to have equal bits only when this is the same.

/// Version of the crate and of the emulated behaviour. The number behind `model` is raised by every change that changes the
/// bits of some result.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+model.2");
