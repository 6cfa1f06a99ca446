//! `hxemu regs`: the register map, from the one table the emulator itself decodes with.

use super::{CliError, Global, Outcome, Output};
use hx_isa::regmap::search::{self, coordinate_form};
use hx_isa::regmap::{Bits, CONTAINERS, Container, Field, Location, doc};
use serde::Serialize;

/// Print the register map
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this container
    #[arg(long, value_name = "NAME")]
    container: Option<String>,
    /// Print the reference page as Markdown
    #[arg(long)]
    markdown: bool,
}

/// One field as JSON.
#[derive(Serialize)]
struct Row {
    container: &'static str,
    instance_count: u64,
    base_addresses: Vec<u32>,
    word: u8,
    field: &'static str,
    /// `null` where the coordinate picks the bits, or there are none.
    msb: Option<u8>,
    lsb: Option<u8>,
    access: &'static str,
    default: u64,
    /// The bits as text, also where the coordinate picks them.
    bits: String,
    encoding: &'static str,
    meaning: &'static str,
    coordinate: &'static str,
    /// Keys of the coordinate, outermost first.
    keys: Vec<&'static str>,
    /// The port of what has no address.
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<&'static str>,
}

impl Row {
    fn new(container: &Container, field: &Field) -> Row {
        let (msb, lsb) = match field.bits {
            Bits::Range { msb, lsb } => (Some(msb), Some(lsb)),
            Bits::None | Bits::ByteOfAddress => (None, None),
        };
        let port = match container.location {
            Location::Port { name, .. } => Some(name),
            Location::Omnibus { .. } => None,
        };
        Row {
            container: container.name,
            instance_count: container.instance_count(),
            base_addresses: container.base_addresses().collect(),
            word: field.word,
            field: field.name,
            msb,
            lsb,
            access: field.access.name(),
            default: field.default,
            bits: doc::bits(field.bits),
            encoding: field.encoding.name(),
            meaning: field.meaning,
            coordinate: container.coordinate.name,
            keys: container.coordinate.axes.iter().map(|axis| axis.key).collect(),
            port,
        }
    }
}

/// Prints one JSON object per field, or a table per container.
///
/// # Errors
/// When there is no such container.
pub fn run(args: &Args, _: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    let chosen = match &args.container {
        Some(name) => {
            let index = search::find(name)?;
            &CONTAINERS[index..=index]
        }
        None => CONTAINERS,
    };
    for container in chosen {
        for field in container.fields {
            output.json(&Row::new(container, field))?;
        }
    }
    match (args.markdown, &args.container) {
        (true, None) => output.line(doc::markdown().trim_end())?,
        (true, Some(_)) => output.line(doc::container_markdown(&chosen[0]).trim())?,
        (false, _) => chosen.iter().try_for_each(|container| print(container, output))?,
    }
    Ok(Outcome::Done)
}

/// One container for a person: how its instances are written, where it is, and a line per field.
fn print(container: &Container, output: &mut Output) -> Result<(), CliError> {
    if output.is_json() {
        return Ok(());
    }
    let place = match container.location {
        Location::Port { name, .. } => name.to_owned(),
        Location::Omnibus { .. } => {
            let bases: Vec<String> = container.base_addresses().map(|base| format!("0x{base:08x}")).collect();
            bases.join(" ")
        }
    };
    output.line(format_args!("{}  {}  {place}", container.name, coordinate_form(container)))?;
    let cells = |field: &Field| {
        let (word, bits, default) =
            (field.word.to_string(), doc::bits(field.bits), field.default.to_string());
        let text = [field.name, field.access.name(), &default, field.encoding.name(), field.meaning];
        [format!("  {word}"), bits].into_iter().chain(text.map(str::to_owned)).collect()
    };
    output.table(&container.fields.iter().map(cells).collect::<Vec<Vec<String>>>())?;
    output.line("")
}
