//! Real servers, each with a directory and a port of its own.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::Duration,
};

use tempfile::TempDir;

/// Whether there is a Redis to be started; without it, tests say so and end.
pub(super) fn is_installed() -> bool {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    *INSTALLED.get_or_init(|| {
        let found = Command::new("redis-server").arg("--version").output().is_ok_and(|output| output.status.success());
        assert!(found || std::env::var_os("CI").is_none(), "redis-server is not installed");
        if !found {
            println!("SKIPPED: redis-server is not installed");
        }
        found
    })
}

/// A running process of `redis-server`.
pub(super) struct Server {
    child: Child,
    dir: TempDir,
    pub(super) port: u16,
    settings: Vec<String>,
}

impl Server {
    /// Starts one, with more settings as on the command line.
    pub(super) fn start(settings: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = free_port();
        let settings: Vec<String> = settings.iter().map(|&setting| setting.to_owned()).collect();
        let child = spawn(&dir, port, &settings);
        let server = Self { child, dir, port, settings };
        server.wait();
        server
    }

    /// A sentinel that watches a master named `main`.
    pub(super) fn sentinel(master: u16) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = free_port();
        let text = format!(
            "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor main 127.0.0.1 {master} 2\n\
             sentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 4000\n",
            dir.path().display()
        );
        File::create(dir.path().join("sentinel.conf")).unwrap().write_all(text.as_bytes()).unwrap();
        let settings = vec!["--sentinel".to_owned()];
        let child = spawn(&dir, port, &settings);
        let server = Self { child, dir, port, settings };
        server.wait();
        server
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Without a chance to say goodbye.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// On the same port, from the same directory.
    pub(super) fn start_again(&mut self) {
        self.child = spawn(&self.dir, self.port, &self.settings);
        self.wait();
    }

    /// Sends a signal by its name.
    pub(super) fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
    }

    /// What `redis-cli` answers.
    pub(super) fn cli(&self, arguments: &[&str]) -> String {
        let output = Command::new("redis-cli")
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        text
    }

    /// Until a command's answer contains a text.
    pub(super) fn until(&self, arguments: &[&str], expected: &str) {
        patiently(&format!("{arguments:?} says {expected}"), || self.cli(arguments).contains(expected));
    }

    fn wait(&self) {
        patiently("the server answers", || {
            let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
            let mut answer = [0; 5];
            stream.write_all(b"PING\r\n").is_ok() && stream.read_exact(&mut answer).is_ok() && &answer == b"+PONG"
        });
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Blocks until something holds; it must within a minute.
pub(super) fn patiently(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..1_200 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("in vain: {what}");
}

fn spawn(dir: &TempDir, port: u16, settings: &[String]) -> Child {
    let log = File::options().create(true).append(true).open(dir.path().join("log")).unwrap();
    let mut command = Command::new("redis-server");
    if settings.iter().any(|setting| setting == "--sentinel") {
        command.arg(dir.path().join("sentinel.conf")).arg("--sentinel");
    } else {
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.arg("--dir").arg(dir.path()).args(settings);
    }
    command.stdin(Stdio::null()).stdout(log).stderr(Stdio::null()).spawn().unwrap()
}

/// One whose neighbour 10 000 further, which nodes of a cluster use among themselves, is a port too.
fn free_port() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if port <= 55_000 && TcpListener::bind(("127.0.0.1", port + 10_000)).is_ok() {
            return port;
        }
    }
}

/// Three masters, each with a replica.
pub(super) struct Cluster(pub(super) Vec<Server>);

impl Cluster {
    pub(super) fn start() -> Self {
        let settings = [
            "--cluster-enabled",
            "yes",
            "--cluster-node-timeout",
            "2000",
            "--repl-diskless-sync-delay",
            "0",
            "--cluster-require-full-coverage",
            "no",
        ];
        let servers: Vec<Server> = (0..6).map(|_| Server::start(&settings)).collect();
        let addresses: Vec<String> = servers.iter().map(|server| format!("127.0.0.1:{}", server.port)).collect();
        let mut create = vec!["--cluster", "create"];
        create.extend(addresses.iter().map(String::as_str));
        create.extend(["--cluster-replicas", "1", "--cluster-yes"]);
        servers[0].cli(&create);
        for server in &servers {
            server.until(&["cluster", "info"], "cluster_state:ok");
            if server.cli(&["role"]).starts_with("slave") {
                server.until(&["info", "replication"], "master_link_status:up");
            }
        }
        Self(servers)
    }

    pub(super) fn url(&self) -> String {
        let hosts: Vec<String> = self.0.iter().map(|server| format!("127.0.0.1:{}", server.port)).collect();
        format!("redis+cluster://{}", hosts.join(","))
    }

    pub(super) fn masters(&self) -> Vec<usize> {
        (0..self.0.len()).filter(|&index| self.0[index].cli(&["role"]).starts_with("master")).collect()
    }
}

/// A master, a replica, and three sentinels.
pub(super) struct Watched {
    pub(super) master: Server,
    pub(super) replica: Server,
    pub(super) sentinels: Vec<Server>,
}

impl Watched {
    pub(super) fn start() -> Self {
        let master = Server::start(&["--repl-diskless-sync-delay", "0"]);
        let replica = Server::start(&["--replicaof", "127.0.0.1", &master.port.to_string()]);
        replica.until(&["info", "replication"], "master_link_status:up");
        let sentinels: Vec<Server> = (0..3).map(|_| Server::sentinel(master.port)).collect();
        for sentinel in &sentinels {
            sentinel.until(&["sentinel", "master", "main"], "num-other-sentinels\n2\n");
            sentinel.until(&["sentinel", "master", "main"], "num-slaves\n1\n");
        }
        Self { master, replica, sentinels }
    }

    pub(super) fn url(&self) -> String {
        let hosts: Vec<String> = self.sentinels.iter().map(|server| format!("127.0.0.1:{}", server.port)).collect();
        format!("redis+sentinel://{}/main", hosts.join(","))
    }
}
