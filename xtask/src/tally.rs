//! How many tests passed and which failed: read from what nextest and libtest print for people, because neither has a
//! stable format for programs.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::AddAssign;

/// What runs the tests, and so how its lines are read.
#[derive(Clone, Copy)]
pub(crate) enum Runner {
    /// Reports on standard error.
    Nextest,
    /// The harness of plain `cargo test`. Reports on standard output.
    Libtest,
}

/// Counts of finished tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    /// Ignored, or left out by a filter.
    pub(crate) skipped: u32,
    /// Names of failed tests.
    pub(crate) broken: BTreeSet<String>,
}

impl Tally {
    /// Tests that ran.
    pub(crate) fn ran(&self) -> u32 {
        self.passed + self.failed
    }

    /// Adds what one line of the runner's output says.
    pub(crate) fn read(&mut self, runner: Runner, line: &str) {
        let line = without_colour(line);
        let line = line.trim_start();
        let (counts, broken) = match runner {
            Runner::Nextest => (nextest_summary(line), nextest_failure(line)),
            Runner::Libtest => (libtest_result(line), libtest_failure(line)),
        };
        if let Some(counts) = counts {
            *self += counts;
        }
        self.broken.extend(broken.map(str::to_owned));
    }

    fn from_counts(counts: &str, separator: char) -> Self {
        let mut tally = Self::default();
        for part in counts.split(separator) {
            let Some((number, what)) = part.trim().split_once(' ') else { continue };
            let Ok(number) = number.parse::<u32>() else { continue };
            match what {
                "passed" => tally.passed += number,
                "skipped" | "ignored" | "filtered out" => tally.skipped += number,
                "measured" => {}
                // failed, timed out, exec failed, and whatever a later version invents: never taken for a success
                _ => tally.failed += number,
            }
        }
        tally
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.broken.extend(other.broken);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// `Summary [ 1.2s] 5 tests run: 3 passed (1 slow), 1 failed, 1 timed out, 2 skipped`
fn nextest_summary(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("Summary [")?.split_once(" run: ")?;
    Some(Tally::from_counts(&without_parentheses(counts), ','))
}

/// `FAIL [ 0.4s] (27/27) xtask::it sources::files_are_short`, also `TIMEOUT`, `SIGSEGV` and the like
fn nextest_failure(line: &str) -> Option<&str> {
    let (status, rest) = line.split_once(" [")?;
    if !(matches!(status, "FAIL" | "TIMEOUT" | "XFAIL" | "LEAK-FAIL" | "ABORT") || status.starts_with("SIG")) {
        return None;
    }
    let (_, name) = rest.split_once("] ")?;
    let numbered = name.strip_prefix('(').and_then(|rest| rest.split_once(") "));
    Some(numbered.map_or(name, |(_, name)| name))
}

/// `test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.41s`
fn libtest_result(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    Some(Tally::from_counts(counts, ';'))
}

/// `test sources::files_are_short ... FAILED`
fn libtest_failure(line: &str) -> Option<&str> {
    line.strip_prefix("test ")?.strip_suffix(" ... FAILED")
}

/// Drops SGR sequences (`ESC [ … m`), the only ones that test runners write.
fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain
}

fn without_parentheses(text: &str) -> String {
    let mut depth = 0_u32;
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(character),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{Runner, Tally};

    fn read(runner: Runner, lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        for line in lines {
            tally.read(runner, line);
        }
        tally
    }

    fn counts(passed: u32, failed: u32, skipped: u32, broken: &[&str]) -> Tally {
        Tally { passed, failed, skipped, broken: broken.iter().map(|name| (*name).to_owned()).collect() }
    }

    #[test]
    fn nextest_is_read() {
        let good = ["     Summary [   0.032s] 3 tests run: 3 passed, 0 skipped"];
        assert_eq!(read(Runner::Nextest, &good), counts(3, 0, 0, &[]));

        // a failure is printed when it happens and again at the end
        let bad = [
            "        PASS [   0.005s] (1/9) xtask::it arrows::every_crate_has_its_row",
            "        FAIL [   0.441s] (7/9) xtask::it sources::files_are_short",
            "     Summary [  12.3s] 7/9 tests run: 4 passed (1 slow, 1 flaky), 1 failed, 2 timed out, 6 skipped",
            "        FAIL [   0.441s] (7/9) xtask::it sources::files_are_short",
            "     SIGSEGV [   1.000s] jarvis::it crash",
        ];
        let broken = ["xtask::it sources::files_are_short", "jarvis::it crash"];
        assert_eq!(read(Runner::Nextest, &bad), counts(4, 3, 6, &broken));

        let coloured = ["\u{1b}[31;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m1\u{1b}[0m test run: \
                         \u{1b}[1m0\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, \u{1b}[1m1\u{1b}[0m exec failed, 0 skipped"];
        assert_eq!(read(Runner::Nextest, &coloured), counts(0, 1, 0, &[]));
    }

    #[test]
    fn libtest_is_read() {
        let lines = [
            "test tally::tests::libtest_is_read ... ok",
            "test sources::files_are_short ... FAILED",
            "test result: FAILED. 12 passed; 1 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.41s",
            "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ];
        assert_eq!(read(Runner::Libtest, &lines), counts(14, 1, 4, &["sources::files_are_short"]));
    }

    #[test]
    fn other_lines_are_not() {
        for line in ["", "test tally ... ok", "running 3 tests", "error[E0308]: mismatched types", "note [a] b"] {
            assert_eq!(read(Runner::Nextest, &[line]), Tally::default());
            assert_eq!(read(Runner::Libtest, &[line]), Tally::default());
        }
    }
}
