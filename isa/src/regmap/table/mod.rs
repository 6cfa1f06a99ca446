//! The rows of the register map, one file per family, in the order of the map.
//!
//! Sources: electronicvisions haldls (encode/decode of every container, `include/haldls/vx/omnibus_constants.tcc`), fisch and
//! hxcomm (FPGA registers and instructions).

mod board;
mod capmem;
mod clock;
mod fpga;
mod neuron;
mod playback;
mod ppu;
mod readout;
mod routing;
mod row;
mod synapse;

use super::Container;

const FAMILIES: [&[Container]; 10] = [
    neuron::ROWS,
    capmem::ROWS,
    synapse::ROWS,
    readout::ROWS,
    routing::ROWS,
    ppu::ROWS,
    clock::ROWS,
    fpga::ROWS,
    playback::ROWS,
    board::ROWS,
];

const COUNT: usize = {
    let (mut count, mut i) = (0, 0);
    while i < FAMILIES.len() {
        count += FAMILIES[i].len();
        i += 1;
    }
    count
};

/// All containers, in the order of the register map.
pub const CONTAINERS: &[Container] = &{
    let mut all = [FAMILIES[0][0]; COUNT];
    let (mut family, mut row, mut next) = (0, 0, 0);
    while next < COUNT {
        if row == FAMILIES[family].len() {
            (family, row) = (family + 1, 0);
            continue;
        }
        all[next] = FAMILIES[family][row];
        (row, next) = (row + 1, next + 1);
    }
    all
};
