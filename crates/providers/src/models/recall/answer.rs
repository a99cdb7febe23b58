//! Puts an answer together from what memory found.

use jarvis_core::{
    Timestamp,
    policy::memory_candidates::{self, Candidate},
    ports::{ModelRequest, Recalled},
    text,
    types::Role,
};

use super::{
    excerpt::excerpt,
    wording::{self, Wording},
};

/// Texts quoted at most: more is read by nobody.
const MAX_QUOTES: usize = 5;

/// The whole answer, in the language of what the person said last.
pub(super) fn compose(request: &ModelRequest) -> String {
    let said = request.messages.iter().rfind(|message| message.role == Role::User);
    let said = said.map_or("", |message| message.content.as_str());
    let wording = wording::of(text::detect(said));

    if !memory_candidates::to_forget(said).is_empty() {
        return wording.forgetting.to_owned();
    }
    let stated = memory_candidates::extract(said);
    let mut parts = Vec::new();
    parts.extend(noted(&stated, wording));
    // what was just corrected is not quoted as if it still held
    let told: Vec<_> = stated.iter().filter_map(|candidate| candidate.slot.as_ref()).map(|slot| &slot.key).collect();
    let is_corrected =
        |recalled: &&Recalled| memory_candidates::slot(&recalled.content).is_some_and(|slot| told.contains(&&slot.key));
    let quotes = request.recalled.iter().filter(|recalled| !is_corrected(recalled)).take(MAX_QUOTES);
    let quotes: Vec<_> = quotes.map(|recalled| quote(recalled, said, request.now, wording)).collect();
    if !quotes.is_empty() {
        parts.push(format!("{}\n\n{}", wording.from_memory, quotes.join("\n")));
    }
    if parts.is_empty() {
        return wording.nothing_known.to_owned();
    }
    parts.join("\n\n")
}

/// Says what was understood as a statement, so that the person sees what will be remembered.
fn noted(stated: &[Candidate], wording: &Wording) -> Option<String> {
    let quoted: Vec<_> = stated.iter().map(|candidate| wording.quoted(&one_line(&candidate.content))).collect();
    (!quoted.is_empty()).then(|| format!("{} {}", wording.noted, quoted.join(", ")))
}

/// One line of the list.
fn quote(recalled: &Recalled, said: &str, now: Timestamp, wording: &Wording) -> String {
    let text = wording.quoted(&excerpt(&one_line(&recalled.content), said));
    let when = wording.when(recalled.created_at, now);
    match recalled.role {
        None => format!("- {} {when}{} {text}", wording.remembered, wording.colon),
        Some(role) => format!("- {}, {when}{} {text}", wording.speaker(role), wording.colon),
    }
}

/// A newline inside a quote would end its list item.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
