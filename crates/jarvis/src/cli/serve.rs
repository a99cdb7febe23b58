use std::{
    io::IsTerminal,
    net::SocketAddr,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use jarvis_host::{Config, Flags, Owner, Services, Sources, config::Setting, fs};
use jarvis_server::{Readiness, ServerOptions, SocketOptions};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Place;
use crate::{
    descriptors, lifecycle,
    logging::{self, LogLevel},
    output,
};

/// Serve the HTTP API until told to stop
///
/// When it is ready, one line on standard output names the address. SIGTERM or Ctrl-C stops it in order, a second one at
/// once; SIGHUP reads the configuration again.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  jarvis serve\n  jarvis serve --port 0 --data-dir ./data\n  LOG_LEVEL=debug jarvis serve"
)]
pub(super) struct Options {
    /// Address to listen on; one that others can reach needs AUTH_MODE=required [default: 127.0.0.1; variable HOST]
    #[arg(long, value_name = "ADDRESS")]
    host: Option<String>,
    /// Port to listen on; 0 picks a free one [default: 8100; variable PORT]
    #[arg(long)]
    port: Option<u16>,
    /// Port of the database gateway (no effect: this build has none)
    #[arg(long, value_name = "PORT")]
    gateway_port: Option<u16>,
    /// Do not serve the assistant (no effect: this build serves nothing else)
    #[arg(long)]
    no_assistant: bool,
    /// Do not serve the database gateway (no effect: this build has none)
    #[arg(long)]
    no_gateway: bool,
    /// Do not run the schedules (no effect: this build has none)
    #[arg(long)]
    no_daemon: bool,
}

impl Options {
    pub(super) fn run(self, place: Place) -> Result<ExitCode> {
        let sources = Sources::of_process(Flags { host: self.host, port: self.port, ..place.flags() })?;
        let config = Config::load(&sources)?;
        let level = logging::for_server(&config.log)?;
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        if let Some(workers) = config.server.workers {
            runtime.worker_threads(workers);
        }
        let runtime = runtime.enable_all().build().context("the threads of the runtime do not start")?;
        runtime.block_on(serve(config, Reload { sources, level }))?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn serve(config: Config, reload: Reload) -> Result<()> {
    for notice in &config.notices {
        tracing::warn!("{notice}");
    }
    // The owner comes first: a second server should hear who runs, not that a port is taken.
    let owner = Owner::acquire(&config.data_dir)?.or_refused()?;
    let listener = listen(&config).await?;
    let address = listener.local_addr()?;
    // Before the engine starts: what is counted earlier is lost.
    let metrics = jarvis_server::install_metrics()?;
    let mut services = Services::open_owned(&config, owner).await?;
    let stop = CancellationToken::new();
    let readiness = Readiness::starting();
    let options = ServerOptions {
        request_timeout: config.server.request_timeout,
        allowed_origins: config.server.allowed_origins.clone(),
        admin_token: Some(services.admin_token().reveal().to_owned()),
        sockets: SocketOptions { max: descriptors::max_sockets(), ..SocketOptions::default() },
        metrics,
    };
    let drain = config.server.shutdown_timeout;
    let router = jarvis_server::router(Arc::clone(&services.engine), options, readiness.clone());
    let serving = tokio::spawn(jarvis_server::serve(listener, router, readiness.clone(), stop.clone(), drain));
    services.publish(address)?;
    services.engine.forget_other_models();
    reload.on_signals(stop.clone(), &config)?;
    readiness.set_ready();
    tell_how_to_set_up(&config, &services).await?;
    output::print(|out| writeln!(out, "jarvis ready: http://{address}"))?;
    tracing::info!(%address, data_dir = %config.data_dir.path().display(), "serving");
    stop.cancelled().await;
    let begun = Instant::now();
    serving.await.context("the accept loop ended badly")??;
    if !services.close(drain.saturating_sub(begun.elapsed())).await? {
        tracing::warn!("work still ran when the time to stop was over; it was cut, nothing acknowledged is lost");
    }
    tracing::info!(elapsed_ms = begun.elapsed().as_millis(), "stopped");
    Ok(())
}

/// Where nobody administers yet, says how somebody does. The token itself is for the eyes in front of a terminal, not for a log.
async fn tell_how_to_set_up(config: &Config, services: &Services) -> Result<()> {
    let accounts = &services.engine.accounts;
    if !accounts.are_required() || !accounts.need_setup().await? {
        return Ok(());
    }
    let place = match &config.auth.setup_token {
        Some(_) => format!("that of auth.setup_token ({})", config.origin("auth.setup_token")),
        None => format!("in {}", config.data_dir.setup_token_file().display()),
    };
    tracing::warn!(
        "nobody administers yet: register with the setup token, which is {place}, or run `jarvis user add NAME --role admin`"
    );
    if let (None, true) = (&config.auth.setup_token, std::io::stderr().is_terminal()) {
        let token = fs::read_text(&config.data_dir.setup_token_file())?.unwrap_or_default();
        output::tell(&format!("setup token: {}", token.trim()));
    }
    Ok(())
}

async fn listen(config: &Config) -> Result<TcpListener> {
    let address = SocketAddr::new(config.server.host, config.server.port);
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(cause) => {
            let origin = config.origin("server.port");
            let port = config.server.port;
            let message = format!(
                "cannot listen on {address}; choose another server.port than {port} ({origin}), such as with --port 0"
            );
            Err(anyhow::Error::new(cause).context(message))
        }
    }
}

/// Reads the configuration again.
struct Reload {
    sources: Sources,
    level: LogLevel,
}

impl Reload {
    fn on_signals(self, stop: CancellationToken, config: &Config) -> Result<()> {
        let in_effect = Mutex::new(config.settings().to_vec());
        lifecycle::watch(stop, move || {
            let mut in_effect = in_effect.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = self.again(&mut in_effect) {
                tracing::error!("the configuration was not read again, all stays as it was: {error:#}");
            }
        })
    }

    fn again(&self, in_effect: &mut [Setting]) -> Result<()> {
        let config = Config::load(&self.sources)?;
        for (old, new) in in_effect.iter_mut().zip(config.settings()) {
            if old.key != new.key {
                bail!("the keys of the configuration changed while running");
            }
            if old.value == new.value {
                continue;
            }
            if new.key == "log.level" {
                self.level.set(&config.log)?;
                tracing::info!(level = config.log.level, "reloaded log.level");
                *old = new.clone();
            } else {
                tracing::warn!(key = new.key, "changed in the configuration, but takes effect at the next start only");
            }
        }
        Ok(())
    }
}
