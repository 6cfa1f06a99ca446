//! What a user should hear of after a run: accesses to addresses where nothing is, and features that were asked for but are not
//! modelled. Each is told once, with how often it happened.

use hx_chip::omnibus::Diagnostics;

/// Accesses without a register behind them, as sentences. Under `--strict` any of them fails a run.
#[must_use]
pub fn undefined_accesses(chip: &Diagnostics) -> Vec<String> {
    let mut found: Vec<String> = chip
        .first_unmapped
        .iter()
        .map(|seen| {
            let (address, reads, writes) = (seen.address, seen.reads, seen.writes);
            format!("no register at address 0x{address:08x}: {reads} reads, {writes} writes")
        })
        .collect();
    let told: u64 = chip.first_unmapped.iter().map(|seen| seen.reads + seen.writes).sum();
    let untold = chip.unmapped_reads + chip.unmapped_writes - told;
    if untold > 0 {
        found.push(format!("{untold} more accesses to addresses without a register"));
    }
    found
}

/// Features that were asked for and have no effect, and switches that were hardly meant so, as sentences.
#[must_use]
pub fn features_without_effect(chip: &Diagnostics) -> Vec<String> {
    let sentence =
        |(feature, times)| format!("not modelled and without effect: {feature}, set {times} times");
    let shorted = |(first, count)| {
        format!(
            "NeuronConfig.connect_*: {count} neurons from atomic neuron {first} on were shorted to one membrane; they are \
             integrated as one compartment"
        )
    };
    chip.features_not_modelled().map(sentence).chain(chip.shorted.map(shorted)).collect()
}
