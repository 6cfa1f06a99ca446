//! Where in a network file something stands, for messages: the parser keeps no places, but names are unique enough to be found.

use crate::input::{InputError, SourceText};

/// Which place is meant.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// The first time this name stands in quotes.
    Name(&'a str),
    /// The last time it does.
    LastName(&'a str),
    /// The key that follows this name.
    Key(&'a str, &'a str),
    /// The first time this key stands there.
    TopKey(&'a str),
}

/// An error at a place; without a place when what is looked for is not there literally.
pub fn error(source: &SourceText, place: Place<'_>, message: String) -> InputError {
    let Some(offset) = find(&source.text, place) else {
        return InputError::File { file: source.file.clone(), message };
    };
    let before = &source.text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    InputError::Place { file: source.file.clone(), line, column, message }
}

fn find(text: &str, place: Place<'_>) -> Option<usize> {
    let quoted = |name: &str| format!("\"{name}\"");
    match place {
        Place::Name(name) => text.find(&quoted(name)),
        Place::LastName(name) => text.rfind(&quoted(name)),
        Place::Key(name, key) => {
            let from = text.find(&quoted(name))?;
            Some(text[from..].find(key).map_or(from, |offset| from + offset))
        }
        Place::TopKey(key) => text.find(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_lines_and_columns() {
        let source = SourceText { file: "n.ron".into(), text: "(\n  a: \"B\",\n  c: \"B\", d: 1,\n)".into() };
        let at = |place| error(&source, place, "no".into()).to_string();
        assert_eq!(at(Place::Name("B")), "n.ron:2:6: no");
        assert_eq!(at(Place::LastName("B")), "n.ron:3:6: no");
        assert_eq!(at(Place::Key("B", "d:")), "n.ron:3:11: no");
        assert_eq!(at(Place::TopKey("c:")), "n.ron:3:3: no");
        assert_eq!(at(Place::Name("X")), "n.ron: no");
    }
}
