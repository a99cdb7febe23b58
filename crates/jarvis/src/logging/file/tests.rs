use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use tempfile::TempDir;

use super::*;

const HOUR: Duration = Duration::from_hours(1);

/// Moved by hand.
#[derive(Debug)]
struct Hand(AtomicI64);

impl Hand {
    fn set(&self, at: Timestamp) {
        self.0.store(at.as_micros(), Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

struct Case {
    dir: TempDir,
    clock: Arc<Hand>,
    options: LogFile,
}

impl Case {
    fn new(max_bytes: Option<u64>, period: Option<Duration>, keep: usize) -> Self {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("jarvis.log");
        let clock = Arc::new(Hand(AtomicI64::new(1_800_000_000_000_000)));
        Self { dir, clock, options: LogFile { path, max_bytes, period, keep } }
    }

    fn open(&self) -> RotatedFile {
        RotatedFile::open(&self.options, Arc::clone(&self.clock) as Arc<dyn Clock>).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    /// Every line of every file, oldest first.
    fn lines(&self) -> Vec<String> {
        let (now, older): (Vec<_>, Vec<_>) = self.names().into_iter().partition(|name| name == "jarvis.log");
        let texts = older.iter().chain(&now).map(|name| fs::read_to_string(self.dir.path().join(name)).unwrap());
        texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
    }
}

fn say(mut file: &RotatedFile, number: u32) {
    file.write_all(format!("line {number}\n").as_bytes()).unwrap();
}

#[test]
fn no_line_is_lost_or_divided_when_the_file_begins_anew() {
    let case = Case::new(Some(50), None, 100);
    let file = case.open();
    (0..200).for_each(|number| say(&file, number));
    assert_eq!(case.lines(), (0..200).map(|number| format!("line {number}")).collect::<Vec<_>>());
    let names = case.names();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(fs::metadata(case.dir.path().join(&name)).unwrap().len() <= 50, "{name}");
    }
}

#[test]
fn writers_at_once_lose_nothing() {
    let case = Case::new(Some(300), None, 1_000);
    let file = case.open();
    std::thread::scope(|threads| {
        for thread in 0..4 {
            let file = &file;
            threads.spawn(move || (0..100).for_each(|number| say(file, thread * 1_000 + number)));
        }
    });
    let mut lines = case.lines();
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), 400);
}

#[test]
fn only_so_many_are_kept_and_nobody_elses_file_is_touched() {
    let case = Case::new(Some(10), None, 2);
    let others = ["jarvis.log.1", "jarvis.log.20261122T082700Z.gz", "jarvis.log.old", "other.log"];
    for name in others {
        File::create(case.dir.path().join(name)).unwrap();
    }
    let file = case.open();
    (0..10).for_each(|number| say(&file, number));
    let names = case.names();
    assert!(others.iter().all(|name| names.iter().any(|there| there == name)), "{names:?}");
    assert_eq!(names.len(), others.len() + 3, "{names:?}");
    let last = fs::read_to_string(&case.options.path).unwrap();
    assert_eq!(last, "line 9\n", "what is removed is the oldest");
}

#[test]
fn a_file_of_an_earlier_period_is_set_aside_also_after_a_restart() {
    let case = Case::new(None, Some(HOUR), 10);
    let file = case.open();
    say(&file, 1);
    case.clock.set(case.clock.now().plus(HOUR));
    say(&file, 2);
    assert_eq!(case.names().len(), 2);
    // the file says by itself when it was written; the clock of the test is not that of the file system
    drop(file);
    let written = fs::metadata(&case.options.path).unwrap().modified().unwrap();
    let written = written.duration_since(UNIX_EPOCH).unwrap();
    case.clock.set(Timestamp::from_micros(written.as_micros() as i64).plus(HOUR * 2));
    say(&case.open(), 3);
    assert_eq!(case.names().len(), 3);
    assert_eq!(case.lines().len(), 3);
}

#[test]
fn whoever_moves_the_file_has_it_opened_again() {
    let case = Case::new(None, None, 10);
    let file = case.open();
    say(&file, 1);
    let moved = case.dir.path().join("moved");
    fs::rename(&case.options.path, &moved).unwrap();
    say(&file, 2);
    file.reopen();
    say(&file, 3);
    assert_eq!(fs::read_to_string(moved).unwrap(), "line 1\nline 2\n");
    assert_eq!(fs::read_to_string(&case.options.path).unwrap(), "line 3\n");
}

#[test]
fn what_a_crash_left_between_the_two_steps_is_gone_on_with() {
    let case = Case::new(Some(50), None, 10);
    say(&case.open(), 1);
    // renamed, and the new one not opened yet
    fs::rename(&case.options.path, free_name(&case.options.path, case.clock.now())).unwrap();
    say(&case.open(), 2);
    assert_eq!(case.lines(), ["line 1", "line 2"]);
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt;
    let case = Case::new(None, None, 1);
    say(&case.open(), 1);
    assert_eq!(fs::metadata(&case.options.path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_stops_nobody() {
    let mut case = Case::new(None, None, 1);
    case.options.path = PathBuf::from("/dev/full");
    let file = case.open();
    say(&file, 1);
    say(&file, 2);
    assert!(file.state().is_failing);
}
