//! The assembler as a whole; the parts have their tests beside them.

use super::*;

fn words(source: &str) -> Vec<String> {
    let linked = assemble_program(source, "t.s").unwrap_or_else(|found| panic!("{}", found[0]));
    linked.words(0).iter().map(|word| format!("{word:08x}")).collect()
}

#[test]
fn a_small_program() {
    let source = "start: li r3, 5\n1: addi %r3,%r3,-1; cmpwi r3,0\n bne 1b # again\n bl f\n wait\nf: blr\n";
    assert_eq!(
        words(source),
        ["38600005", "3863ffff", "2c030000", "4082fff8", "48000009", "7c00007c", "4e800020"]
    );
}
