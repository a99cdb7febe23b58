//! What checked-in files may hold.

use std::path::Path;
use std::process::Command;

use regex::Regex;

use crate::{assert_none, graph};

/// Lines of code in one file; beyond that it is two things.
const MAX_LINES: usize = 400;

/// The files that git tracks or would track, relative to the root.
fn files() -> Vec<String> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(graph::root())
        .output()
        .expect("git lists the files; run the tests in a clone");
    assert!(output.status.success(), "git ls-files failed; run the tests in a clone, not in an unpacked archive");
    let names = String::from_utf8(output.stdout).expect("file names are UTF-8");
    names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The text of a file, or nothing when it is binary or was just deleted.
fn text(name: &str) -> Option<String> {
    std::fs::read_to_string(graph::root().join(name)).ok()
}

/// Matches a path of somebody's machine, or the host of a package registry: neither means anything elsewhere.
fn of_one_machine() -> Regex {
    Regex::new(concat!(
        r"/(root|work|farm)/[A-Za-z.]|/home/[a-z][a-z0-9_-]*/|/Users/[A-Za-z]+/|/tmp/[a-z]+/",
        r"|(index|static)\.crates\.io|(files\.pythonhosted|pypi)\.org|registry\.npmjs\.org|deb\.debian\.org",
    ))
    .expect("a valid expression")
}

#[test]
fn no_file_names_a_machine() {
    let pattern = of_one_machine();
    let mut violations = Vec::new();
    for name in files() {
        for (index, line) in text(&name).unwrap_or_default().lines().enumerate() {
            if let Some(found) = pattern.find(line) {
                violations.push(format!(
                    "{name}:{} names `{}`: write it so that it holds anywhere",
                    index + 1,
                    found.as_str()
                ));
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn a_path_of_one_machine_is_seen() {
    let pattern = of_one_machine();
    // put together here, so that this file does not break its own rule
    for (before, after) in [("/ro", "ot/.cargo"), ("/home/", "ada/src"), ("/wo", "rk/main"), ("https://py", "pi.org/x")]
    {
        assert!(pattern.is_match(&format!("open {before}{after}")), "{before}{after}");
    }
    for fine in ["/etc/jarvis.toml", "a/workflow/b", "~/.local/share/jarvis", "the /home page", "/tmp/x"] {
        assert!(!pattern.is_match(fine), "{fine}");
    }
}

#[test]
fn packages_come_from_the_default_registry() {
    let lock = text("Cargo.lock").expect("Cargo.lock is checked in");
    let sources: Vec<&str> = lock.lines().filter_map(|line| line.strip_prefix("source = ")).collect();
    assert!(!sources.is_empty(), "Cargo.lock names no source: its format changed");
    let violations: Vec<String> = sources
        .iter()
        .filter(|source| **source != "\"registry+https://github.com/rust-lang/crates.io-index\"")
        .map(|source| format!("Cargo.lock takes a package from {source}: only released crates may be used"))
        .collect();
    assert_none(&violations);
}

/// Lines before the unit tests that close a file.
fn lines_of_code(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod "));
    tests.unwrap_or(lines.len())
}

fn is_code(name: &str) -> bool {
    let path = Path::new(name);
    path.extension().is_some_and(|extension| extension == "rs")
        && !path.iter().any(|part| part == "tests" || part == "benches")
}

#[test]
fn files_are_short() {
    let rust: Vec<String> = files().into_iter().filter(|name| is_code(name)).collect();
    assert!(rust.iter().any(|name| name == "xtask/src/main.rs"), "the sources were not listed");
    let violations: Vec<String> = rust
        .iter()
        .map(|name| (name, lines_of_code(&text(name).unwrap_or_default())))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(name, lines)| format!("{name} has {lines} lines, {MAX_LINES} are the limit: which two things is it?"))
        .collect();
    assert_none(&violations);
}

#[test]
fn unit_tests_do_not_count_as_code() {
    assert_eq!(lines_of_code("a\nb\n\n#[cfg(test)]\nmod tests {\n}\n"), 3);
    assert_eq!(lines_of_code("#[cfg(test)]\nuse x;\na\n"), 3);
}
