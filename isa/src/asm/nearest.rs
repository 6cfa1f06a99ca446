//! The nearest of several names to a misspelt one, for hints.

/// Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// The candidate with the fewest edits, if these are few for its length; the first of equals.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 64;
    let allowed = (name.len() / 3).clamp(1, 3);
    let close = |candidate: &&str| candidate.len().abs_diff(name.len()) <= allowed && name.len() <= LONGEST;
    let rated = candidates.filter(close).map(|c| (distance(name.as_bytes(), c.as_bytes()), c));
    rated.filter(|(edits, _)| (1..=allowed).contains(edits)).min_by_key(|(edits, _)| *edits).map(|(_, c)| c)
}

/// `did you mean ...?` for the nearest candidate.
pub(crate) fn did_you_mean<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest(name, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_closest_name() {
        let names = ["counter", "mailbox_base", "start"];
        assert_eq!(nearest("coutner", names.into_iter()), Some("counter"));
        assert_eq!(nearest("mailboxbase", names.into_iter()), Some("mailbox_base"));
        assert_eq!(nearest("zzz", names.into_iter()), None);
        assert_eq!(nearest("start", names.into_iter()), None);
    }
}
