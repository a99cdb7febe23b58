//! What people say and what models answer about it.
#![no_main]

use jarvis_core::{
    policy::{facts, memory_candidates, prompt::Template, summary, title},
    types::Role,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    memory_candidates::extract(text);
    memory_candidates::slot(text);
    let _ = memory_candidates::to_forget(text);
    title::from_first_turn(text);
    summary::extract(None, &[(Role::User, text)], 300);
    facts::guard(facts::parse(text), text, &[]);
    if let Ok(template) = Template::parse(text) {
        template.fill(str::to_owned, |_| String::new());
    }
});
