use super::*;
use jarvis_core::ports::PlainSealer;
use proptest::prelude::*;

const COLUMN: &str = "messages.content";

fn key(letter: char) -> MasterKey {
    MasterKey::parse(&letter.to_string().repeat(32)).unwrap()
}

fn secret() -> StoreSecret {
    StoreSecret::from_text("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap()
}

fn sealer(keys: &[char], phase: SealingPhase) -> KeyedSealer {
    let sealer = KeyedSealer::new(&keys.iter().copied().map(key).collect::<Vec<_>>());
    sealer.unlock(&secret(), phase);
    sealer
}

fn text(cell: &Cell) -> SealedCell<'_> {
    SealedCell { sealed_as: SealedAs::Text, column: COLUMN, cell }
}

fn label(cell: &Cell) -> SealedCell<'_> {
    SealedCell { sealed_as: SealedAs::Label, column: "foreign_ids.foreign_id", cell }
}

fn hash(cell: &Cell) -> SealedCell<'_> {
    SealedCell { sealed_as: SealedAs::Hash, column: "memories.content_key", cell }
}

/// Changing any of this would lock everybody out.
#[test]
fn what_was_sealed_before_opens_for_ever() {
    let sealer = sealer(&['a'], SealingPhase::Sealed);
    let stored = b"\xf8\xf7\x7b\x6c\x46\xea\xa7\xa4\x97\x89\x9b\x4b\x8c\xdb\x30\xc2\x4f\x49\xeb\x1d\x96\xf3\x45\x51\x78\xa5\xbc\x18\x75\
        \xee\xd3\xd2\xe7\x16\xd1\xc1\xbf\xb7\xe9\xdc\x31\x04\xba\xe6\x29\x8f";
    assert_eq!(sealer.open(stored.to_vec(), COLUMN).unwrap(), "x");
    assert_eq!(sealer.seal("x", COLUMN).unwrap().len(), 1 + values::OVERHEAD);
    let label = "anNRv2rxc_k_tPMIcBEiXsXJUSHPsiFE-SRDVE0rR3Nguo5rU9NYunCPAz4";
    assert_eq!(sealer.seal_label("fact", "memories.category").unwrap(), label);
    let mut hash = [1; 16];
    sealer.blind(&mut hash).unwrap();
    assert_eq!(hash, [33, 54, 40, 105, 54, 159, 131, 184, 49, 236, 8, 74, 146, 245, 246, 237]);
}

#[test]
fn another_key_another_place_and_any_changed_byte_are_refused() {
    let ours = sealer(&['a'], SealingPhase::Sealed);
    let sealed = ours.seal("Mirabelle", COLUMN).unwrap().into_owned();
    assert_eq!(ours.open(sealed.clone(), "messages.author").unwrap_err().kind(), ErrorKind::Corrupt);
    let theirs = sealer(&['b'], SealingPhase::Sealed).open(sealed.clone(), COLUMN).unwrap_err();
    assert!(theirs.message().contains("ENCRYPTION_KEY_PREVIOUS"), "{theirs}");
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(ours.open(changed, COLUMN).is_err(), "byte {at}");
        assert!(ours.open(sealed[..at].to_vec(), COLUMN).is_err(), "cut at {at}");
    }
    let mut label = ours.seal_label("x", COLUMN).unwrap().into_owned();
    assert!(ours.open_label(label.clone(), "messages.author").is_err());
    label.insert(0, 'A');
    assert!(ours.open_label(label, COLUMN).is_err());
    // what nobody sealed is not taken for something that was
    assert_eq!(ours.open(b"plain".to_vec(), COLUMN).unwrap_err().kind(), ErrorKind::Corrupt);
    assert!(ours.open_label("plain".to_owned(), COLUMN).is_err());
}

#[test]
fn equal_texts_look_different_and_equal_labels_of_a_column_do_not() {
    let sealer = sealer(&['a'], SealingPhase::Sealed);
    assert_ne!(sealer.seal("x", COLUMN).unwrap(), sealer.seal("x", COLUMN).unwrap());
    assert_eq!(sealer.seal_label("x", COLUMN).unwrap(), sealer.seal_label("x", COLUMN).unwrap());
    assert_ne!(sealer.seal_label("x", COLUMN).unwrap(), sealer.seal_label("x", "messages.author").unwrap());
}

#[test]
fn nothing_is_sealed_before_the_store_told_its_secret_and_only_the_right_key_opens_it() {
    let locked = KeyedSealer::new(&[key('a')]);
    assert!(locked.seal("x", COLUMN).is_err() && locked.seal_label("x", COLUMN).is_err());
    let stored = StoredKey {
        id: key('a').id(),
        secret: locked.seal_secret(&secret(), key('a').id()).unwrap(),
        phase: SealingPhase::Sealed,
        since: jarvis_core::Timestamp::from_micros(0),
    };
    assert_eq!(locked.open_secret(&stored), Some(secret()));
    assert_eq!(KeyedSealer::new(&[key('b')]).open_secret(&stored), None);
    // a name may be the same by chance; the key is not
    let disguised = StoredKey { id: key('b').id(), ..stored };
    assert_eq!(KeyedSealer::new(&[key('b')]).open_secret(&disguised), None);
}

#[test]
fn a_new_key_seals_and_the_old_one_still_opens_until_all_is_renewed() {
    let old = sealer(&['a'], SealingPhase::Sealed);
    let new = sealer(&['b', 'a'], SealingPhase::Sealed);
    let stored = Cell::Bytes(old.seal("Mirabelle", COLUMN).unwrap().into_owned());
    let (absent, category) = (Cell::Null, Cell::Text(old.seal_label("fact", COLUMN).unwrap().into_owned()));
    let row = [text(&stored), text(&absent), label(&category)];
    assert_eq!(old.renew(&row).unwrap(), None);
    let renewed = new.renew(&row).unwrap().unwrap();
    assert_eq!((&renewed[1], &renewed[2]), (&Cell::Null, &category), "labels do not depend on the key");
    assert_eq!(new.renew(&[text(&renewed[0])]).unwrap(), None);
    let Cell::Bytes(bytes) = &renewed[0] else { panic!("{renewed:?}") };
    assert_eq!(sealer(&['b'], SealingPhase::Sealed).open(bytes.clone(), COLUMN).unwrap(), "Mirabelle");
    assert!(old.open(bytes.clone(), COLUMN).is_err());
}

proptest! {
    #[test]
    fn what_is_sealed_comes_back(written in any::<String>()) {
        let sealer = sealer(&['a'], SealingPhase::Sealed);
        let stored = sealer.seal(&written, COLUMN).unwrap().into_owned();
        prop_assert_eq!(sealer.open(stored, COLUMN).unwrap(), written.clone());
        let stored = sealer.seal_label(&written, COLUMN).unwrap().into_owned();
        prop_assert!(stored.is_ascii());
        prop_assert_eq!(sealer.open_label(stored, COLUMN).unwrap(), written);
    }

    /// A text that looks as if it were sealed does not exist: it would have to begin with a byte that no UTF-8 contains.
    #[test]
    fn no_text_is_taken_for_something_sealed(written in any::<String>(), rest in proptest::collection::vec(any::<u8>(), 0..80)) {
        prop_assert_eq!(values::sealed_under(written.as_bytes()), None);
        let mut bytes = vec![values::MARK];
        bytes.extend(rest);
        prop_assert!(String::from_utf8(bytes.clone()).is_err());
        prop_assert!(PlainSealer.open(bytes.clone(), COLUMN).is_err());
        prop_assert!(sealer(&['a'], SealingPhase::Sealed).open(bytes, COLUMN).is_err());
    }

    /// Turning encryption on may break off anywhere and begin again, and turning it off gives back what there was.
    #[test]
    fn a_row_is_turned_on_once_and_off_again(
        content in any::<String>(),
        author in proptest::option::of(any::<String>()),
        foreign in any::<String>(),
        key in any::<[u8; 16]>(),
        is_label_first in any::<bool>(),
    ) {
        let (content, author) = (Cell::Bytes(content.into_bytes()), author.map_or(Cell::Null, |author| Cell::Bytes(author.into_bytes())));
        let (foreign, key) = (Cell::Text(foreign), Cell::Bytes(key.to_vec()));
        let shaped = |cells: &[Cell]| -> Vec<Cell> { cells.to_vec() };
        let cells = if is_label_first { vec![foreign, key] } else { vec![content, author, foreign, key] };
        let view = |cells: &'_ [Cell]| -> Vec<(SealedAs, Cell)> {
            let kinds: &[SealedAs] = if is_label_first {
                &[SealedAs::Label, SealedAs::Hash]
            } else {
                &[SealedAs::Text, SealedAs::Text, SealedAs::Label, SealedAs::Hash]
            };
            kinds.iter().copied().zip(shaped(cells)).collect()
        };
        let renew = |phase, cells: &[Cell]| {
            let owned = view(cells);
            let row: Vec<SealedCell<'_>> = owned.iter().map(|(sealed_as, cell)| match sealed_as {
                SealedAs::Text => text(cell),
                SealedAs::Label => label(cell),
                SealedAs::Hash => hash(cell),
            }).collect();
            sealer(&['a'], phase).renew(&row).unwrap()
        };
        prop_assert_eq!(renew(SealingPhase::TurningOff, &cells), None);
        let sealed = renew(SealingPhase::TurningOn, &cells).unwrap();
        prop_assert_eq!(renew(SealingPhase::TurningOn, &sealed), None, "what is sealed is not sealed again");
        prop_assert_eq!(renew(SealingPhase::Sealed, &sealed), None);
        prop_assert_ne!(&sealed, &cells);
        prop_assert_eq!(renew(SealingPhase::TurningOff, &sealed).unwrap(), cells);
    }
}
