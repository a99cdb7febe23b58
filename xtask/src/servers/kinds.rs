//! Which servers there are, what each needs, and how it starts.

use anyhow::Result;
use clap::ValueEnum;
use jarvis_test_servers::{
    Cluster, NGINX, Nginx, PGVECTOR, POSTGRES, Postgres, PostgresPrograms, REDIS, REDIS_CLUSTER, REDIS_SENTINEL, Redis,
    Sentinels, Settings,
};

use super::{Server, pgvector};
use crate::prepare::{Need, on_path};

/// What one can do without.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// PostgreSQL of the operating system
    Postgres,
    /// PostgreSQL with the extension pgvector
    Pgvector,
    /// Redis alone, as a cluster of six nodes, and behind Sentinels
    Redis,
    /// nginx before two servers
    Nginx,
}

impl Kind {
    /// As it is written on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Pgvector => "pgvector",
            Self::Redis => "redis",
            Self::Nginx => "nginx",
        }
    }

    /// What the operating system has to bring.
    pub(crate) fn needs(self) -> &'static [Need] {
        match self {
            Self::Postgres => POSTGRES_NEEDS,
            // Python, which everything needs
            Self::Pgvector => &[],
            Self::Redis => REDIS_NEEDS,
            Self::Nginx => NGINX_NEEDS,
        }
    }
}

const POSTGRES_NEEDS: &[Need] = &[Need {
    name: "PostgreSQL, 15 or newer",
    purpose: "test the store on it",
    present: || PostgresPrograms::installed().is_some(),
    packages: &["postgresql-15 | postgresql"],
}];

const REDIS_NEEDS: &[Need] = &[Need {
    name: "Redis",
    purpose: "test cache, bus and limits on it",
    present: || on_path(&["redis-server"]) && on_path(&["redis-cli"]),
    packages: &["redis-server", "redis-tools"],
}];

const NGINX_NEEDS: &[Need] = &[Need {
    name: "nginx",
    purpose: "test two servers behind it",
    present: Nginx::is_installed,
    packages: &["nginx-light | nginx"],
}];

/// How one server is started; its address goes into the variable.
pub(super) struct Recipe {
    pub(super) kind: Kind,
    pub(super) name: &'static str,
    pub(super) variable: &'static str,
    pub(super) start: fn() -> Result<(Server, String)>,
}

/// A server that was started, and its address.
fn kept<S: Send + 'static>(server: S, url: fn(&S) -> String) -> (Server, String) {
    let url = url(&server);
    (Box::new(server), url)
}

pub(super) const SERVERS: &[Recipe] = &[
    Recipe {
        kind: Kind::Postgres,
        name: "PostgreSQL",
        variable: POSTGRES,
        start: || Ok(kept(Postgres::start(&Settings::default())?, Postgres::url)),
    },
    Recipe {
        kind: Kind::Pgvector,
        name: "PostgreSQL with pgvector",
        variable: PGVECTOR,
        start: || {
            let settings = Settings { programs: Some(pgvector::programs()?), ..Settings::default() };
            Ok(kept(Postgres::start(&settings)?, Postgres::url))
        },
    },
    Recipe { kind: Kind::Redis, name: "Redis", variable: REDIS, start: || Ok(kept(Redis::start()?, Redis::url)) },
    // tests start their own: here it is only seen that one is installed
    Recipe { kind: Kind::Nginx, name: "nginx", variable: NGINX, start: || Ok(kept((), |()| "installed".to_owned())) },
    Recipe {
        kind: Kind::Redis,
        name: "Redis Cluster",
        variable: REDIS_CLUSTER,
        start: || Ok(kept(Cluster::start()?, Cluster::url)),
    },
    Recipe {
        kind: Kind::Redis,
        name: "Redis Sentinel",
        variable: REDIS_SENTINEL,
        start: || Ok(kept(Sentinels::start()?, Sentinels::url)),
    },
];
