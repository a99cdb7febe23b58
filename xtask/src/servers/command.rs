//! `cargo xtask servers`: the servers of the tests for whoever writes tests.

use std::thread;

use anyhow::Result;
use clap::Args;

use super::{Kind, Servers};

/// Start the servers that tests talk to, print the variables that tell where they are, and wait for Ctrl-C.
///
/// Tests run by cargo itself in a shell with these variables find them there, and so does `cargo xtask test`, which then
/// starts none.
#[derive(Args)]
pub(crate) struct Options {
    /// Leave out these
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SERVERS")]
    without: Vec<Kind>,
}

impl Options {
    pub(crate) fn run(&self) -> Result<()> {
        let servers = Servers::start(&self.without)?;
        for (variable, url) in servers.variables() {
            println!("export {variable}='{url}'");
        }
        eprintln!("they run until Ctrl-C");
        loop {
            // whatever ends this process ends the servers too
            thread::park();
        }
    }
}
