//! The binary: reads the command line and hands over. Everything it does stands in `cli`, one file per command.

mod access;
mod cli;
mod descriptors;
mod events;
mod lifecycle;
mod logging;
mod output;
mod progress;
mod reload;
mod remote;
mod watch;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
