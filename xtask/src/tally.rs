//! How many tests passed: read from what nextest and libtest print for people, because neither has a stable format
//! for programs.

use std::fmt;
use std::ops::AddAssign;

/// Counts of finished tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    /// Ignored, or left out by a filter.
    pub(crate) skipped: u32,
}

impl Tally {
    /// Tests that ran.
    pub(crate) fn ran(self) -> u32 {
        self.passed + self.failed
    }

    /// Reads a line such as `Summary [ 1.2s] 5 tests run: 3 passed (1 slow), 1 failed, 1 timed out, 2 skipped`.
    pub(crate) fn from_nextest(line: &str) -> Option<Self> {
        let line = without_colour(line);
        let (_, counts) = line.trim_start().strip_prefix("Summary [")?.split_once(" run: ")?;
        Some(Self::from_counts(&without_parentheses(counts), ','))
    }

    /// Reads a line such as `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; …`.
    pub(crate) fn from_libtest(line: &str) -> Option<Self> {
        let line = without_colour(line);
        let (_, counts) = line.trim_start().strip_prefix("test result: ")?.split_once(". ")?;
        Some(Self::from_counts(counts, ';'))
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
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
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
    use super::Tally;

    #[test]
    fn nextest_summaries_are_read() {
        let plain = "     Summary [   0.032s] 3 tests run: 3 passed, 0 skipped";
        assert_eq!(Tally::from_nextest(plain), Some(Tally { passed: 3, failed: 0, skipped: 0 }));
        let bad = "     Summary [  12.3s] 7/9 tests run: 4 passed (1 slow, 1 flaky), 1 failed, 2 timed out, 6 skipped";
        assert_eq!(Tally::from_nextest(bad), Some(Tally { passed: 4, failed: 3, skipped: 6 }));
        let coloured = "\u{1b}[31;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m1\u{1b}[0m test run: \
                        \u{1b}[1m0\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, \u{1b}[1m1\u{1b}[0m exec failed, 0 skipped";
        assert_eq!(Tally::from_nextest(coloured), Some(Tally { passed: 0, failed: 1, skipped: 0 }));
    }

    #[test]
    fn libtest_results_are_read() {
        let line = "test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.41s";
        assert_eq!(Tally::from_libtest(line), Some(Tally { passed: 12, failed: 2, skipped: 4 }));
    }

    #[test]
    fn other_lines_are_not() {
        for line in ["", "        PASS [   0.005s] xtask tally::tests", "test tally ... ok", "running 3 tests"] {
            assert_eq!(Tally::from_nextest(line), None);
            assert_eq!(Tally::from_libtest(line), None);
        }
    }
}
