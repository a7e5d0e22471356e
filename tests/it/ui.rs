//! Code that the compiler refuses, and the messages with which it does.
//!
//! One folder of `ui` a theme, one file a mistake; the `.stderr` beside it is what the author of a
//! service reads, so the number of errors in it is a measure of quality: one mistake, one message.
//! `TRYBUILD=overwrite cargo test -p dlc-reload-tests ui` accepts new messages.

#[test]
fn each_mistake_has_one_message() {
    trybuild::TestCases::new().compile_fail("ui/*/*.rs");
}
