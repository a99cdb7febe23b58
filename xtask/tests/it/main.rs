//! The rules of the workspace that no lint can hold. A failing rule says what to do.
#![expect(clippy::expect_used, reason = "helpers of tests: what is broken here is the checkout, and it is told so")]

mod arrows;
mod bans;
mod deny_toml;
mod graph;
mod licences;
mod manifests;
mod sources;
mod spdx;

/// Fails with every violation at once: one run shows all there is to mend.
#[track_caller]
fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n- {}\n", violations.join("\n- "));
}
