//! The table of constants: names, units, ranges, reading.

use super::*;

#[test]
fn listing_has_every_constant_once_with_its_unit() {
    let constants = AnalogConstants::default();
    let rows = constants.describe();
    let mut paths: Vec<_> = rows.iter().map(|r| r.path).collect();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), rows.len());
    let row = rows.iter().find(|r| r.path == "capmem.settling_tau_us").unwrap();
    assert_eq!((row.value, row.unit, row.provenance), (2500.0, "us", Provenance::Unsure));
    assert!(row.meaning.starts_with("Time constant with which"), "{}", row.meaning);
    for row in &rows {
        assert_eq!(row.value, row.default);
        let suffix = row.path.rsplit('_').next().unwrap();
        if ["us", "v", "ua", "pf", "k", "lsb"].contains(&suffix) && !row.path.contains("_per_") {
            assert_eq!(suffix, row.unit.to_lowercase(), "{}", row.path);
        }
    }
}

#[test]
fn defaults_are_admissible_and_nonsense_is_not() {
    assert_eq!(AnalogConstants::default().validate(), Ok(()));
    let mut bad = AnalogConstants::default();
    bad.synapse.line_capacitance_pf = 0.0;
    let error = bad.validate().unwrap_err();
    assert_eq!(error.path, "synapse.line_capacitance_pf");
    assert!(error.to_string().contains("= 0 pF is out of range"));
    bad.synapse.line_capacitance_pf = f64::NAN;
    assert!(bad.validate().is_err());
}

#[test]
fn reads_overrides_from_ron_and_rejects_unknown_names() {
    let constants: AnalogConstants = ron::from_str("(capmem: (settling_tau_us: 100.0))").unwrap();
    let mut expected = AnalogConstants::default();
    expected.capmem.settling_tau_us = 100.0;
    assert_eq!(constants, expected);
    assert!(ron::from_str::<AnalogConstants>("(capmem: (settling: 1.0))").is_err());
    assert!(ron::from_str::<AnalogConstants>("(cap: ())").is_err());
    let text = ron::to_string(&expected).unwrap();
    assert_eq!(ron::from_str::<AnalogConstants>(&text).unwrap(), expected);
}
