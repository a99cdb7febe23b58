//! Questions of a search, and the texts that they find.
#![no_main]

use jarvis_core::text::search::{Question, analyse, snippet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let question = Question::parse(text);
    let shown = snippet(&question, text);
    assert!(
        shown.matches.iter().all(|found| shown.text.get(found.clone()).is_some()),
        "a match ends within a character"
    );
    analyse(text);
});
