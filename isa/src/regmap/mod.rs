//! The register map of the chip, the FPGA and the board: one table, and everything that follows from it.
//!
//! `table/` holds one row per field (109 containers, 611 fields). From it follow addresses ([`Container::address`],
//! [`locate`]), field access ([`field!`](crate::field), [`Value`]), typed frames ([`Frame`]), typed coordinates
//! ([`coordinate`]), what the command line understands ([`search`]) and the reference page ([`doc`]). Names are those of electronicvisions haldls and halco.

pub mod capmem;
mod container;
pub mod coordinate;
pub mod doc;
mod encoding;
mod locate;
mod location;
pub mod register;
pub mod search;
mod table;
mod value;

pub use container::{Access, Bits, Container, Field};
pub use coordinate::{Axis, Coordinate, CoordinateError, CoordinateType};
pub use encoding::Encoding;
pub use locate::{Located, aliases, locate};
pub use location::{Digit, Location, Segment};
pub use register::{Frame, OmnibusRegister, Register};
pub use table::CONTAINERS;
pub use value::{RangeError, Value, value, values};

/// The container called `name`. For constants: a misspelled name does not compile.
///
/// # Panics
/// If there is no such container; use [`find_container`] at run time.
#[must_use]
pub const fn container(name: &str) -> &'static Container {
    &CONTAINERS[position(name)]
}

/// Position of a container in [`CONTAINERS`]. For constants: a misspelled name does not compile.
///
/// # Panics
/// If there is no such container; use [`find_container`] at run time.
#[must_use]
pub const fn position(name: &str) -> usize {
    let mut i = 0;
    while i < CONTAINERS.len() {
        if same(CONTAINERS[i].name, name) {
            return i;
        }
        i += 1;
    }
    panic!("no such container")
}

/// The container called exactly `name`.
#[must_use]
pub fn find_container(name: &str) -> Option<&'static Container> {
    CONTAINERS.iter().find(|container| container.name == name)
}

/// Whether two names are equal but for spaces (`stringify!` may add some).
const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let (mut i, mut k) = (0, 0);
    loop {
        while i < left.len() && left[i] == b' ' {
            i += 1;
        }
        while k < right.len() && right[k] == b' ' {
            k += 1;
        }
        if i == left.len() || k == right.len() {
            return i == left.len() && k == right.len();
        }
        if left[i] != right[k] {
            return false;
        }
        i += 1;
        k += 1;
    }
}

#[cfg(test)]
mod tests;
