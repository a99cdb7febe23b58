//! Printing. Colours are for terminals only: anstream takes them out elsewhere, and follows `NO_COLOR`.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use serde::Serialize;

/// What a line is about.
pub(crate) const HEADING: Style = Style::new().bold();
/// What was looked for.
pub(crate) const MATCH: Style = AnsiColor::Yellow.on_default().bold();
/// What stands beside.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// As it should be.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Worth knowing.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default();
/// Wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();

/// Writes data to standard output at once.
pub(crate) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut out = io::BufWriter::new(anstream::stdout().lock());
    write(&mut out)?;
    Ok(out.flush()?)
}

/// Writes one JSON value to standard output, in a line of its own.
pub(crate) fn print_json_line(value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string(value)?;
    print(|out| writeln!(out, "{text}"))
}

/// Writes one JSON value to standard output.
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    print(|out| writeln!(out, "{text}"))
}

/// Writes a line for people to standard error.
pub(crate) fn tell(text: &str) {
    // Nobody can be told that nobody can be told.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Says what went wrong and why, each cause once.
pub(crate) fn error(error: &anyhow::Error) {
    tell(&format!("{BAD}error{BAD:#}: {error}"));
    let mut said = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !said.contains(&cause) {
            tell(&format!("  {FAINT}because{FAINT:#} {cause}"));
            said = cause;
        }
    }
}

/// A text that cannot steer a terminal: its control characters, other than the ends of lines and tabs, become `�`.
pub(crate) fn harmless(text: &str) -> String {
    let harmless = |c: char| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c };
    text.chars().map(harmless).collect()
}

/// A size for people: `3.2 MiB`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1_024.0 && unit + 1 < UNITS.len() {
        value /= 1_024.0;
        unit += 1;
    }
    if unit == 0 { format!("{count} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::{bytes, harmless};

    #[test]
    fn escape_sequences_do_not_pass() {
        assert_eq!(harmless("a\u{1b}[2Jb\n\tété"), "a\u{fffd}[2Jb\n\tété");
    }

    #[test]
    fn sizes_are_readable() {
        assert_eq!([0, 1_023, 1_536, 5 << 30].map(bytes), ["0 B", "1023 B", "1.5 KiB", "5.0 GiB"]);
    }
}
