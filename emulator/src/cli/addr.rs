//! `hxemu addr`: which container, instance and word an Omnibus address belongs to.

use super::{CliError, Global, Outcome, Output};
use crate::input::parse_u32;
use hx_isa::regmap::{Field, Located, aliases, doc, locate};
use serde::Serialize;
use std::collections::BTreeMap;

/// Say which register an Omnibus address is
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Word address, decimal or 0x-hexadecimal
    #[arg(value_parser = parse_u32)]
    address: u32,
}

/// One register that is found at an address.
#[derive(Debug, Serialize)]
struct Place {
    container: &'static str,
    /// As `hxemu encode` takes it: `b=1,n=17`, `-` for a singleton.
    coordinate: String,
    /// The same, key by key.
    axes: BTreeMap<&'static str, u32>,
    /// Enumeration of the coordinate.
    instance: u64,
    word: u8,
}

#[derive(Debug, Serialize)]
struct Answer {
    address: u32,
    #[serde(flatten)]
    owner: Place,
    /// Fields of this word.
    fields: Vec<&'static str>,
    /// Other registers that view the same address.
    aliases: Vec<Place>,
}

impl Place {
    fn new(located: &Located) -> Place {
        let coordinate = &located.container.coordinate;
        let positions = coordinate.split(located.instance);
        let axes = coordinate.axes.iter().zip(positions);
        Place {
            container: located.container.name,
            coordinate: coordinate.format(located.instance),
            axes: axes.map(|(axis, position)| (axis.key, axis.value(position))).collect(),
            instance: located.instance,
            word: located.word,
        }
    }

    fn text(&self) -> String {
        format!("{} {} word {}", self.container, self.coordinate, self.word)
    }
}

/// Prints owner, fields and further views of an address.
///
/// # Errors
/// When no register is mapped there.
pub fn run(args: &Args, _: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    let owner = locate(args.address).ok_or_else(|| {
        let address = args.address;
        CliError::Usage(format!("no register is mapped at address {address} (0x{address:08x})"))
    })?;
    let word = usize::from(owner.word);
    let fields: Vec<&Field> =
        owner.container.fields.iter().filter(|field| field.frame_word() == word).collect();
    let views: Vec<Place> = aliases(args.address).map(|view| Place::new(&view)).collect();
    let place = Place::new(&owner);
    output.line(place.text())?;
    let row = |field: &&Field| {
        let cells = [field.name, field.access.name(), field.meaning].map(str::to_owned);
        std::iter::once(format!("  {}", doc::bits(field.bits))).chain(cells).collect()
    };
    output.table(&fields.iter().map(row).collect::<Vec<Vec<String>>>())?;
    views.iter().try_for_each(|view| output.line(format_args!("also {}", view.text())))?;
    let fields = fields.iter().map(|field| field.name).collect();
    output.json(&Answer { address: args.address, owner: place, fields, aliases: views })?;
    Ok(Outcome::Done)
}
