//! The dependency graph, as cargo resolves it for all features and platforms.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{CargoOpt, Metadata, MetadataCommand, Package, PackageId};

/// The directory of the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_path_buf()
}

pub(crate) fn metadata() -> Metadata {
    MetadataCommand::new()
        .current_dir(root())
        .features(CargoOpt::AllFeatures)
        .exec()
        .expect("`cargo metadata` answers; if it does not, Cargo.toml is broken or a download failed")
}

/// The crates of this workspace.
pub(crate) fn members(metadata: &Metadata) -> Vec<&Package> {
    metadata.workspace_packages()
}

/// Each package's name with the names of the packages that depend on it directly, in any way (normal, build, dev).
pub(crate) fn dependents(metadata: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    let names: BTreeMap<&PackageId, &str> =
        metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
    let mut dependents: BTreeMap<String, BTreeSet<String>> =
        names.values().map(|name| ((*name).to_owned(), BTreeSet::new())).collect();
    let resolve = metadata.resolve.as_ref().expect("cargo metadata resolves unless told not to");
    for node in &resolve.nodes {
        for dependency in &node.deps {
            dependents.entry(names[&dependency.pkg].to_owned()).or_default().insert(names[&node.id].to_owned());
        }
    }
    dependents
}
