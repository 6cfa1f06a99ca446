//! `hxemu isa`: the instructions of the plasticity processor, from the one table it is decoded with.

use super::{CliError, Global, Outcome, Output};
use hx_isa::instruction::{INSTRUCTIONS, Mnemonic, doc};
use serde::Serialize;

/// Print the instructions of the plasticity processor
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this instruction; extended mnemonics are known too
    #[arg(value_name = "MNEMONIC")]
    mnemonic: Option<String>,
    /// Print the reference page as Markdown
    #[arg(long, conflicts_with = "mnemonic")]
    markdown: bool,
}

/// One way to write an instruction as JSON.
#[derive(Serialize)]
struct Row {
    mnemonic: &'static str,
    /// Operands as they are written.
    operands: String,
    form: &'static str,
    primary: u32,
    /// `null` where the primary opcode tells all.
    extended: Option<u32>,
    mask: u32,
    pattern: u32,
    unit: &'static str,
    support: &'static str,
    traits: Vec<String>,
    note: &'static str,
    /// What an extended mnemonic stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    stands_for: Option<String>,
}

impl Row {
    fn new(mnemonic: Mnemonic) -> Row {
        let row = mnemonic.row();
        Row {
            mnemonic: mnemonic.name(),
            operands: doc::syntax(mnemonic.operands()),
            form: row.form.name(),
            primary: row.pattern >> 26,
            extended: doc::extended_opcode(row),
            mask: row.mask,
            pattern: row.pattern,
            unit: row.unit.name(),
            support: row.support.name(),
            traits: doc::traits(row.traits).split_whitespace().map(str::to_owned).collect(),
            note: mnemonic.note(),
            stands_for: match mnemonic {
                Mnemonic::Base(_) => None,
                Mnemonic::Extended(extended) => Some(doc::expansion(extended)),
            },
        }
    }

    fn cells(&self) -> Vec<String> {
        let opcode = self.extended.map_or(String::new(), |extended| extended.to_string());
        let remark = match (self.support, self.note) {
            ("implemented", note) => note.to_owned(),
            (support, note) => format!("{support}: {note}"),
        };
        let primary = self.primary.to_string();
        let texts = [self.mnemonic, &self.operands, self.form, &primary, &opcode, self.unit, &remark];
        texts.map(str::to_owned).to_vec()
    }
}

/// Prints one JSON object per way to write an instruction, or a table.
///
/// # Errors
/// When there is no such instruction.
pub fn run(args: &Args, _: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    let chosen = match &args.mnemonic {
        Some(name) => doc::find(name).map_err(CliError::Usage)?.to_vec(),
        None => INSTRUCTIONS.iter().map(Mnemonic::Base).collect(),
    };
    let rows: Vec<Row> = chosen.into_iter().map(Row::new).collect();
    rows.iter().try_for_each(|row| output.json(row))?;
    match (args.markdown, &args.mnemonic) {
        (true, _) => output.line(doc::markdown().trim_end())?,
        (false, None) => output.table(&rows.iter().map(Row::cells).collect::<Vec<Vec<String>>>())?,
        (false, Some(_)) => rows.iter().try_for_each(|row| explain(row, output))?,
    }
    Ok(Outcome::Done)
}

/// One way to write an instruction, for a person.
fn explain(row: &Row, output: &mut Output) -> Result<(), CliError> {
    output.line(format_args!("{} {}", row.mnemonic, row.operands).to_string().trim_end())?;
    if let Some(base) = &row.stands_for {
        output.line(format_args!("  stands for  {base}"))?;
    }
    let opcode = row.extended.map_or(String::new(), |extended| format!(", extended opcode {extended}"));
    output.line(format_args!("  encoding    form {}, primary opcode {}{opcode}", row.form, row.primary))?;
    output.line(format_args!("  word        {:#010x} under the mask {:#010x}", row.pattern, row.mask))?;
    output.line(format_args!("  unit        {}", row.unit))?;
    let further = [("support", row.support), ("traits", &row.traits.join(" ")), ("note", row.note)];
    let known = further.into_iter().filter(|(_, text)| !text.is_empty());
    known.into_iter().try_for_each(|(title, text)| output.line(format_args!("  {title:10}  {text}")))
}
