//! `cargo xtask check`: everything CI checks beside the tests.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::cargo::{cargo, has_subcommand, run};
use crate::prepare;
use crate::report::Report;
use crate::test;

/// Check format, lints, the rules of the workspace, the OpenAPI document, dependencies and documentation.
///
/// Stops at the first failure. The rules and the OpenAPI document are tests too, so `cargo xtask test` covers them.
#[derive(Args)]
pub(crate) struct Options {
    /// Only these steps [default: all]
    #[arg(value_enum)]
    steps: Vec<Step>,
    /// Format the code instead of only checking it
    #[arg(long)]
    fix: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Step {
    /// rustfmt
    Format,
    /// clippy, warnings denied
    Lints,
    /// Crate edges, owners, licences, manifests, sources
    Rules,
    /// The committed OpenAPI document is what the server serves
    Openapi,
    /// cargo-deny, when it is installed
    Deny,
    /// rustdoc, warnings denied
    Docs,
}

impl Options {
    pub(crate) fn run(&self) -> Result<()> {
        prepare::prepare()?;
        // a set: in the order of the enum, cheapest first, each once
        let steps: BTreeSet<Step> = if self.steps.is_empty() {
            Step::value_variants().iter().copied().collect()
        } else {
            self.steps.iter().copied().collect()
        };
        let mut report = Report::default();
        let result = steps.into_iter().try_for_each(|step| {
            report.step(step.name(), || step.run(self.fix), |outcome| (*outcome).to_owned()).map(|_| ())
        });
        report.print();
        result
    }
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Lints => "lints",
            Self::Rules => "rules",
            Self::Openapi => "openapi",
            Self::Deny => "deny",
            Self::Docs => "docs",
        }
    }

    fn run(self, fix: bool) -> Result<&'static str> {
        match self {
            Self::Format if fix => run(&mut cargo(["fmt", "--all"])?)?,
            Self::Format => run(&mut cargo(["fmt", "--all", "--check"])?).map_err(|error| {
                error.context("the code is not formatted; `cargo xtask check format --fix` does it")
            })?,
            Self::Lints => {
                run(&mut cargo(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"])?)?;
            }
            Self::Rules => all_pass(&test::Options::only("xtask", None))?,
            Self::Openapi => all_pass(&test::Options::only("jarvis-server", Some("openapi_document_is_fresh")))
                .map_err(|error| error.context("the OpenAPI document is not fresh; `cargo xtask assets` writes it"))?,
            Self::Deny if !has_subcommand("deny") => {
                return Ok("skipped: cargo-deny is not installed; licences and owners are checked by `rules`");
            }
            // advisories are left out: they change without a change here, and need a network
            Self::Deny => run(&mut cargo(["deny", "check", "bans", "licenses", "sources"])?)?,
            Self::Docs => {
                run(cargo(["doc", "--workspace", "--no-deps"])?.env("RUSTDOCFLAGS", "--deny warnings"))?;
            }
        }
        Ok("ok")
    }
}

/// Fails also when the selection is empty: a renamed test must not pass for a green one.
fn all_pass(options: &test::Options) -> Result<()> {
    let tally = options.tests(&test::Outside::default())?;
    if tally.failed > 0 {
        bail!("{tally}");
    }
    if tally.ran() == 0 {
        bail!("the test that checks this does not exist any more");
    }
    Ok(())
}
