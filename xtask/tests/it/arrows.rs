//! Which crate of the workspace may name which: the picture of `ARCHITECTURE.md` as a table.

use cargo_metadata::DependencyKind;

use crate::{assert_none, graph};

/// What one crate may name, in its code and, beyond that, in its tests.
struct Arrow {
    from: &'static str,
    code: &'static [&'static str],
    tests: &'static [&'static str],
}

const ARROWS: &[Arrow] = &[
    Arrow { from: "jarvis-core", code: &[], tests: &[] },
    Arrow { from: "jarvis-engine", code: &["jarvis-core"], tests: &[] },
    Arrow { from: "jarvis-sqlite", code: &["jarvis-core"], tests: &[] },
    Arrow { from: "jarvis-postgres", code: &["jarvis-core"], tests: &["jarvis-test-servers"] },
    Arrow { from: "jarvis-providers", code: &["jarvis-core"], tests: &["jarvis-test-servers"] },
    Arrow { from: "jarvis-server", code: &["jarvis-core", "jarvis-engine"], tests: &["jarvis-host"] },
    Arrow {
        from: "jarvis-host",
        code: &["jarvis-core", "jarvis-engine", "jarvis-sqlite", "jarvis-postgres", "jarvis-providers"],
        tests: &["jarvis-test-servers"],
    },
    Arrow {
        from: "jarvis",
        code: &["jarvis-core", "jarvis-engine", "jarvis-server", "jarvis-host"],
        tests: &["jarvis-test-servers"],
    },
    Arrow {
        from: "jarvis-bench",
        code: &["jarvis-core", "jarvis-engine", "jarvis-host", "jarvis-postgres", "jarvis-providers"],
        tests: &[],
    },
    Arrow { from: "jarvis-test-servers", code: &[], tests: &[] },
    Arrow { from: "xtask", code: &["jarvis-test-servers"], tests: &[] },
];

/// A dependency of one crate of the workspace on another, as its manifest declares it.
struct Edge {
    from: String,
    to: String,
    in_tests: bool,
}

fn violations(edges: &[Edge], arrows: &[Arrow]) -> Vec<String> {
    let mut violations = Vec::new();
    for Edge { from, to, in_tests } in edges {
        // a crate without a row is reported once, by its own test
        let Some(arrow) = arrows.iter().find(|arrow| arrow.from == *from) else { continue };
        let allowed = arrow.code.contains(&to.as_str()) || (*in_tests && arrow.tests.contains(&to.as_str()));
        if !allowed {
            let place = if *in_tests { "[dev-dependencies]" } else { "[dependencies]" };
            violations.push(format!(
                "{from} must not name {to} in {place}: put a port into jarvis-core, or wire it in jarvis-host"
            ));
        }
    }
    violations
}

#[test]
fn crates_name_only_what_the_architecture_allows() {
    let metadata = graph::metadata();
    let members = graph::members(&metadata);
    let edges: Vec<Edge> = members
        .iter()
        .flat_map(|package| package.dependencies.iter().map(move |dependency| (package, dependency)))
        // a crate may depend on itself in tests, to switch on its own features
        .filter(|(package, dependency)| package.name.as_str() != dependency.name)
        .filter(|(_, dependency)| members.iter().any(|member| member.name.as_str() == dependency.name))
        .map(|(package, dependency)| Edge {
            from: package.name.to_string(),
            to: dependency.name.clone(),
            in_tests: dependency.kind == DependencyKind::Development,
        })
        .collect();
    assert!(!edges.is_empty(), "no crate of the workspace depends on another: the graph was not read");
    assert_none(&violations(&edges, ARROWS));
}

#[test]
fn every_crate_has_its_row() {
    let metadata = graph::metadata();
    let members: Vec<&str> = graph::members(&metadata).iter().map(|package| package.name.as_str()).collect();
    let mut violations = Vec::new();
    for member in &members {
        if !ARROWS.iter().any(|arrow| arrow.from == *member) {
            violations.push(format!("{member} is new: give it a row in {} and in ARCHITECTURE.md", file!()));
        }
    }
    for arrow in ARROWS {
        if !members.contains(&arrow.from) {
            violations.push(format!("{} is gone: remove its row from {}", arrow.from, file!()));
        }
    }
    assert_none(&violations);
}

#[test]
fn a_forbidden_edge_is_reported() {
    let edge = |from: &str, to: &str, in_tests| Edge { from: from.into(), to: to.into(), in_tests };
    let allowed = [edge("jarvis-server", "jarvis-engine", false), edge("jarvis-server", "jarvis-host", true)];
    assert_eq!(violations(&allowed, ARROWS), Vec::<String>::new());
    for forbidden in [
        edge("jarvis-core", "jarvis-engine", false),
        edge("jarvis-engine", "jarvis-sqlite", true),
        edge("jarvis-server", "jarvis-host", false),
        edge("jarvis-server", "jarvis-sqlite", true),
    ] {
        assert_eq!(violations(&[forbidden], ARROWS).len(), 1);
    }
}
