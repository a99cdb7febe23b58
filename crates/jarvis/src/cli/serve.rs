use std::{
    io::IsTerminal,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use clap::Args;
use jarvis_engine::{Actor, Engine};
use jarvis_host::{Config, Flags, Owner, Services, Sources, fs, note_move};
use jarvis_server::{
    ConnectionLimits, Listening, Metrics, Readiness, ServerOptions, Settings, SocketOptions, Tls, TlsIdentity,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Place;
use crate::{
    descriptors, lifecycle,
    logging::{self, Logging},
    output,
    reload::{self, InEffect, Reloader},
    watch,
};

/// What the last traces are given when requests took all of the time to stop.
const LAST_TRACES: Duration = Duration::from_millis(500);

/// Serve the HTTP API until told to stop
///
/// When it is ready, one line on standard output names the address. SIGTERM or Ctrl-C stops it in order, a second one at
/// once; SIGHUP opens the log file again and reads the configuration again, as does a change of its files.
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
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        if let Some(workers) = config.server.workers {
            runtime.worker_threads(workers);
        }
        let runtime = runtime.enable_all().build().context("the threads of the runtime do not start")?;
        runtime.block_on(serve(config, sources))?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn serve(config: Config, sources: Sources) -> Result<()> {
    // Before anything is opened: what is counted earlier is lost.
    let metrics = jarvis_server::install_metrics()?;
    let logging = logging::for_server(&config.log, &config.traces)?;
    for notice in &config.notices {
        tracing::warn!("{notice}");
    }
    // The owner comes first: a second server should hear who runs, not that a port is taken.
    let owner = Owner::acquire(&config.data_dir)?.or_refused()?;
    let tls =
        config.server.tls.as_ref().map(|files| TlsIdentity::load(&files.cert, &files.key)).transpose()?.map(Tls::new);
    let listener = listen(&config).await?;
    let address = listener.local_addr()?;
    let mut services = Services::open_owned(&config, owner).await?;
    let (stop, readiness) = (CancellationToken::new(), Readiness::starting());
    let settings = Settings::new(reload::policy(&config));
    let in_effect = Mutex::new(InEffect::new(&config, &sources));
    let reloader = Reloader::new(reload::Parts {
        sources,
        logging: logging.clone(),
        settings: settings.clone(),
        models: services.models(),
        tls: tls.clone(),
        engine: Arc::clone(&services.engine),
        in_effect,
    });
    let options = options(&config, &services, &settings, &reloader, metrics);
    let drain = config.server.shutdown_timeout;
    let router = jarvis_server::router(Arc::clone(&services.engine), options, readiness.clone());
    let serve = |listening| {
        tokio::spawn(jarvis_server::serve(listening, router.clone(), readiness.clone(), stop.clone(), drain))
    };
    let scheme = if tls.is_some() { "https" } else { "http" };
    let (local_address, local) = match &tls {
        Some(_) => {
            let (address, listener) = local_door().await?;
            (address, Some(serve(Listening::from(listener))))
        }
        None => (reachable(address), None),
    };
    let serving = serve(Listening { listener, tls, limits: connection_limits(&config), settings: Some(settings) });
    let base = config.server.base_path.clone();
    services.publish(local_address, format!("{scheme}://{}{base}", reachable(address)))?;
    services.engine.forget_other_models();
    note_any_move(&config, &services).await;
    reload_on_signals(&reloader, stop.clone())?;
    tokio::spawn(watch::watch(reloader, stop.clone()));
    readiness.set_ready();
    tell_how_to_set_up(&config, &services).await?;
    tokio::spawn(forget_setup_token(config.data_dir.setup_token_file(), Arc::clone(&services.engine), stop.clone()));
    output::print(|out| writeln!(out, "jarvis ready: {scheme}://{address}{base}"))?;
    tracing::info!(%address, data_dir = %config.data_dir.path().display(), "serving");
    stop.cancelled().await;
    let begun = Instant::now();
    for serving in [Some(serving), local].into_iter().flatten() {
        serving.await.context("the accept loop ended badly")??;
    }
    end(services, logging, drain.saturating_sub(begun.elapsed())).await?;
    tracing::info!(elapsed_ms = begun.elapsed().as_millis(), "stopped");
    Ok(())
}

/// Has the trail say that the store was moved, when it was.
async fn note_any_move(config: &Config, services: &Services) {
    if let Err(error) = note_move(&config.data_dir, &services.engine).await {
        tracing::warn!(?error, "that the store was moved could not be noted in the trail; the next start tries again");
    }
}

/// Lets go of everything in `left`, once no connection is open.
async fn end(services: Services, logging: Logging, left: Duration) -> Result<()> {
    let begun = Instant::now();
    if !services.close(left).await? {
        tracing::warn!("work still ran when the time to stop was over; it was cut, nothing acknowledged is lost");
    }
    logging.close(left.saturating_sub(begun.elapsed()).max(LAST_TRACES)).await;
    Ok(())
}

fn options(
    config: &Config,
    services: &Services,
    settings: &Settings,
    reloader: &Reloader,
    metrics: Metrics,
) -> ServerOptions {
    ServerOptions {
        request_timeout: config.server.request_timeout,
        settings: settings.clone(),
        limiter: Some(services.limiter()),
        base_path: config.server.base_path.clone(),
        body_patience: config.limits.stall_timeout,
        reload: Some(Arc::new(reloader.clone())),
        admin_token: Some(services.admin_token().reveal().to_owned()),
        sockets: SocketOptions { max: descriptors::max_sockets(), ..SocketOptions::default() },
        metrics,
    }
}

fn connection_limits(config: &Config) -> ConnectionLimits {
    let limits = &config.limits;
    ConnectionLimits {
        max: limits.max_connections,
        per_address: limits.connections_per_address,
        head_timeout: limits.head_timeout,
        stall_timeout: limits.stall_timeout,
    }
}

/// Where commands of this machine ask a server that speaks TLS to everybody else: they would have to trust its
/// certificate, which names no loopback address and may have expired.
async fn local_door() -> Result<(SocketAddr, TcpListener)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.context("cannot listen on 127.0.0.1 for the commands of this machine")?;
    Ok((listener.local_addr()?, listener))
}

/// An address that leads to one on which all are listened on.
fn reachable(address: SocketAddr) -> SocketAddr {
    let loopback: IpAddr = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(loopback, address.port())
}

fn reload_on_signals(reloader: &Reloader, stop: CancellationToken) -> Result<()> {
    let reloader = reloader.clone();
    lifecycle::watch(stop, move || {
        let reloader = reloader.clone();
        drop(tokio::task::spawn_blocking(move || {
            reloader.reopen_log();
            // what is wrong was logged
            drop(reloader.all(Actor::system()));
        }));
    })
}

/// Where nobody administers yet, says how somebody does. The token itself is for the eyes in front of a terminal, not for a log.
async fn tell_how_to_set_up(config: &Config, services: &Services) -> Result<()> {
    let accounts = &services.engine.accounts;
    if !accounts.are_required() && accounts.exist().await? {
        tracing::warn!(
            "there are accounts here, but AUTH_MODE is open: whoever reaches this server is trusted as the local user, without a \
             password; set AUTH_MODE=required to have everybody log in"
        );
    }
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

/// Once somebody administers, the token that makes its bearer the first administrator is good for nothing.
async fn forget_setup_token(file: PathBuf, engine: Arc<Engine>, stop: CancellationToken) {
    let forgotten = async {
        engine.accounts.until_set_up().await?;
        fs::remove(&file)
    };
    if let Some(Err(error)) = stop.run_until_cancelled(forgotten).await {
        tracing::warn!(?error, "the setup token was not removed; the next start tries again");
    }
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
