//! Addresses: every input section gets its place in an output section, every output section its place in a memory.

use super::layout::{COMMON, Layout, OutputRule, Region};
use super::resolve::{Names, SymbolRef};
use super::stub::Stub;
use super::{LinkOptions, Object, Section, SectionFlags, SymbolPlace};
use crate::asm::Diagnostic;
use std::collections::BTreeMap;

/// An input section in its output section. Behind it lie the stubs of its far calls.
#[derive(Debug)]
pub(super) struct Piece {
    pub object: usize,
    pub section: usize,
    pub address: u32,
    pub stubs: Vec<Stub>,
}

/// An output section.
#[derive(Debug)]
pub(super) struct Output {
    pub name: String,
    pub region: Region,
    pub flags: SectionFlags,
    pub alignment: u32,
    pub address: u32,
    pub size: u32,
    pub pieces: Vec<Piece>,
    pub bounds: Option<(&'static str, &'static str)>,
}

/// Where everything is.
#[derive(Debug)]
pub(super) struct Placement {
    pub outputs: Vec<Output>,
    /// Output and piece of every input section that has a place.
    pub pieces: BTreeMap<(usize, usize), (usize, usize)>,
    /// Addresses of what `.comm` asked for.
    pub commons: BTreeMap<SymbolRef, u32>,
    common_output: usize,
    pub layout: Layout,
}

/// Sorts the input sections into output sections; they have no addresses yet.
pub(super) fn sort(objects: &[Object], names: &Names<'_>, options: &LinkOptions) -> Placement {
    let kept = |number: usize, index: usize, section: &Section| {
        section.flags.contains(SectionFlags::ALLOC)
            && !section.flags.contains(SectionFlags::EXCLUDE)
            && !names.dropped.contains(&(number, index))
    };
    let all = || objects.iter().flat_map(|object| &object.sections);
    let used = all().filter(|section| section.size > 0).map(|section| section.name.as_str());
    let layout = options.layout.decide(used);
    let mut outputs: Vec<Output> = layout.rules().iter().map(new_output).collect();
    let mut sorted: Vec<(usize, usize, usize, usize)> = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        for (index, section) in object.sections.iter().enumerate() {
            if kept(number, index, section) {
                let (output, place) = layout.target(section);
                sorted.push((output, place, number, index));
            }
        }
    }
    sorted.sort_unstable();
    let mut pieces = BTreeMap::new();
    for (output, _, object, section) in sorted {
        let source = &objects[object].sections[section];
        let target = &mut outputs[output];
        pieces.insert((object, section), (output, target.pieces.len()));
        add_flags(target, source);
        target.pieces.push(Piece { object, section, address: 0, stubs: Vec::new() });
    }
    let common_output = layout.rules().iter().position(|rule| rule.inputs.contains(&COMMON)).unwrap_or(0);
    Placement { outputs, pieces, commons: BTreeMap::new(), common_output, layout }
}

fn new_output(rule: &OutputRule) -> Output {
    Output {
        name: rule.name.to_owned(),
        region: rule.region,
        flags: SectionFlags::ALLOC | SectionFlags::NOBITS,
        alignment: 1,
        address: 0,
        size: 0,
        pieces: Vec::new(),
        bounds: rule.bounds,
    }
}

/// An output section has contents as soon as one of its pieces has.
fn add_flags(output: &mut Output, section: &Section) {
    output.flags |= section.flags & (SectionFlags::WRITE | SectionFlags::EXECUTE);
    if section.size > 0 && !section.flags.contains(SectionFlags::NOBITS) {
        output.flags.remove(SectionFlags::NOBITS);
    }
    if section.size > 0 {
        output.alignment = output.alignment.max(section.alignment);
    }
}

impl Placement {
    /// Gives everything its address. Called again after stubs were added.
    pub(super) fn assign(
        &mut self,
        objects: &[Object],
        names: &Names<'_>,
        options: &LinkOptions,
        problems: &mut Vec<Diagnostic>,
    ) {
        let mut ends: BTreeMap<Region, u64> = BTreeMap::new();
        for index in 0..self.outputs.len() {
            let region = self.outputs[index].region;
            let end = match ends.get(&region) {
                Some(&end) => end,
                None => self.region_start(region, &ends),
            };
            let end = self.assign_output(index, end, objects, names, options);
            ends.insert(region, end);
        }
        self.check(options, &ends, problems);
    }

    fn region_start(&self, region: Region, ends: &BTreeMap<Region, u64>) -> u64 {
        let behind = region.behind().and_then(|code| Some(ends.get(&code)? - u64::from(code.base())));
        u64::from(region.base()) + behind.unwrap_or(0)
    }

    /// Places one output section at `start` or where the options say; returns its end.
    fn assign_output(
        &mut self,
        index: usize,
        start: u64,
        objects: &[Object],
        names: &Names<'_>,
        options: &LinkOptions,
    ) -> u64 {
        let output = &mut self.outputs[index];
        let fixed = options.section_starts.iter().find(|(name, _)| *name == output.name);
        let begin =
            fixed.map_or(start.next_multiple_of(u64::from(output.alignment)), |&(_, at)| u64::from(at));
        let mut end = begin;
        for piece in &mut output.pieces {
            let section = &objects[piece.object].sections[piece.section];
            if section.size > 0 {
                end = end.next_multiple_of(u64::from(section.alignment.max(1)));
            }
            piece.address = end as u32;
            end += u64::from(section.size);
            for stub in &mut piece.stubs {
                end = end.next_multiple_of(4);
                stub.address = end as u32;
                end += u64::from(Stub::SIZE);
            }
        }
        if index == self.common_output {
            end = place_commons(&mut self.commons, end, objects, names);
        }
        let output = &mut self.outputs[index];
        // An empty section stays out of the way of alignment.
        output.address = if end == begin && fixed.is_none() { start as u32 } else { begin as u32 };
        output.size = (end - begin).min(u64::from(u32::MAX)) as u32;
        if end == begin && fixed.is_none() { start } else { end }
    }

    /// Complains about memories that overflow and output sections that overlap.
    fn check(&self, options: &LinkOptions, ends: &BTreeMap<Region, u64>, problems: &mut Vec<Diagnostic>) {
        for (&region, &end) in ends {
            let used = end.saturating_sub(u64::from(region.base()));
            if used > u64::from(region.size()) && options.section_starts.is_empty() {
                problems.push(self.overflow(region, used, region.size()));
            }
        }
        let mut ranges: Vec<(u64, u64, &str)> =
            self.outputs.iter().filter(|output| output.size > 0).map(range).collect();
        ranges.sort_unstable();
        for pair in ranges.windows(2) {
            let [(first, first_end, a), (second, second_end, b)] = pair else { continue };
            if second < first_end {
                let message = format!(
                    "sections {a} ({first:#x} to {first_end:#x}) and {b} ({second:#x} to {second_end:#x}) overlap"
                );
                problems.push(Diagnostic::about_file("link", message));
            }
        }
    }

    /// The sizes of what does not fit.
    pub(super) fn overflow(&self, region: Region, used: u64, allowed: u32) -> Diagnostic {
        let inside = self.outputs.iter().filter(|output| output.region == region && output.size > 0);
        let sizes: Vec<String> = inside.map(|output| format!("{} {}", output.name, output.size)).collect();
        let message = format!("{} is too small: {used} bytes are needed, {allowed} are there", region.name());
        let hint = format!("bytes by section: {}", sizes.join(", "));
        Diagnostic::about_file("link", message).with_hint(Some(hint))
    }

    /// The end of what lies in a memory.
    pub(super) fn end_of(&self, region: Region) -> u32 {
        let inside = self.outputs.iter().filter(|output| output.region == region && output.size > 0);
        inside.map(|output| output.address.wrapping_add(output.size)).max().unwrap_or(region.base())
    }

    /// Address of an offset in an input section, if that section has a place.
    pub(super) fn address(&self, object: usize, section: usize, offset: u32) -> Option<u32> {
        let &(output, piece) = self.pieces.get(&(object, section))?;
        Some(self.outputs[output].pieces[piece].address.wrapping_add(offset))
    }
}

fn range(output: &Output) -> (u64, u64, &str) {
    let start = u64::from(output.address);
    (start, start + u64::from(output.size), &output.name)
}

/// Makes room for the common symbols that nobody else defines.
fn place_commons(
    commons: &mut BTreeMap<SymbolRef, u32>,
    mut end: u64,
    objects: &[Object],
    names: &Names<'_>,
) -> u64 {
    commons.clear();
    for &(object, index) in names.defined.values() {
        let symbol = &objects[object].symbols[index];
        if symbol.place == SymbolPlace::Common {
            end = end.next_multiple_of(u64::from(symbol.value.max(1)));
            commons.insert((object, index), end as u32);
            end += u64::from(symbol.size);
        }
    }
    end
}
