//! State of the eight serial links between FPGA and chip, and their counters. A link comes up a training time after the PHYs
//! at both ends are enabled and goes down when one of them is switched off.

use serde::{Deserialize, Serialize};

/// Number of links.
pub const PHYS: usize = 8;

/// Words counted by the link's automatic repeat request (HicannARQStatus).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArqCounters {
    /// Words the FPGA handed over for the chip: one per read, address and data per write (electronicvisions haldls:
    /// tests/hw/stadls/vx/v3/common/test-hicann_arq_status.cpp).
    pub writes: u32,
    /// Words the chip handed over for the FPGA: one per read, and one per write because write responses are filtered later.
    pub reads: u32,
}

/// The links.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    fpga_enable: u8,
    chip_enable: u8,
    /// Per PHY, the cycle from which its link is up.
    up_at: [Option<u64>; PHYS],
    /// Cycle from which any link is up; `u64::MAX` if none comes up.
    usable_from: u64,
    /// Omnibus words.
    pub arq: ArqCounters,
    /// Words sent to the chip over all PHYs.
    pub sent: u64,
    /// Words received from the chip over all PHYs.
    pub received: u64,
}

impl Link {
    /// All links down.
    #[must_use]
    pub fn new() -> Self {
        Self { usable_from: u64::MAX, ..Self::default() }
    }

    /// Resets the FPGA's end: its PHYs are off and its counters zero.
    pub fn reset_fpga(&mut self) {
        *self = Self { chip_enable: self.chip_enable, ..Self::new() };
    }

    /// Cycle from which any link is up; `u64::MAX` if none comes up.
    #[inline]
    #[must_use]
    pub fn usable_from(&self) -> u64 {
        self.usable_from
    }

    /// Sets the FPGA's enables, bit `p` for PHY `p`. Returns the PHYs whose link comes up, as a bit mask.
    pub fn enable_fpga(&mut self, phys: u8, up_at: u64) -> u8 {
        self.fpga_enable = phys;
        self.update(up_at)
    }

    /// Sets the chip's enables (CommonPhyConfigChip: bit `7 - p` for PHY `p`). Returns the PHYs whose link comes up.
    pub fn enable_chip(&mut self, register: u8, up_at: u64) -> u8 {
        self.chip_enable = register.reverse_bits();
        self.update(up_at)
    }

    fn update(&mut self, up_at: u64) -> u8 {
        let enabled = self.fpga_enable & self.chip_enable;
        let mut rising = 0;
        for (phy, up) in self.up_at.iter_mut().enumerate() {
            match (enabled >> phy & 1, *up) {
                (0, _) => *up = None,
                (_, None) => {
                    *up = Some(up_at);
                    rising |= 1 << phy;
                }
                _ => {}
            }
        }
        self.usable_from = self.up_at.iter().flatten().copied().min().unwrap_or(u64::MAX);
        rising
    }

    /// Whether PHY `phy` is on the way up or up, and since when.
    #[must_use]
    pub fn up_at(&self, phy: usize) -> Option<u64> {
        self.up_at[phy % PHYS]
    }

    /// Cycles for which the link of PHY `phy` has been up.
    #[must_use]
    pub fn online_cycles(&self, phy: usize, cycle: u64) -> u32 {
        self.up_at(phy).map_or(0, |up| cycle.saturating_sub(up) as u32)
    }

    /// Share of PHY `phy` in `words` words that are dealt to the PHYs in turn.
    #[must_use]
    pub fn share(words: u64, phy: usize) -> u32 {
        ((words + (PHYS - 1 - phy % PHYS) as u64) / PHYS as u64) as u32
    }

    /// Counts an Omnibus write to the chip.
    #[inline]
    pub fn count_write(&mut self) {
        self.arq.writes = self.arq.writes.wrapping_add(2);
        self.arq.reads = self.arq.reads.wrapping_add(1);
        self.sent += 2;
        self.received += 1;
    }

    /// Counts an Omnibus read of the chip.
    #[inline]
    pub fn count_read(&mut self) {
        self.arq.writes = self.arq.writes.wrapping_add(1);
        self.arq.reads = self.arq.reads.wrapping_add(1);
        self.sent += 1;
        self.received += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_needs_both_ends() {
        let mut link = Link::new();
        assert_eq!(link.enable_fpga(0xff, 10), 0);
        assert_eq!(link.usable_from(), u64::MAX);
        assert_eq!(link.enable_chip(0x80, 20), 0x01, "bit 7 enables chip PHY 0");
        assert_eq!(link.enable_chip(0xff, 30), 0xfe);
        assert_eq!(link.enable_chip(0xff, 40), 0, "only once per bring-up");
        assert_eq!(link.usable_from(), 20);
        assert_eq!(link.online_cycles(1, 35), 5);
        assert_eq!(link.enable_fpga(0, 50), 0);
        assert_eq!(link.usable_from(), u64::MAX);
        assert_eq!(link.enable_fpga(0xff, 60), 0xff);
    }

    #[test]
    fn words_are_dealt_to_the_phys() {
        let shares: Vec<u32> = (0..PHYS).map(|phy| Link::share(11, phy)).collect();
        assert_eq!(shares, [2, 2, 2, 1, 1, 1, 1, 1]);
    }
}
