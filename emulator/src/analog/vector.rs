//! Reference vectors: CSV files whose header lines (`# param KEY = VALUE`, `# in KIND T VALUE`) describe a circuit and its
//! inputs. Of the rows only the sampling instants are read, and the kinds of events where those are the inputs; results never.

use super::description::{Description, Input, Kind, Parameters, Place, Value, sort_inputs};
use super::subject::{Family, family};
use crate::input::{InputError, SourceText};

/// Reads a vector.
///
/// # Errors
/// At the line and column that are wrong.
pub fn parse(source: &SourceText) -> Result<Description, InputError> {
    let mut reader = Reader { file: &source.file, ..Reader::default() };
    for (index, line) in source.text.lines().enumerate() {
        reader.line(index + 1, line.trim_end())?;
    }
    reader.finish()
}

#[derive(Default)]
struct Reader<'a> {
    file: &'a str,
    parameters: Parameters,
    inputs: Vec<Input>,
    titles: Option<Vec<String>>,
    rows: Vec<(f64, Option<f64>, Place)>,
}

impl Reader<'_> {
    fn line(&mut self, line: usize, text: &str) -> Result<(), InputError> {
        let Some(header) = text.strip_prefix('#') else {
            return if text.is_empty() { Ok(()) } else { self.row(line, text) };
        };
        let place = |part: &str| Place { line, column: column_of(text, part) };
        let header = header.trim_start();
        if let Some(rest) = header.strip_prefix("param ") {
            let Some((name, value)) = rest.split_once('=') else {
                return Err(place(rest).error(self.file, "`# param` wants KEY = VALUE"));
            };
            let (name, value) = (name.trim(), value.trim());
            let parsed = literal(value).ok_or_else(|| {
                let message = format!("`{value}` is no number, True, False or None");
                place(value).error(self.file, message)
            })?;
            if self.parameters.values.insert(name.to_owned(), (parsed, place(value))).is_some() {
                return Err(place(name).error(self.file, format!("`{name}` is given twice")));
            }
        } else if let Some(rest) = header.strip_prefix("in ") {
            let parts: Vec<&str> = rest.split_whitespace().collect();
            let [kind, t, value] = parts[..] else {
                return Err(place(rest).error(self.file, "`# in` wants KIND T VALUE"));
            };
            let number = |part: &str| {
                let wrong = || place(part).error(self.file, format!("`{part}` is no number"));
                part.parse::<f64>().map_err(|_| wrong())
            };
            let kind = Kind::parse(kind).map_err(|message| place(kind).error(self.file, message))?;
            let input = Input { t_us: number(t)?, kind, value: number(value)?, place: place(t) };
            self.inputs.push(input);
        }
        Ok(())
    }

    fn row(&mut self, line: usize, text: &str) -> Result<(), InputError> {
        if self.titles.is_none() {
            self.titles = Some(text.split(',').map(|title| title.trim().to_owned()).collect());
            return Ok(());
        }
        let mut cells = text.split(',').map(str::trim);
        let first = cells.next().unwrap_or_default();
        let place = Place { line, column: column_of(text, first) };
        let wrong = || place.error(self.file, format!("`{first}` is no instant in us"));
        let t_us: f64 = first.parse().map_err(|_| wrong())?;
        if !t_us.is_finite() || t_us < 0.0 {
            return Err(wrong());
        }
        if self.rows.last().is_some_and(|row| t_us < row.0) {
            return Err(place.error(self.file, "instants must not decrease"));
        }
        self.rows.push((t_us, cells.next().and_then(|cell| cell.parse().ok()), place));
        Ok(())
    }

    fn finish(self) -> Result<Description, InputError> {
        let Reader { file, parameters, mut inputs, titles, rows } = self;
        if parameters.values.is_empty() {
            let message = "no `# param` line: this is no reference vector".to_owned();
            return Err(InputError::File { file: file.to_owned(), message });
        }
        match family(&parameters) {
            Family::Correlation => {
                for (t_us, kind, place) in &rows {
                    let kind = match kind {
                        Some(0.0) => Kind::Pre,
                        Some(1.0) => Kind::Post,
                        _ => return Err(place.error(file, "the second column is the kind: 0 pre, 1 post")),
                    };
                    inputs.push(Input { t_us: *t_us, kind, value: 0.0, place: *place });
                }
            }
            Family::Plasticity => inputs.extend(rows.iter().map(|&(t_us, _, place)| Input {
                t_us,
                kind: Kind::Event,
                value: 0.0,
                place,
            })),
            Family::Neuron | Family::Compartments => {}
        }
        let last = rows.last().map_or(0.0, |row| row.0);
        let lasts = match parameters.values.get("T") {
            Some((Value::Number(lasts), _)) if lasts.is_finite() => lasts.max(last),
            _ => last,
        };
        sort_inputs(file, &mut inputs)?;
        Ok(Description {
            file: file.to_owned(),
            circuits: vec![parameters],
            inputs,
            instants_us: rows.iter().map(|row| row.0).collect(),
            duration_us: lasts,
            columns: titles.map(|titles| titles.into_iter().skip(1).collect()),
        })
    }
}

/// A literal as the headers have them.
fn literal(text: &str) -> Option<Value> {
    match text {
        "None" => Some(Value::Absent),
        "True" => Some(Value::Flag(true)),
        "False" => Some(Value::Flag(false)),
        _ => text.parse().ok().map(Value::Number),
    }
}

/// Column (from 1) at which a part of a line begins.
fn column_of(line: &str, part: &str) -> usize {
    let start = (part.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
    line.get(..start).map_or(1, |before| before.chars().count() + 1)
}
