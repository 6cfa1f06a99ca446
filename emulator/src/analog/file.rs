//! RON files: `(neurons: [(...), ...], duration_us: D, sample_us: S, inputs: [(t_us, kind, value), ...])`.

use super::MOST_ROWS;
use super::description::{Description, Input, Kind, Parameters, Place, Value, sort_inputs};
use super::subject::{Family, family};
use super::syntax::{Data, Node, parse as parse_tree};
use crate::input::{InputError, SourceText};
use hx_isa::regmap::search::nearest;

/// An error and where it is.
type Misplaced = (Place, String);

/// Spacing of samples if the file does not say, us.
const SAMPLE_US: f64 = 0.1;
/// Circuits that a file may have.
const MOST_CIRCUITS: usize = 4096;

/// Reads a file.
///
/// # Errors
/// At the line and column that are wrong.
pub fn parse(source: &SourceText) -> Result<Description, InputError> {
    let placed = |(place, message): Misplaced| place.error(&source.file, message);
    let tree = parse_tree(&source.text).map_err(placed)?;
    let mut description = read(&tree).map_err(placed)?;
    description.file.clone_from(&source.file);
    sort_inputs(&source.file, &mut description.inputs)?;
    for circuit in &mut description.circuits {
        sort_inputs(&source.file, &mut circuit.inputs)?;
    }
    Ok(description)
}

fn read(tree: &Node) -> Result<Description, Misplaced> {
    let names = ["neurons", "duration_us", "sample_us", "inputs"];
    let fields = fields(tree, &names, "the file is one structure: (neurons: [...], duration_us: ...)")?;
    let field = |name: &str| fields.iter().find(|field| field.0 == name).map(|field| &field.2);
    let missing = |name: &str| (tree.place, format!("`{name}` is missing"));
    let circuits = list(field("neurons").ok_or_else(|| missing("neurons"))?)?;
    if circuits.is_empty() || circuits.len() > MOST_CIRCUITS {
        return Err((tree.place, format!("`neurons` has {} entries of 1..{MOST_CIRCUITS}", circuits.len())));
    }
    let circuits: Vec<Parameters> = circuits.iter().map(circuit).collect::<Result<_, _>>()?;
    let inputs = field("inputs").map_or_else(|| Ok(Vec::new()), inputs)?;
    let rules = circuits.iter().all(|c| matches!(family(c), Family::Correlation | Family::Plasticity));
    let latest = inputs.iter().map(|input| input.t_us).fold(0.0, f64::max);
    let duration_us = match field("duration_us") {
        Some(node) => positive(node, "duration_us")?,
        None if rules => latest,
        None => return Err(missing("duration_us")),
    };
    let sample_us = field("sample_us").map_or(Ok(SAMPLE_US), |node| positive(node, "sample_us"))?;
    let rows = duration_us / sample_us;
    if rows > MOST_ROWS as f64 {
        let place = field("sample_us").or(field("duration_us")).map_or(tree.place, |node| node.place);
        return Err((
            place,
            format!("{rows:.0} samples; at most {MOST_ROWS}: lengthen sample_us or shorten duration_us"),
        ));
    }
    // The small share more lets a sample fall on the end whatever the quotient rounds to.
    let instants_us = (0..=(rows + 1e-9) as usize).map(|i| (i as f64 * sample_us).min(duration_us)).collect();
    Ok(Description { file: String::new(), circuits, inputs, instants_us, duration_us, columns: None })
}

fn fields<'a>(
    node: &'a Node,
    names: &[&str],
    wanted: &str,
) -> Result<&'a [(String, Place, Node)], Misplaced> {
    let Data::Fields(fields) = &node.data else { return Err((node.place, wanted.to_owned())) };
    match fields.iter().find(|field| !names.contains(&field.0.as_str())) {
        None => Ok(fields),
        Some((name, place, _)) => {
            let near = nearest(name, names.iter().map(|name| (*name).to_owned()));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            Err((*place, format!("unknown name `{name}`{near} There are {}", names.join(", "))))
        }
    }
}

fn list(node: &Node) -> Result<&[Node], Misplaced> {
    match &node.data {
        Data::List(items) => Ok(items),
        Data::Fields(_) | Data::Simple(_) | Data::Word(_) => Err((node.place, "expected a list".to_owned())),
    }
}

fn number(node: &Node) -> Result<f64, Misplaced> {
    match node.data {
        Data::Simple(Value::Number(number)) => Ok(number),
        _ => Err((node.place, "expected a number".to_owned())),
    }
}

fn positive(node: &Node, name: &str) -> Result<f64, Misplaced> {
    let value = number(node)?;
    let fits = value.is_finite() && value > 0.0;
    if fits { Ok(value) } else { Err((node.place, format!("`{name}` is {value}; it must be above zero"))) }
}

/// A circuit: parameters by name, and for compartments `compartments`, `g_ic` and `soma`.
fn circuit(node: &Node) -> Result<Parameters, Misplaced> {
    let mut parameters = Parameters { place: node.place, ..Parameters::default() };
    match &node.data {
        Data::Fields(fields) => {
            for (name, place, value) in fields {
                match name.as_str() {
                    "inputs" => parameters.inputs = inputs(value)?,
                    "compartments" => compartments(&mut parameters, value)?,
                    "g_ic" => joints(&mut parameters, value)?,
                    "soma" => flatten(&mut parameters, "soma.", value)?,
                    "T" => {
                        return Err((*place, "`T` belongs to vectors; here it is `duration_us`".to_owned()));
                    }
                    _ => put(&mut parameters, name.clone(), value)?,
                }
            }
        }
        // `()` is a circuit with every default.
        Data::List(items) if items.is_empty() => {}
        _ => return Err((node.place, "a neuron is a structure: (C: 2.4, gl: 0.24, ...)".to_owned())),
    }
    Ok(parameters)
}

fn put(parameters: &mut Parameters, name: String, node: &Node) -> Result<(), Misplaced> {
    let Data::Simple(value) = node.data else {
        return Err((node.place, format!("`{name}` is a number, true, false or None")));
    };
    let doubled = parameters.values.insert(name.clone(), (value, node.place)).is_some();
    if doubled { Err((node.place, format!("`{name}` is given twice"))) } else { Ok(()) }
}

fn flatten(parameters: &mut Parameters, prefix: &str, node: &Node) -> Result<(), Misplaced> {
    match &node.data {
        Data::Fields(fields) => {
            fields.iter().try_for_each(|(name, _, value)| put(parameters, format!("{prefix}{name}"), value))
        }
        Data::List(items) if items.is_empty() => Ok(()),
        _ => Err((node.place, "expected a structure: (name: value, ...)".to_owned())),
    }
}

fn compartments(parameters: &mut Parameters, node: &Node) -> Result<(), Misplaced> {
    let items = list(node)?;
    let count = (Value::Number(items.len() as f64), node.place);
    parameters.values.insert("n_compartments".to_owned(), count);
    let mut numbered = items.iter().enumerate();
    numbered.try_for_each(|(i, item)| flatten(parameters, &format!("comp{i}."), item))
}

fn joints(parameters: &mut Parameters, node: &Node) -> Result<(), Misplaced> {
    for item in list(node)? {
        let [i, j, conductance] = list(item)? else {
            return Err((item.place, "a joint is (compartment, compartment, uS)".to_owned()));
        };
        let index = |node: &Node| match number(node)? {
            i if i >= 0.0 && i.fract() == 0.0 => Ok(i),
            i => Err((node.place, format!("{i} is no compartment"))),
        };
        put(parameters, format!("g_ic[{},{}]", index(i)?, index(j)?), conductance)?;
    }
    Ok(())
}

fn inputs(node: &Node) -> Result<Vec<Input>, Misplaced> {
    list(node)?.iter().map(input).collect()
}

/// `(t_us, kind, value)`, or the same with names; events need no value.
fn input(node: &Node) -> Result<Input, Misplaced> {
    let wanted = "an input is (t_us, kind, value)";
    let (t_us, kind, value) = match &node.data {
        Data::List(items) => match &items[..] {
            [t_us, kind] => (t_us, kind, None),
            [t_us, kind, value] => (t_us, kind, Some(value)),
            _ => return Err((node.place, wanted.to_owned())),
        },
        Data::Fields(_) => {
            let fields = fields(node, &["t_us", "kind", "value"], wanted)?;
            let field = |name: &str| fields.iter().find(|field| field.0 == name).map(|field| &field.2);
            let (Some(t_us), Some(kind)) = (field("t_us"), field("kind")) else {
                return Err((node.place, wanted.to_owned()));
            };
            (t_us, kind, field("value"))
        }
        Data::Simple(_) | Data::Word(_) => return Err((node.place, wanted.to_owned())),
    };
    let Data::Word(word) = &kind.data else {
        return Err((kind.place, "the kind of an input is a name such as \"exc\"".to_owned()));
    };
    let parsed = Kind::parse(word).map_err(|message| (kind.place, message))?;
    let value = match (value, parsed) {
        (Some(value), _) => number(value)?,
        (None, Kind::Pre | Kind::Post | Kind::Event) => 0.0,
        (None, _) => return Err((node.place, format!("`{word}` needs a value in uA"))),
    };
    Ok(Input { t_us: number(t_us)?, kind: parsed, value, place: t_us.place })
}
