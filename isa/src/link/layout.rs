//! Where sections go: the memories of the processor, and for each layout the table of output sections with the input
//! sections they take, in the order in which they lie in memory.

use super::{Section, SectionFlags};

/// A memory as the linker sees it. Code and data views of external memories are separate address ranges of the same
/// bytes, so data begins in its view where code ends in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Region {
    /// The processor's own memory, 16 KiB.
    Sram,
    /// External memory as instructions are fetched from it, 128 KiB.
    ExternalCode,
    /// External memory as data is accessed in it.
    ExternalData,
    /// External DRAM as instructions are fetched from it, 256 MiB.
    DramCode,
    /// External DRAM as data is accessed in it.
    DramData,
}

impl Region {
    /// First address.
    #[must_use]
    pub const fn base(self) -> u32 {
        match self {
            Region::Sram => 0,
            Region::ExternalCode => 0x8000_0000,
            Region::ExternalData => 0x4000_0000,
            Region::DramCode => 0x9000_0000,
            Region::DramData => 0x5000_0000,
        }
    }

    /// Size in bytes.
    #[must_use]
    pub const fn size(self) -> u32 {
        match self {
            Region::Sram => 16 << 10,
            Region::ExternalCode | Region::ExternalData => 128 << 10,
            Region::DramCode | Region::DramData => 256 << 20,
        }
    }

    /// Name in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Region::Sram => "SRAM",
            Region::ExternalCode | Region::ExternalData => "external memory",
            Region::DramCode | Region::DramData => "external DRAM",
        }
    }

    /// The view of the same memory that this one must not overlap: it begins where that one ends.
    pub(super) const fn behind(self) -> Option<Region> {
        match self {
            Region::ExternalData => Some(Region::ExternalCode),
            Region::DramData => Some(Region::DramCode),
            _ => None,
        }
    }
}

/// How a program is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// As libnux if a section asks for it by a name that begins with `int.`, `ext.`, `ext_dram.` or `.text.crt_int`,
    /// else flat.
    #[default]
    Automatic,
    /// Everything in SRAM: code from 0, then data.
    Flat,
    /// As libnux links (electronicvisions/libnux, `share/libnux/elf32nux.x`): `.text` in external memory unless it is
    /// marked `int.text`, data in SRAM unless marked `ext.data`.
    Libnux,
}

/// One output section.
pub(super) struct OutputRule {
    pub name: &'static str,
    pub region: Region,
    /// Input sections by the beginning of their names, in the order in which they are placed.
    pub inputs: &'static [&'static str],
    /// Symbols for its begin and end, for tables of constructors and the like.
    pub bounds: Option<(&'static str, &'static str)>,
}

const fn output(name: &'static str, region: Region, inputs: &'static [&'static str]) -> OutputRule {
    OutputRule { name, region, inputs, bounds: None }
}

const INIT: Option<(&str, &str)> = Some(("__init_array_start", "__init_array_end"));
const FINI: Option<(&str, &str)> = Some(("__fini_array_start", "__fini_array_end"));

const FLAT: &[OutputRule] = &[
    output(".text", Region::Sram, &[".init", ".text", ".fini"]),
    OutputRule { bounds: INIT, ..output(".init_array", Region::Sram, &[".init_array", ".ctors"]) },
    OutputRule { bounds: FINI, ..output(".fini_array", Region::Sram, &[".fini_array", ".dtors"]) },
    output(".data", Region::Sram, &[".data", ".sdata"]),
    output(".rodata", Region::Sram, &[".rodata", ".srodata"]),
    OutputRule {
        bounds: Some(("__bss_start", "__bss_end")),
        ..output(".bss", Region::Sram, &[".bss", ".sbss", COMMON])
    },
];

const LIBNUX: &[OutputRule] = &[
    output("int.text", Region::Sram, &[".text.crt_int", "int.text"]),
    output("int.data", Region::Sram, &["int.data", "int.rodata", ".data", ".sdata", ".rodata", ".srodata"]),
    OutputRule {
        bounds: Some(("__bss_start", "__bss_end")),
        ..output("int.bss", Region::Sram, &["int.bss", ".bss", ".sbss", COMMON])
    },
    output(
        "ext.text",
        Region::ExternalCode,
        &[
            ".text.__call_constructors",
            ".text._start",
            ".text.__call_destructors",
            ".text.__cxa_pure_virtual",
            ".text",
            "ext.text",
        ],
    ),
    OutputRule { bounds: INIT, ..output("ext.init_array", Region::ExternalData, &[".init_array", ".ctors"]) },
    OutputRule { bounds: FINI, ..output("ext.fini_array", Region::ExternalData, &[".fini_array", ".dtors"]) },
    output("ext.data", Region::ExternalData, &["ext.data", "ext.rodata", "ext.bss"]),
    output("ext_dram.text", Region::DramCode, &["ext_dram.text"]),
    output("ext_dram.data", Region::DramData, &["ext_dram.data", "ext_dram.rodata", "ext_dram.bss"]),
];

/// The input section that holds what `.comm` asked for.
pub(super) const COMMON: &str = "COMMON";

impl Layout {
    /// What [`Layout::Automatic`] means for these sections.
    pub(super) fn decide<'a>(self, mut names: impl Iterator<Item = &'a str>) -> Layout {
        let asks = |name: &str| {
            ["int.", "ext.", "ext_dram.", ".text.crt_int"].iter().any(|start| name.starts_with(start))
        };
        match self {
            Layout::Automatic if names.any(asks) => Layout::Libnux,
            Layout::Automatic => Layout::Flat,
            chosen => chosen,
        }
    }

    /// The output sections.
    pub(super) fn rules(self) -> &'static [OutputRule] {
        if self == Layout::Libnux { LIBNUX } else { FLAT }
    }

    /// The output section that takes an input section, and the place in its order; sections of unknown names go
    /// where their flags belong.
    pub(super) fn target(self, section: &Section) -> (usize, usize) {
        let rules = self.rules();
        for (index, rule) in rules.iter().enumerate() {
            let place = rule.inputs.iter().position(|start| section.name.starts_with(start));
            if let Some(place) = place {
                return (index, place);
            }
        }
        let wanted = if section.flags.contains(SectionFlags::EXECUTE) {
            ".text"
        } else if section.flags.contains(SectionFlags::NOBITS) {
            ".bss"
        } else if section.flags.contains(SectionFlags::WRITE) {
            ".data"
        } else {
            ".rodata"
        };
        let index = rules.iter().position(|rule| rule.inputs.contains(&wanted)).unwrap_or(0);
        (index, rules[index].inputs.len())
    }
}
