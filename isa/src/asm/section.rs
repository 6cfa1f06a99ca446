//! The sections under construction and which of them is current.

use super::expression::SectionId;
use crate::link::{Section, SectionFlags};

/// The largest section that is built: more than any memory of the chip, and little enough for the host.
pub(crate) const LARGEST: u32 = 1 << 28;

/// All sections, the current one, the one before, and those put aside by `.pushsection`.
#[derive(Debug)]
pub(crate) struct Sections {
    pub list: Vec<Section>,
    current: SectionId,
    previous: SectionId,
    stack: Vec<(SectionId, SectionId)>,
}

impl Sections {
    /// `.text`, `.data` and `.bss`, of which `.text` is current.
    pub(crate) fn new() -> Sections {
        let list = [".text", ".data", ".bss"].map(new_section).into();
        Sections { list, current: SectionId(0), previous: SectionId(0), stack: Vec::new() }
    }

    pub(crate) fn current(&self) -> SectionId {
        self.current
    }

    pub(crate) fn get(&self, id: SectionId) -> &Section {
        &self.list[id.0 as usize]
    }

    pub(crate) fn get_mut(&mut self, id: SectionId) -> &mut Section {
        &mut self.list[id.0 as usize]
    }

    pub(crate) fn find(&self, name: &str) -> Option<SectionId> {
        self.list.iter().position(|section| section.name == name).map(|index| SectionId(index as u32))
    }

    /// The section of this name, made if it is new; says whether it is.
    pub(crate) fn intern(&mut self, name: &str) -> (SectionId, bool) {
        if let Some(id) = self.find(name) {
            return (id, false);
        }
        self.list.push(new_section(name));
        (SectionId(self.list.len() as u32 - 1), true)
    }

    /// Goes on in `id`.
    pub(crate) fn switch(&mut self, id: SectionId) {
        self.previous = std::mem::replace(&mut self.current, id);
    }

    /// Exchanges the current and the previous section.
    pub(crate) fn swap_previous(&mut self) {
        std::mem::swap(&mut self.current, &mut self.previous);
    }

    pub(crate) fn push(&mut self) {
        self.stack.push((self.current, self.previous));
    }

    /// Goes back to where [`Sections::push`] was called; `false` if it was not.
    pub(crate) fn pop(&mut self) -> bool {
        let saved = self.stack.pop();
        if let Some((current, previous)) = saved {
            (self.current, self.previous) = (current, previous);
        }
        saved.is_some()
    }

    /// Section and offset of the next byte.
    pub(crate) fn here(&self) -> (SectionId, u32) {
        (self.current, self.get(self.current).size)
    }

    /// Raises the alignment of the current section.
    pub(crate) fn align_to(&mut self, alignment: u32) {
        let section = self.get_mut(self.current);
        section.alignment = section.alignment.max(alignment);
    }

    /// Appends bytes to the current section.
    pub(crate) fn emit(&mut self, bytes: &[u8]) -> Result<(), String> {
        let section = self.get_mut(self.current);
        if section.flags.contains(SectionFlags::NOBITS) {
            if bytes.iter().any(|&byte| byte != 0) {
                return Err(format!(
                    "section {} holds only zeros and cannot be given contents",
                    section.name
                ));
            }
            return self.skip(bytes.len() as u64, 0);
        }
        grow(section, bytes.len() as u64)?;
        section.data.extend_from_slice(bytes);
        Ok(())
    }

    /// Appends `count` bytes of value `fill`.
    pub(crate) fn skip(&mut self, count: u64, fill: u8) -> Result<(), String> {
        let section = self.get_mut(self.current);
        let nobits = section.flags.contains(SectionFlags::NOBITS);
        if nobits && fill != 0 {
            return Err(format!("section {} holds only zeros and cannot be given contents", section.name));
        }
        grow(section, count)?;
        if !nobits {
            section.data.resize(section.size as usize, fill);
        }
        Ok(())
    }
}

fn grow(section: &mut Section, bytes: u64) -> Result<(), String> {
    let size = u64::from(section.size).saturating_add(bytes);
    if size > u64::from(LARGEST) {
        return Err(format!(
            "section {} would grow to {size} bytes; at most {LARGEST} are allowed",
            section.name
        ));
    }
    section.size = size as u32;
    Ok(())
}

fn new_section(name: &str) -> Section {
    let flags = SectionFlags::of_name(name);
    Section { name: name.to_owned(), flags, alignment: 1, ..Section::default() }
}
