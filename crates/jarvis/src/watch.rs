//! Notices that files of the configuration change.
//!
//! They are looked at every second instead of being watched by the operating system: a few looks cost nothing, and they
//! see what watching misses or sees halfway, such as a link that is turned to another directory, a file system of another
//! machine, an editor that removes a file and writes another one.

use std::{fs, path::PathBuf, time::Duration};

use jarvis_engine::Actor;
use tokio_util::sync::CancellationToken;

use crate::reload::Reloader;

/// How often files are looked at; what changed is read when it has stood still for as long.
const LOOK: Duration = Duration::from_secs(1);

/// What is seen of files without reading them.
type Seen = Vec<Option<(std::time::SystemTime, u64)>>;

/// Files that are read when they have changed.
struct Watched {
    /// As they were when they were read.
    read: Seen,
    /// As they were last.
    last: Seen,
}

impl Watched {
    fn new(now: Seen) -> Self {
        Self { read: now.clone(), last: now }
    }

    /// Whether they are to be read: they changed, and then stood still.
    fn is_due(&mut self, now: Seen) -> bool {
        let is_due = now == self.last && now != self.read;
        if is_due {
            self.read.clone_from(&now);
        }
        self.last = now;
        is_due
    }
}

/// Reloads what changes until `stop`.
pub(crate) async fn watch(reloader: Reloader, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut watched: Option<(Watched, Watched)> = None;
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let (reloader, before) = (reloader.clone(), watched.take());
        // files may be slow, and reading the configuration is work
        let looked = tokio::task::spawn_blocking(move || look(&reloader, before)).await;
        watched = looked.ok();
    }
}

fn look(reloader: &Reloader, watched: Option<(Watched, Watched)>) -> (Watched, Watched) {
    let (config, certificate) = (see(config_files(reloader)), see(certificate_files(reloader)));
    let Some((mut known_config, mut known_certificate)) = watched else {
        return (Watched::new(config), Watched::new(certificate));
    };
    // what is wrong was logged; it is read again when it changes again
    if known_config.is_due(config) {
        let _ = reloader.all(Actor::system());
    }
    if known_certificate.is_due(certificate) {
        reloader.certificate_alone();
    }
    (known_config, known_certificate)
}

fn config_files(reloader: &Reloader) -> Vec<PathBuf> {
    let sources = reloader.sources();
    // one that cannot be told is none: reading would say why
    let file = sources.file().ok().flatten();
    file.into_iter().chain([sources.working_dir.join(".env")]).collect()
}

fn certificate_files(reloader: &Reloader) -> Vec<PathBuf> {
    reloader.certificate().map(|files| vec![files.cert, files.key]).unwrap_or_default()
}

fn see(files: Vec<PathBuf>) -> Seen {
    let of = |path: PathBuf| {
        let metadata = fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    files.into_iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_read_once_and_when_it_stands_still() {
        let at = |len: u64| vec![Some((std::time::UNIX_EPOCH, len))];
        let mut watched = Watched::new(at(1));
        let due: Vec<bool> = [1, 2, 3, 3, 3, 4, 4, 1, 1].into_iter().map(|len| watched.is_due(at(len))).collect();
        assert_eq!(due, [false, false, false, true, false, false, true, false, true]);
        assert!(!watched.is_due(vec![None]), "a file that is just being replaced");
        assert!(!watched.is_due(at(1)), "and stands there as before");
    }
}
