//! `hxemu encode`: the bus writes that set one instance of a container.

use super::{CliError, Global, Outcome, Output};
use hx_isa::regmap::CONTAINERS;
use hx_isa::regmap::search::{self, SearchError, parse_assignment, parse_coordinate};
use serde::Serialize;

/// Print the bus writes that set a container
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Container, see `hxemu regs`
    container: String,
    /// Instance: `key=value,...`, or `-` where there is only one
    #[arg(allow_hyphen_values = true)]
    coord: String,
    /// Values to set; all others take the configuration default
    #[arg(value_name = "FIELD=VALUE")]
    fields: Vec<String>,
}

/// One bus write as JSON.
#[derive(Serialize)]
struct WriteRow {
    address: u32,
    data: u32,
    /// Only where not the whole word is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    byte_enables: Option<u8>,
}

#[derive(Serialize)]
struct Answer {
    container: &'static str,
    coordinate: String,
    writes: Vec<WriteRow>,
}

/// Prints the writes in the order they must be sent.
///
/// # Errors
/// When container, coordinate, field or value do not exist or do not fit.
pub fn run(args: &Args, _: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    let index = search::find(&args.container)?;
    let container = &CONTAINERS[index];
    let instance = parse_coordinate(container, &args.coord)?;
    let assignments = args.fields.iter().map(|text| parse_assignment(index, text));
    let assignments = assignments.collect::<Result<Vec<_>, SearchError>>()?;
    let row = |write: search::Write| WriteRow {
        address: write.address,
        data: write.data,
        byte_enables: (write.byte_enables != search::ALL_BYTES).then_some(write.byte_enables),
    };
    let writes: Vec<WriteRow> = search::encode(index, instance, &assignments)?.into_iter().map(row).collect();
    for WriteRow { address, data, byte_enables } in &writes {
        let lanes = byte_enables.map(|mask| format!("  byte enables {mask:04b}")).unwrap_or_default();
        output.line(format_args!("0x{address:08x} 0x{data:08x}{lanes}"))?;
    }
    let coordinate = container.coordinate.format(instance);
    output.json(&Answer { container: container.name, coordinate, writes })?;
    Ok(Outcome::Done)
}
