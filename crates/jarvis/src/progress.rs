//! How far work has come: a bar on a terminal, nothing elsewhere.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

/// How often something that spins moves on.
const TICK: Duration = Duration::from_millis(100);

/// Work whose end cannot be foretold, in words such as `applying migrations`.
pub(crate) fn spinner(words: &'static str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {msg}, {elapsed}");
    let bar = ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(TICK);
    bar.with_message(words)
}

/// Texts, as many as its length says once that is set.
pub(crate) fn texts() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} texts, {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Rows of a table; `words` say what is done with which, such as `copying messages`.
pub(crate) fn rows(words: String, total: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg:28} {wide_bar} {human_pos}/{human_len} rows, {eta} left");
    ProgressBar::new(total).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())).with_message(words)
}

/// Bytes of `size`, when that is known; `done` is what becomes of them, such as `read`.
pub(crate) fn bytes(size: Option<u64>, done: &'static str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    // a pipe has no size
    let (bar, style) = if let Some(size) = size.filter(|size| *size > 0) {
        let template = "{wide_bar} {binary_bytes}/{binary_total_bytes}, {eta} left";
        (ProgressBar::new(size), ProgressStyle::with_template(template))
    } else {
        let template = format!("{{spinner}} {{binary_bytes}} {done}, {{binary_bytes_per_sec}}");
        let bar = ProgressBar::no_length();
        bar.enable_steady_tick(TICK);
        (bar, ProgressStyle::with_template(&template))
    };
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Turns a bar of bytes, all of which were read, into one that waits: what was read may be far from stored, for a zip is only
/// looked into when all of it is there.
pub(crate) fn storing(bar: &ProgressBar) {
    if let Ok(style) = ProgressStyle::with_template("{spinner} {binary_bytes} read, storing, {elapsed}") {
        bar.set_style(style);
        bar.enable_steady_tick(TICK);
    }
}
