//! What the tests need beyond the Rust toolchain, and how to get it.
//!
//! To add something, add one [`Need`]: how to see that it is there, and what Debian calls it. Those of servers that tests
//! talk to stand in `servers`.

use std::env;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// A program of the operating system that the build or the tests cannot do without.
pub(crate) struct Need {
    pub(crate) name: &'static str,
    /// What it is for, as the end of the sentence "… is needed to".
    pub(crate) purpose: &'static str,
    pub(crate) present: fn() -> bool,
    /// Debian packages that bring it; of `one | other`, the first that the machine's lists have.
    pub(crate) packages: &'static [&'static str],
}

const NEEDS: &[Need] = &[
    Need {
        name: "a C compiler",
        purpose: "build SQLite and the allocator",
        present: || env::var_os("CC").is_some() || on_path(&["cc", "gcc", "clang", "cl"]),
        packages: &["gcc", "libc6-dev"],
    },
    Need {
        name: "Python 3 with virtual environments",
        purpose: "run a real llama.cpp server, and PostgreSQL with pgvector",
        present: python_makes_environments,
        packages: &["python3", "python3-venv"],
    },
    Need {
        name: "Node.js, 18.20 or newer",
        purpose: "test the page in a browser",
        present: node_is_new_enough,
        packages: &["nodejs"],
    },
    Need {
        name: "npm",
        purpose: "install what the browser tests import",
        present: || on_path(&["npm"]),
        packages: &["npm"],
    },
    Need {
        name: "a Chromium browser (or JARVIS_BROWSER, which names one)",
        purpose: "test the page in a browser",
        present: || env::var_os("JARVIS_BROWSER").is_some() || on_path(BROWSERS),
        packages: &["chromium-headless-shell | chromium"],
    },
];

/// Any of these will do; `harness/places.js` of the browser tests looks for the same.
const BROWSERS: &[&str] =
    &["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// Installs what every test run needs.
pub(crate) fn prepare() -> Result<()> {
    ensure(NEEDS)
}

/// Installs what is missing; says what to do where it cannot.
pub(crate) fn ensure<'a>(needs: impl IntoIterator<Item = &'a Need>) -> Result<()> {
    let missing: Vec<&Need> = needs.into_iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for need in &missing {
        println!("{} is needed to {}, and is missing", need.name, need.purpose);
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages.iter().copied()).collect();
    if !on_path(&["apt-get"]) {
        bail!(
            "install what is missing with your system's package manager and run this again (Debian calls it: {})",
            packages.join(" ")
        );
    }
    install(&packages)?;
    match missing.iter().find(|need| !(need.present)()) {
        Some(need) => bail!("{} is still not found after installing {}", need.name, need.packages.join(" ")),
        None => Ok(()),
    }
}

/// Installs at once when the package lists are fresh; a new machine often has none, so a failure updates them first.
fn install(packages: &[&str]) -> Result<()> {
    if apt_get_install(packages)? || (apt_get(&["update"])? && apt_get_install(packages)?) {
        return Ok(());
    }
    bail!("`apt-get install {}` failed; run it by hand (as root) and try again", packages.join(" "))
}

fn apt_get_install(packages: &[&str]) -> Result<bool> {
    let chosen = packages.iter().map(|package| known_of(package));
    let arguments: Vec<&str> = ["install", "--yes", "--no-install-recommends"].into_iter().chain(chosen).collect();
    apt_get(&arguments)
}

/// The first of `one | other` that can be installed; the last when none can, so that the failure names something.
fn known_of(alternatives: &str) -> &str {
    let mut names = alternatives.split(" | ");
    let last = alternatives.rsplit(" | ").next().unwrap_or(alternatives);
    names.find(|name| *name == last || is_installable(name)).unwrap_or(last)
}

fn is_installable(package: &str) -> bool {
    let asked = Command::new("apt-get").args(["install", "--simulate", "--quiet", package]).output();
    asked.is_ok_and(|output| output.status.success())
}

fn apt_get(arguments: &[&str]) -> Result<bool> {
    // without root and without sudo, apt-get itself says best what is wrong
    let mut words = if is_root() || !on_path(&["sudo"]) { vec!["apt-get"] } else { vec!["sudo", "apt-get"] };
    words.extend(arguments);
    println!("$ {}", words.join(" "));
    let status = Command::new(words[0])
        .args(&words[1..])
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()
        .with_context(|| format!("cannot start `{}`", words[0]))?;
    Ok(status.success())
}

/// Debian's Python comes without what makes an environment.
fn python_makes_environments() -> bool {
    let asked = Command::new("python3").args(["-c", "import ensurepip, venv"]).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

fn node_is_new_enough() -> bool {
    let asked = Command::new("node").arg("--version").stderr(Stdio::null()).output();
    asked.is_ok_and(|output| is_new_enough(&String::from_utf8_lossy(&output.stdout)))
}

/// Whether `v20.11.1` and the like is a version whose test runner has all that the tests use.
fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.trim().trim_start_matches('v').split('.').map_while(|number| number.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(18), Some(20))
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").stderr(Stdio::null()).output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

pub(crate) fn on_path(programs: &[&str]) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|directory| {
        programs.iter().any(|program| directory.join(format!("{program}{}", env::consts::EXE_SUFFIX)).is_file())
    })
}

#[cfg(test)]
mod tests {
    use super::{NEEDS, is_new_enough, known_of, on_path};

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(on_path(&["no-such-program", "cargo"]));
        assert!(!on_path(&["no-such-program"]));
    }

    #[test]
    fn versions_of_node_are_compared() {
        for enough in ["v18.20.4", "v20.0.0\n", "v22.11.0"] {
            assert!(is_new_enough(enough), "{enough}");
        }
        for old in ["", "v18.19.1", "v16.20.2", "nonsense"] {
            assert!(!is_new_enough(old), "{old}");
        }
    }

    #[test]
    fn a_package_without_alternative_is_taken_as_it_is() {
        assert_eq!(known_of("npm"), "npm");
        assert_eq!(known_of("no-such-package-anywhere | npm"), "npm");
    }

    #[test]
    fn what_built_this_test_is_present() {
        for need in NEEDS {
            assert!((need.present)(), "{} is missing; `cargo xtask test` installs it", need.name);
        }
    }
}
