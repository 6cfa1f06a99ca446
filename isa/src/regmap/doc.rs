//! The register reference as Markdown, made from the table.

use super::{Bits, CONTAINERS, Container, Field, Location};
use std::fmt::Write;

/// The reference page of all containers.
#[must_use]
pub fn markdown() -> String {
    let fields: usize = CONTAINERS.iter().map(|container| container.fields.len()).sum();
    let mut page = format!("# Registers\n\n{} containers, {fields} fields.\n", CONTAINERS.len());
    CONTAINERS.iter().for_each(|container| page += &container_markdown(container));
    page
}

/// The section of one container.
#[must_use]
pub fn container_markdown(container: &Container) -> String {
    let mut page = format!("\n## {}\n\n{}\n\n", container.name, heading(container));
    page += "| word | bits | field | access | default | encoding | meaning |\n";
    page += "| --- | --- | --- | --- | --- | --- | --- |\n";
    container.fields.iter().for_each(|field| page += &row(field));
    page
}

/// Coordinate, number of instances and place.
fn heading(container: &Container) -> String {
    let mut text = format!("`{}`", container.coordinate.name);
    let count = container.instance_count();
    if count > 1 {
        let form = super::search::coordinate_form(container);
        // Writing to a string cannot fail.
        let _ = write!(text, ", {count} instances {form}");
    }
    text + "; " + &place(container)
}

/// Base addresses, or the port.
fn place(container: &Container) -> String {
    match container.location {
        Location::Port { name, payload } => format!("{name}: {payload}"),
        Location::Omnibus { .. } => {
            let bases: Vec<String> = container.base_addresses().map(|base| format!("0x{base:08x}")).collect();
            bases.join(", ")
        }
    }
}

fn row(field: &Field) -> String {
    let Field { name, word, access, default, encoding, meaning, .. } = field;
    let (access, encoding, bits) = (access.name(), encoding.name(), bits(field.bits));
    format!("| {word} | {bits} | `{name}` | {access} | {default} | {encoding} | {meaning} |\n")
}

/// Bit range as text.
#[must_use]
pub fn bits(bits: Bits) -> String {
    match bits {
        Bits::Range { msb, lsb } if msb == lsb => msb.to_string(),
        Bits::Range { msb, lsb } => format!("{msb}:{lsb}"),
        Bits::None => "-".to_owned(),
        Bits::ByteOfAddress => "31-8*(a%4):24-8*(a%4)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_shows_place_and_fields() {
        let container = super::super::find_container("CADCConfig").unwrap();
        let expected = "
## CADCConfig

`CADCConfigOnDLS`, 2 instances `s=0..1`; 0x02401000, 0x03401000

| word | bits | field | access | default | encoding | meaning |
| --- | --- | --- | --- | --- | --- | --- |
| 0 | 0 | `enable` | rw | 0 | plain | CADC on |
| 0 | 11:4 | `reset_wait` | rw | 100 | plain | cycles after the ramp drop |
| 0 | 19:12 | `dead_time` | rw | 20 | plain | cycles after the linear ramp starts |
";
        assert_eq!(container_markdown(container), expected);
    }

    #[test]
    fn the_page_has_a_row_per_field() {
        let page = markdown();
        assert!(page.starts_with("# Registers\n\n109 containers, 611 fields.\n"));
        assert_eq!(page.lines().filter(|line| line.starts_with("## ")).count(), 109);
        let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| word"));
        assert_eq!(rows.filter(|line| !line.starts_with("| ---")).count(), 611);
        assert!(page.lines().all(|line| !line.starts_with('|') || line.matches(" | ").count() == 6));
    }
}
