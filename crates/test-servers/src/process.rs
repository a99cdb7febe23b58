//! A server's process, which never outlives the one that started it.

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::home::Home;

/// How long a server may take to be ready, or to end: far longer than any does that works.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waits for our end: its standard input closes then, even after SIGKILL. A line means that there is nothing to do.
const WATCHER: &str = r#"trap '' INT TERM HUP
read -r done && exit
kill -s CONT "$1"; kill -s "$2" "$1"
for i in $(seq 100); do kill -s 0 "$1" || break; sleep 0.05; done
rm -rf "$3""#;

#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    watcher: Child,
    /// The signal that ends it at once, leaving nothing behind.
    end: &'static str,
}

impl Process {
    /// Starts the program; its output goes to the home's log.
    pub(crate) fn start(
        home: &Home,
        end: &'static str,
        program: &OsStr,
        arguments: &[impl AsRef<OsStr>],
    ) -> io::Result<Self> {
        let mut child = command(home, program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(home.log()?)
            .stderr(home.log()?)
            .spawn()
            .map_err(|error| io::Error::new(error.kind(), format!("cannot start {}: {error}", program.display())))?;
        let watcher = command(home, OsStr::new("sh"))
            .args(["-c", WATCHER, "watcher", &child.id().to_string(), end])
            .arg(home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match watcher {
            Ok(watcher) => Ok(Self { child, watcher, end }),
            Err(error) => {
                child.kill()?;
                child.wait()?;
                Err(error)
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `attempt` succeeds; an error when the process ends before that.
    pub(crate) fn wait_until<T>(&mut self, home: &Home, attempt: impl Fn() -> io::Result<T>) -> io::Result<T> {
        let begun = Instant::now();
        loop {
            let error = match attempt() {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if let Some(status) = self.child.try_wait()? {
                return Err(io::Error::other(format!("the server ended ({status}):\n{}", home.end_of_log())));
            }
            if begun.elapsed() > PATIENCE {
                return Err(io::Error::other(format!("the server is not ready: {error}\n{}", home.end_of_log())));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn signal(&self, name: &str) -> io::Result<()> {
        let sent = Command::new("kill").args(["-s", name, &self.pid().to_string()]).output()?;
        if sent.status.success() { Ok(()) } else { Err(io::Error::other(String::from_utf8_lossy(&sent.stderr))) }
    }

    /// Sends the signal and waits for the end.
    pub(crate) fn end(&mut self, signal: &str) -> io::Result<ExitStatus> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        self.signal(signal)?;
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if begun.elapsed() > PATIENCE {
                self.child.kill()?;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // one that is stopped takes no other signal; one that has ended takes none at all
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.signal("CONT");
            let _ = self.end(self.end);
        }
        if let Some(mut stdin) = self.watcher.stdin.take() {
            let _ = stdin.write_all(b"done\n");
        }
        let _ = self.watcher.wait();
    }
}

/// The program as the home's user, in a group of its own: Ctrl-C at a terminal is for us, and we end it.
pub(crate) fn command(home: &Home, program: &OsStr) -> Command {
    let mut command = Command::new(program);
    command.current_dir(home.path()).process_group(0);
    if let Some(user) = home.user() {
        command.uid(user.id).gid(user.group);
    }
    command
}

/// Runs a tool to its end; its output, or an error with what it told.
pub(crate) fn run(command: &mut Command) -> io::Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| io::Error::new(error.kind(), format!("cannot start {program}: {error}")))?;
    let told = |bytes| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(told(&output.stdout));
    }
    Err(io::Error::other(format!("{program} failed: {}{}", told(&output.stdout), told(&output.stderr))))
}
