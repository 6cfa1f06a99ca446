use crate::ppu::ports::*;
use crate::ppu::vector::*;
use serde::{Deserialize, Serialize};
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Op {
    Own(u32, u32),
    Load(u32),
    Store(u32, u32),
    Copy(u32, u32),
    In(u32),
    Out(u32, u8),
    Sleep,
}
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ppu {
    pub clock: u64,
    pub script: Vec<(u64, Op)>,
    pub at: usize,
    pub log: Vec<(u64, u32)>,
}
impl Ppu {
    pub fn clock(&self) -> u64 {
        self.clock
    }
    pub fn run(
        &mut self,
        ports: &mut impl Ports,
        until: u64,
        shared_before: u64,
        _o: &mut impl Observer,
    ) -> Stop {
        while let Some((cycle, op)) = self.script.get(self.at).cloned() {
            if cycle >= until {
                break;
            }
            self.clock = cycle;
            let port = match op {
                Op::In(a) | Op::Out(a, _) => Some((Port::Parallel, a)),
                Op::Load(a) | Op::Store(a, _) => Some((Port::Data, a)),
                _ => None,
            };
            if let Some((port, address)) = port
                && ports.is_shared(port, address)
                && cycle >= shared_before
            {
                return Stop::Shared { cycle };
            }
            match op {
                Op::Own(a, v) => ports.sram().set_word(a, v),
                Op::Copy(a, b) => {
                    let v = ports.sram().word(a);
                    ports.sram().set_word(b, v);
                }
                Op::Load(a) => {
                    let v = ports.load(cycle, a);
                    self.log.push((cycle, v));
                }
                Op::Store(a, v) => ports.store(cycle, a, 0xf, v),
                Op::In(a) => {
                    let v = ports.parallel_read(cycle, a, ByteMask::ALL);
                    self.log.push((cycle, v.word(0)));
                }
                Op::Out(a, v) => ports.parallel_write(cycle, a, ByteMask::ALL, &Vector([[v; 16]; 8])),
                Op::Sleep => {
                    self.clock = until;
                    return Stop::Sleep { cycle };
                }
            }
            self.at += 1;
            self.clock = cycle + 1;
        }
        self.clock = until;
        Stop::Limit
    }
}
