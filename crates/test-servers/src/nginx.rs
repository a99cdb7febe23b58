//! An nginx of one's own.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder};
use std::io::{self, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use crate::home::{Home, User};
use crate::port;
use crate::process::{Process, command, run};

/// Where it would keep bodies on the machine, and keeps them here.
const KEPT: [&str; 5] =
    ["client_body_temp_path", "proxy_temp_path", "fastcgi_temp_path", "uwsgi_temp_path", "scgi_temp_path"];

/// A running reverse proxy; ended with the value.
#[derive(Debug)]
pub struct Nginx {
    _process: Process,
    port: u16,
    _home: Home,
}

impl Nginx {
    /// Whether there is one on this machine.
    pub fn is_installed() -> bool {
        run(std::process::Command::new(Self::program()).arg("-v")).is_ok()
    }

    /// Starts one with the configuration that is made for a port; an error when nginx finds fault with it.
    pub fn start(configuration: impl Fn(u16) -> String) -> io::Result<Self> {
        port::with_port(|port| Self::on(port, &configuration(port)))
    }

    fn on(port: u16, configuration: &str) -> io::Result<Self> {
        let home = Home::new("nginx", User::instead_of_root()?)?;
        let file = home.path().join("nginx.conf");
        let kept: Vec<String> = KEPT.iter().map(|name| format!("{name} {name};")).collect();
        let configuration = configuration.replacen("http {", &format!("http {{ {}", kept.join(" ")), 1);
        fs::File::create(&file)?.write_all(configuration.as_bytes())?;
        for name in KEPT {
            let place = home.path().join(name);
            DirBuilder::new().mode(0o700).create(&place)?;
            home.give(&place)?;
        }
        let globals = format!("daemon off; pid {}; error_log stderr;", home.path().join("pid").display());
        let prefix = format!("{}/", home.path().display());
        let file = file.to_string_lossy();
        let arguments = ["-p", &prefix, "-e", "stderr", "-c", &file, "-g", &globals].map(OsStr::new);
        run(command(&home, Self::program()).arg("-t").args(arguments))?;
        let mut process = Process::start(&home, "TERM", Self::program(), &arguments)?;
        process.wait_until(&home, || TcpStream::connect(("127.0.0.1", port)))?;
        Ok(Self { _process: process, port, _home: home })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The programs' place is not on every user's path.
    fn program() -> &'static OsStr {
        ["/usr/sbin/nginx", "/usr/local/sbin/nginx"]
            .into_iter()
            .find(|place| Path::new(place).is_file())
            .map_or(OsStr::new("nginx"), OsStr::new)
    }
}
