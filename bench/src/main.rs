//! Measures the real server and its peers in one run and writes `bench/RESULTS.md` rows.
//!
//! Speed is told as the server's own CPU time per request, read from the kernel's scheduler statistics, because a busy
//! machine does not distort it; wall-clock figures stand beside it. Linux only.

mod caches;
mod corpus;
mod export_file;
mod figures;
mod fill;
mod gain;
mod inserts;
mod lists;
mod live;
mod memories;
mod peers;
mod process;
mod recall;
mod report;
mod run;
mod search;
mod stack;
mod start;
mod vectors;
mod wrk;

use clap::{Parser, Subcommand};

/// The product's allocator: what runs in this process must cost what it costs there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Benchmarks of Jarvis.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What a hit and a miss cost: in process, and in Redis beside its bare client.
    Caches(caches::Options),
    /// Write a file as another program would export it, to be imported.
    ExportFile(export_file::Options),
    /// Fill a data directory with synthetic conversations.
    Fill(fill::Options),
    /// What the indexes of a PostgreSQL database give over none, with the plans of its main reads.
    Gain(gain::Options),
    /// Durable inserts in process: one writer, 64 writers, batches of 100.
    Inserts(inserts::Options),
    /// Lists from a database on a server, beside peers that read one too.
    Lists(lists::Options),
    /// What Jarvis adds to a model's tokens; a thousand streams; ten thousand sockets.
    Live(live::Options),
    /// What the rules remember of what people say, and how much of it is junk.
    Memories(memories::Options),
    /// How well memory finds what matters, and how fast: LoCoMo and a French set.
    Recall(recall::Options),
    /// Start the server on filled directories and measure start, memory, lists, health and search.
    Run(run::Options),
    /// What access, limits, headers, log and metrics cost each request.
    Stack(stack::Options),
    /// Build, open and search an index of vectors in process.
    Vectors(vectors::Options),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Options::parse().command {
        Command::Caches(options) => caches::run(&options).await,
        Command::ExportFile(options) => export_file::run(&options),
        Command::Fill(options) => fill::run(&options).await,
        Command::Gain(options) => gain::run(&options).await,
        Command::Inserts(options) => inserts::run(&options).await,
        Command::Lists(options) => lists::run(&options).await,
        Command::Live(options) => live::run(&options).await,
        Command::Memories(options) => memories::run(&options),
        Command::Recall(options) => recall::run(&options).await,
        Command::Run(options) => run::run(&options).await,
        Command::Stack(options) => stack::run(&options).await,
        Command::Vectors(options) => vectors::run(&options).await,
    }
}
