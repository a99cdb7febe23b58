//! What the tests need beyond the Rust toolchain, and how to get it.
//!
//! To add a server that tests talk to, add one [`Need`]: how to see that it is there, and what Debian calls it.

use std::env;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// A program of the operating system that the build or the tests cannot do without.
struct Need {
    name: &'static str,
    /// What it is for, as the end of the sentence "… is needed to".
    purpose: &'static str,
    present: fn() -> bool,
    /// Debian packages that bring it.
    packages: &'static [&'static str],
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
        purpose: "run a real llama.cpp server",
        present: python_makes_environments,
        packages: &["python3", "python3-venv"],
    },
];

/// Installs what is missing; says what to do where it cannot.
pub(crate) fn prepare() -> Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.present)()).collect();
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
    let arguments = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    if apt_get(&arguments)? {
        return Ok(());
    }
    if apt_get(&["update"])? && apt_get(&arguments)? {
        return Ok(());
    }
    bail!("`apt-get install {}` failed; run it by hand (as root) and try again", packages.join(" "))
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

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").stderr(Stdio::null()).output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn on_path(programs: &[&str]) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|directory| {
        programs.iter().any(|program| directory.join(format!("{program}{}", env::consts::EXE_SUFFIX)).is_file())
    })
}

#[cfg(test)]
mod tests {
    use super::{NEEDS, on_path};

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(on_path(&["no-such-program", "cargo"]));
        assert!(!on_path(&["no-such-program"]));
    }

    #[test]
    fn what_built_this_test_is_present() {
        for need in NEEDS {
            assert!((need.present)(), "{} is missing, although the workspace was just built with it", need.name);
        }
    }
}
