//! The register map as scripts see it: `hxemu regs`, `addr` and `encode`.

mod addr;
mod encode;
mod regs;
