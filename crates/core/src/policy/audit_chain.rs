//! The chain of the trail: what vouches for an entry, and whether a trail is whole.
//!
//! The hash of an entry is a SHA-256 over the hash of the one before and every field, each with its length, so that no two
//! entries are encoded alike. The detail goes in as a digest of its plaintext and a salt: neither another encryption key nor
//! the erasure of a person changes the chain.

use std::collections::HashSet;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    Scope, Timestamp,
    id::UserId,
    types::{AuditEntry, AuditHash, AuditHead, AuditRecord, RecordedDetail},
};

/// Acts after which what the trail tells of a person may be gone.
const ERASING: [&str; 2] = ["data.erase", "data.erase_requested"];
/// Persons whose erasure is to be found out about at most; more are told as a broken chain.
const MAX_UNEXPLAINED: usize = 100_000;

/// What vouches for a detail.
pub fn digest(salt: &[u8], detail: &str) -> AuditHash {
    let mut hasher = Sha256::new();
    hasher.update(b"jarvis audit detail 1\0");
    text(&mut hasher, salt);
    text(&mut hasher, detail.as_bytes());
    AuditHash(hasher.finalize().into())
}

/// An entry with its place in the chain, as it is to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Linked {
    /// Its number.
    pub seq: u64,
    /// Who did it.
    pub actor: Option<UserId>,
    /// What vouches for its detail.
    pub digest: AuditHash,
    /// The hash of the entry before.
    pub previous_hash: AuditHash,
    /// Its hash.
    pub hash: AuditHash,
}

/// The place of an entry of the scope's user, or of the system, behind `seq` entries of which the last has `previous_hash`.
pub fn link(seq: u64, previous_hash: AuditHash, scope: &Scope, entry: &AuditEntry) -> Linked {
    let actor = (!scope.is_system()).then(|| scope.user());
    let digest = digest(&entry.salt, entry.detail.as_str());
    let fields = Fields {
        seq: seq + 1,
        id: entry.id,
        at: entry.at,
        actor,
        subject: entry.subject,
        via: &entry.via,
        act: entry.act,
        object: &entry.object,
        digest,
    };
    Linked { seq: seq + 1, actor, digest, previous_hash, hash: fields.hash(previous_hash) }
}

/// The same for an entry that an older version has stored: its digest and its hash.
pub fn relink(previous_hash: AuditHash, record: &AuditRecord) -> Option<(AuditHash, AuditHash)> {
    let RecordedDetail::Told(detail, salt) = &record.detail else { return None };
    let digest = digest(salt, detail.as_str());
    Some((digest, Fields::of(record, digest).hash(previous_hash)))
}

/// Everything that the hash of an entry is made of, beside the hash before.
struct Fields<'a> {
    seq: u64,
    id: Uuid,
    at: Timestamp,
    actor: Option<UserId>,
    subject: Option<UserId>,
    via: &'a str,
    act: &'a str,
    object: &'a str,
    digest: AuditHash,
}

impl<'a> Fields<'a> {
    fn of(record: &'a AuditRecord, digest: AuditHash) -> Self {
        let AuditRecord { seq, id, at, actor, subject, via, act, object, .. } = record;
        Self { seq: *seq, id: *id, at: *at, actor: *actor, subject: *subject, via, act, object, digest }
    }

    fn hash(&self, previous: AuditHash) -> AuditHash {
        let mut hasher = Sha256::new();
        hasher.update(b"jarvis audit entry 1\0");
        hasher.update(previous.0);
        hasher.update(self.seq.to_be_bytes());
        hasher.update(self.id.as_bytes());
        hasher.update(self.at.as_micros().to_be_bytes());
        for person in [self.actor, self.subject] {
            text(&mut hasher, person.as_ref().map_or(&[], |id| id.as_uuid().as_bytes().as_slice()));
        }
        for field in [self.via, self.act, self.object] {
            text(&mut hasher, field.as_bytes());
        }
        hasher.update(self.digest.0);
        AuditHash(hasher.finalize().into())
    }
}

fn text(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update((bytes.len() as u64).to_be_bytes());
    hasher.update(bytes);
}

/// Where a trail is broken, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// The number of the first entry that is not as it was written, or is not there.
    pub seq: u64,
    /// The entry that stands there.
    pub id: Option<Uuid>,
    /// What is wrong.
    pub why: &'static str,
}

/// Looks at a trail, entry by entry in the order of their numbers.
#[derive(Debug)]
pub struct Verifier {
    seq: u64,
    previous: AuditHash,
    erased: HashSet<UserId>,
    unexplained: Vec<Gone>,
}

/// An entry without its detail, for which the erasure of nobody was found yet.
#[derive(Debug)]
struct Gone {
    seq: u64,
    id: Uuid,
    people: [Option<UserId>; 2],
}

impl Default for Verifier {
    fn default() -> Self {
        Self { seq: 0, previous: AuditHash::GENESIS, erased: HashSet::new(), unexplained: Vec::new() }
    }
}

impl Verifier {
    /// The number of the last entry that was looked at.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Looks at the next entry; none as long as the trail is whole.
    pub fn look(&mut self, record: &AuditRecord) -> Option<Break> {
        if record.seq != self.seq + 1 {
            return Some(Break { seq: self.seq + 1, id: None, why: "the entry with this number is not there" });
        }
        let broken = |why| Some(Break { seq: record.seq, id: Some(record.id), why });
        let (Some(digest_), Some(previous), Some(hash)) = (record.digest, record.previous_hash, record.hash) else {
            return broken("the entry is not chained");
        };
        if previous != self.previous {
            return broken("it does not follow the entry before: one of them was replaced");
        }
        if Fields::of(record, digest_).hash(previous) != hash {
            return broken("the entry was changed");
        }
        match &record.detail {
            RecordedDetail::Told(detail, salt) if digest(salt, detail.as_str()) != digest_ => {
                return broken("what the entry tells was changed");
            }
            RecordedDetail::Told(..) => {}
            RecordedDetail::Unreadable => return broken("what the entry tells cannot be read: it was changed"),
            RecordedDetail::Erased => {
                let people = [record.actor, record.subject];
                let known = self.unexplained.iter().any(|gone| gone.people == people);
                if !known && !self.explains(people) {
                    self.unexplained.push(Gone { seq: record.seq, id: record.id, people });
                }
            }
        }
        if ERASING.contains(&record.act.as_str()) {
            self.erased.extend(record.subject.or(record.actor));
            let erased = &self.erased;
            self.unexplained.retain(|gone| !gone.people.iter().flatten().any(|one| erased.contains(one)));
        }
        if self.unexplained.len() > MAX_UNEXPLAINED {
            return self.unexplained_break();
        }
        (self.seq, self.previous) = (record.seq, hash);
        None
    }

    /// Whether the trail ends where its head says, after the last entry.
    pub fn end(&self, head: AuditHead) -> Option<Break> {
        if self.seq < head.seq {
            return Some(Break { seq: self.seq + 1, id: None, why: "the newest entries are not there" });
        }
        if self.seq > head.seq || head.hash != Some(self.previous) {
            return Some(Break { seq: head.seq, id: None, why: "the head of the trail names another newest entry" });
        }
        self.unexplained_break()
    }

    fn explains(&self, people: [Option<UserId>; 2]) -> bool {
        people.iter().flatten().any(|one| self.erased.contains(one))
    }

    fn unexplained_break(&self) -> Option<Break> {
        let Gone { seq, id, .. } = self.unexplained.first()?;
        let why = "what the entry told is gone, but the trail tells of no erasure of whom it concerns";
        Some(Break { seq: *seq, id: Some(*id), why })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Json;

    fn person(number: u128) -> UserId {
        UserId::from(Uuid::from_u128(number))
    }

    /// A whole trail of five acts of person 1, the last of which erases person 2.
    fn trail() -> Vec<AuditRecord> {
        let (mut seq, mut previous, mut records) = (0, AuditHash::GENESIS, Vec::new());
        for (act, subject) in
            [("a", None), ("b", Some(person(2))), ("c", Some(person(2))), ("d", None), ("data.erase", Some(person(2)))]
        {
            let entry = AuditEntry {
                id: Uuid::from_u128(100 + u128::from(seq)),
                at: Timestamp::from_micros(seq as i64),
                via: "v".into(),
                act,
                object: "o".into(),
                subject,
                detail: Json::encode(&seq).unwrap(),
                salt: [seq as u8; 16],
            };
            let linked = link(seq, previous, &Scope::of(person(1)), &entry);
            records.push(AuditRecord {
                seq: linked.seq,
                id: entry.id,
                at: entry.at,
                actor: linked.actor,
                actor_name: None,
                subject_name: None,
                via: entry.via,
                act: act.to_owned(),
                object: entry.object,
                subject,
                detail: RecordedDetail::Told(entry.detail, entry.salt.to_vec()),
                digest: Some(linked.digest),
                previous_hash: Some(linked.previous_hash),
                hash: Some(linked.hash),
            });
            (seq, previous) = (linked.seq, linked.hash);
        }
        records
    }

    fn head_of(records: &[AuditRecord]) -> AuditHead {
        records.last().map_or_else(AuditHead::default, |last| AuditHead { seq: last.seq, hash: last.hash })
    }

    fn verdict(records: &[AuditRecord], head: AuditHead) -> Option<u64> {
        let mut verifier = Verifier::default();
        let broken = records.iter().find_map(|record| verifier.look(record));
        broken.or_else(|| verifier.end(head)).map(|broken| broken.seq)
    }

    #[test]
    fn a_trail_as_it_was_written_is_whole() {
        assert_eq!(verdict(&trail(), head_of(&trail())), None);
        assert_eq!(verdict(&[], AuditHead::default()), None);
    }

    #[test]
    fn every_change_of_an_entry_is_found_at_that_entry() {
        type Tamper = fn(&mut AuditRecord);
        let changes: [Tamper; 12] = [
            |record| record.id = Uuid::from_u128(1),
            |record| record.at = Timestamp::from_micros(99),
            |record| record.actor = None,
            |record| record.subject = None,
            |record| record.via.push('x'),
            // the same bytes, divided otherwise
            |record| (record.act, record.object) = ("bo".into(), String::new()),
            |record| record.object.clear(),
            |record| record.detail = RecordedDetail::Told(Json::encode(&99).unwrap(), vec![1; 16]),
            |record| record.detail = RecordedDetail::Told(record.detail.told().unwrap().clone(), vec![0; 16]),
            |record| record.detail = RecordedDetail::Unreadable,
            |record| record.digest = Some(AuditHash::GENESIS),
            |record| record.hash = None,
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut records = trail();
            change(&mut records[1]);
            assert_eq!(verdict(&records, head_of(&trail())), Some(2), "change {number}");
        }
    }

    #[test]
    fn what_is_removed_added_or_put_elsewhere_is_found() {
        let (whole, head) = (trail(), head_of(&trail()));
        let mut removed = whole.clone();
        removed.remove(2);
        assert_eq!(verdict(&removed, head), Some(3));
        for record in &mut removed[2..] {
            record.seq -= 1;
        }
        assert_eq!(verdict(&removed, head), Some(3), "numbered anew");
        let mut added = whole.clone();
        added.insert(2, whole[1].clone());
        assert_eq!(verdict(&added, head), Some(3));
        let mut swapped = whole.clone();
        swapped.swap(1, 2);
        assert_eq!(verdict(&swapped, head), Some(2));
        (swapped[1].seq, swapped[2].seq) = (2, 3);
        assert_eq!(verdict(&swapped, head), Some(2), "numbered anew");
        assert_eq!(verdict(&whole[..4], head), Some(5), "the end was cut off");
        assert_eq!(verdict(&[], head), Some(1));
        let shorter = AuditHead { seq: 5, hash: whole[3].hash };
        assert_eq!(verdict(&whole, shorter), Some(5), "the head names another entry");
    }

    #[test]
    fn a_detail_may_be_gone_with_an_erased_person_and_not_otherwise() {
        let mut records = trail();
        records[1].detail = RecordedDetail::Erased;
        records[2].detail = RecordedDetail::Erased;
        assert_eq!(verdict(&records, head_of(&records)), None);
        records[3].detail = RecordedDetail::Erased;
        assert_eq!(verdict(&records, head_of(&records)), Some(4), "it concerns nobody who was erased");
    }
}
