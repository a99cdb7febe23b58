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
    let mut places = versions.map(|version| version.path().join("site-packages/pgserver/pginstall/bin"));
    places.find_map(PostgresPrograms::at).context("the wheel `pgserver` holds no programs of PostgreSQL")
}
