//! What the rules remember of what people say, and how much of it is junk: LoCoMo's turns through the extractor.
//!
//! Two figures hold each other in check. *Evidence kept*: of the turns that answer the questions with one or several
//! answers in the talk (categories 1 and 4), how many left a memory; remembering everything would reach 1. *Lasting*: of
//! the candidates that were read and labelled by hand, how many tell something about the person that still means
//! something next month; remembering nothing would reach 1. Labels name a sentence by a hash: the data's licence allows
//! evaluation only, so its text never becomes part of the product.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Args;
use jarvis_core::{
    policy::memory_candidates::{self, Candidate},
    text::normalise,
};

use crate::{
    recall::locomo::{self, Turn},
    report::Report,
};

/// Candidates that were read: a hash, and whether it is worth remembering.
const LABELS: &str = include_str!("../data/locomo-memories.txt");

/// What to read.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// LoCoMo's file; without it nothing is measured.
    #[arg(long)]
    locomo: Option<PathBuf>,
    /// Print candidates without a label, with their hash, to be read and labelled; one in so many.
    #[arg(long, value_name = "N")]
    unlabelled: Option<usize>,
    /// Print JSON instead of a Markdown table.
    #[arg(long)]
    json: bool,
}

/// What was counted.
#[derive(Default)]
struct Counts {
    turns: usize,
    candidates: usize,
    turns_kept: usize,
    categories: BTreeMap<&'static str, usize>,
    slots: usize,
    labelled: usize,
    lasting: usize,
}

/// Runs the extractor over every turn.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut report = Report::default();
    match &options.locomo {
        Some(path) => measure(&mut report, path, options.unlabelled)?,
        None => report.row("LoCoMo, memories", "skipped: name its file with --locomo", ""),
    }
    report.print(options.json)
}

fn measure(report: &mut Report, path: &Path, unlabelled: Option<usize>) -> Result<()> {
    let labels = labels()?;
    let mut counts = Counts::default();
    let (mut evidence, mut kept_evidence, mut unread) = (0, 0, 0);
    for talk in locomo::turns(path)? {
        let mut kept: HashSet<&str> = HashSet::new();
        for Turn { id, text } in &talk.turns {
            counts.turns += 1;
            let found = memory_candidates::extract(text);
            if !found.is_empty() {
                kept.insert(id);
            }
            for candidate in found {
                counts.candidates += 1;
                counts.slots += usize::from(candidate.slot.is_some());
                *counts.categories.entry(candidate.category).or_default() += 1;
                let hash = hash(&candidate.content);
                if let Some(lasting) = labels.get(&hash) {
                    counts.labelled += 1;
                    counts.lasting += usize::from(*lasting);
                } else {
                    unread += 1;
                    if unlabelled.is_some_and(|every| unread % every.max(1) == 0) {
                        show(hash, &candidate);
                    }
                }
            }
        }
        counts.turns_kept += kept.len();
        evidence += talk.evidence.len();
        kept_evidence += talk.evidence.iter().filter(|turn| kept.contains(turn.as_str())).count();
    }
    tell(report, &counts, evidence, kept_evidence);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "it is asked for, to be read and labelled")]
fn show(hash: u64, candidate: &Candidate) {
    println!("{hash:016x} {} {}", candidate.category, candidate.content);
}

fn tell(report: &mut Report, counts: &Counts, evidence: usize, kept_evidence: usize) {
    let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    let per_100 = 100.0 * share(counts.candidates, counts.turns);
    let shown = format!("{} of {} turns, {per_100:.1} per 100", counts.candidates, counts.turns);
    report.row("LoCoMo, memory candidates", shown, "");
    let categories =
        counts.categories.iter().map(|(name, count)| format!("{name} {:.2}", share(*count, counts.candidates)));
    report.row("by category", categories.collect::<Vec<_>>().join(", "), "");
    report.row("with a slot", counts.slots.to_string(), "");
    let kept = share(kept_evidence, evidence);
    let by_chance = share(counts.turns_kept, counts.turns);
    let shown = format!("{kept:.3} of {evidence} turns ({by_chance:.3} of all turns are kept)");
    report.row("evidence of categories 1 and 4 kept", shown, "");
    let lasting = share(counts.lasting, counts.labelled);
    report.row("lasting", format!("{lasting:.3} of {} labelled candidates", counts.labelled), "");
}

/// Reads the labels: lines of a hash and `+` or `-`.
fn labels() -> Result<HashMap<u64, bool>> {
    let lines = LABELS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let label = |line: &str| {
        let (hash, sign) = line.split_once(' ').with_context(|| format!("no label in {line:?}"))?;
        Ok((u64::from_str_radix(hash, 16)?, sign == "+"))
    };
    lines.map(label).collect()
}

/// FNV-1a of the normalised sentence: the same in every build.
fn hash(sentence: &str) -> u64 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    normalise(sentence).bytes().fold(0xcbf2_9ce4_8422_2325, mix)
}
