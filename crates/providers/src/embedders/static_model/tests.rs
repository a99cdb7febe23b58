use jarvis_core::{
    ErrorKind, Result,
    ports::{EmbedPurpose, Embedder as _, HealthStatus},
    testkit::embedder_suite,
};

use super::{StaticEmbedder, TABLE, asset::Asset, fake::FakeTable, normalise, vocabulary::Vocabulary};

fn tokens(embedder: &StaticEmbedder, text: &str) -> Vec<&'static str> {
    let mut scratch = super::Scratch::new();
    scratch.read_tokens(embedder.vocabulary().unwrap(), text);
    let texts = embedder.asset.texts().unwrap();
    scratch.tokens.iter().map(|&token| texts[token as usize]).collect()
}

async fn vector(embedder: &StaticEmbedder, text: &str) -> Vec<f32> {
    embedder.embed(EmbedPurpose::Query, &[text]).await.unwrap().remove(0)
}

async fn cosine(embedder: &StaticEmbedder, one: &str, other: &str) -> f32 {
    let (one, other) = (vector(embedder, one).await, vector(embedder, other).await);
    one.iter().zip(&other).map(|(x, y)| x * y).sum()
}

#[tokio::test]
async fn the_model_in_the_binary_keeps_the_contract() {
    embedder_suite(&*StaticEmbedder::new().unwrap()).await.unwrap();
}

#[tokio::test]
async fn any_table_keeps_the_contract() {
    let texts = ["the", "cat", "is", "on", "table", "meeting", "f", "##ri", "##day", "at", "t", "##en", "le", "chat"];
    embedder_suite(&*StaticEmbedder::from_table(FakeTable::of(&texts, 12).leak()).unwrap()).await.unwrap();
}

/// What the distilling script's own prototype gives (`scripts/distil_static.py`).
#[tokio::test]
async fn vectors_are_those_of_the_prototype() {
    let embedder = StaticEmbedder::new().unwrap();
    assert_eq!(embedder.model().await.unwrap().id, "static-minilm-l6-v2-384-1");
    for (text, beginning) in [
        ("When did Caroline go to the LGBTQ support group?", [0.15708, -0.0022, -0.05866, 0.11629]),
        ("Déjà vu: naïve café-owners' 3.5 km run", [0.12129, -0.10699, -0.13381, 0.01869]),
        ("unbelievableness zzzqq 東京", [-0.03907, -0.09396, 0.13866, 0.18033]),
    ] {
        let vector = vector(&embedder, text).await;
        for (is, wanted) in vector.iter().zip(beginning) {
            assert!((is - wanted).abs() < 1e-5, "{text}: {:?}", &vector[..4]);
        }
    }
    for (one, other, wanted) in [
        ("My dog hurt its paw", "the puppy injured his foot", 0.65220),
        ("I bought a new laptop yesterday", "picked up a computer the other day", 0.44963),
        ("My dog hurt its paw", "picked up a computer the other day", 0.04981),
    ] {
        let is = cosine(&embedder, one, other).await;
        assert!((is - wanted).abs() < 1e-4, "{one} / {other}: {is}");
    }
}

/// A sample of what the tokenizers library gives for the source model, without the tokens that the table leaves out
/// (punctuation, and the unknown). 300 texts of all kinds were compared when this was written.
#[test]
fn tokens_are_those_of_the_reference() {
    let embedder = StaticEmbedder::new().unwrap();
    for (text, wanted) in [
        ("When did Caroline go?", "when did caroline go"),
        ("Déjà vu: naïve café-owners' 3.5 km", "de ##ja vu naive cafe owners 3 5 km"),
        ("L’Œuvre d’art coûte 1 200 € à Besançon", "l œ ##u ##vre d art co ##ute 1 200 € a be ##san ##con"),
        ("fn main() { let x_1 = &y[0]; } // ok", "f ##n main let x 1 y 0 ok"),
        ("hello😀 😀 world", "world"),
        ("我爱北京a", "我 北 京 a"),
        ("한국어 カタカナ", "ᄒ ##ᅡ ##ᆫ ##ᄀ ##ᅮ ##ᆨ ##ᄋ ##ᅥ カ ##タ ##カ ##ナ"),
        ("Привет, мир", "п ##р ##и ##в ##е ##т м ##и ##р"),
        ("x\u{200b}y\u{ad}z e\u{301}t\u{e9}", "x ##y ##z et ##e"),
    ] {
        assert_eq!(tokens(&embedder, text).join(" "), wanted, "{text}");
    }
    assert_eq!(tokens(&embedder, &"a".repeat(100)).len(), 50);
    assert!(tokens(&embedder, &"a".repeat(101)).is_empty());
}

#[test]
fn of_a_long_text_only_the_beginning_is_read() {
    let embedder = StaticEmbedder::new().unwrap();
    let known = "table ".repeat(600);
    assert_eq!(tokens(&embedder, &known).len(), 512);
    // what is not known counts
    assert_eq!(tokens(&embedder, &format!("{}{known}", "😀 ".repeat(500))).len(), 12);
    // a last word of several tokens is cut too
    assert_eq!(tokens(&embedder, &format!("{}naivetes", "table ".repeat(511))).len(), 512);
}

#[tokio::test]
async fn rows_are_scaled_and_added() {
    let mut table = FakeTable::of(&["a", "b", "##b"], 2);
    table.scales = vec![1.0, 0.5, 2.0];
    table.rows = vec![3, 0, -128, 8, 127, -127];
    let embedder = StaticEmbedder::from_table(table.leak()).unwrap();
    for (text, sum) in
        [("a", [3.0, 0.0]), ("A b", [3.0 - 64.0, 4.0]), ("bb c", [-64.0 + 254.0, 4.0 - 254.0]), ("c", [0.0, 0.0])]
    {
        let mut wanted = sum;
        normalise(&mut wanted);
        assert_eq!(vector(&embedder, text).await, wanted, "{text}");
    }
}

fn open(bytes: Vec<u8>) -> Result<()> {
    let asset = Asset::parse(bytes.leak())?;
    asset.model()?;
    asset.check_scales()?;
    Vocabulary::read(&asset).map(|_| ())
}

type Damage = fn(&mut FakeTable);

#[test]
fn a_damaged_table_is_an_error() {
    let table = || FakeTable::of(&["a", "b", "##b"], 4);
    open(table().bytes()).unwrap();
    let whole = table().bytes();
    for length in 0..whole.len() {
        assert_eq!(open(whole[..length].to_vec()).unwrap_err().kind(), ErrorKind::Corrupt, "{length} bytes");
    }
    // wherever a byte is wrong, nothing panics
    for index in 0..whole.len() {
        for value in [0, 0x0a, 0x7f, 0xff] {
            let mut bytes = whole.clone();
            bytes[index] = value;
            let _ = open(bytes);
        }
    }
    let damages: &[(&str, Damage)] = &[
        ("metadata", |table| table.metadata = "{}".to_owned()),
        ("no name", |table| table.metadata = r#"{"model":""}"#.to_owned()),
        ("a text less", |table| table.texts = "a\nb".to_owned()),
        ("a text twice", |table| table.texts = "a\nb\na".to_owned()),
        ("an empty text", |table| table.texts = "a\n\n##b".to_owned()),
        ("no number", |table| table.scales[1] = f32::NAN),
        ("too large", |table| table.scales[1] = f32::INFINITY),
        ("a byte less", |table| table.rows.truncate(11)),
        ("no dimension", |table| table.dimension = 0),
    ];
    for (name, damage) in damages {
        let mut table = table();
        damage(&mut table);
        assert_eq!(open(table.bytes()).unwrap_err().kind(), ErrorKind::Corrupt, "{name}");
    }
}

#[tokio::test]
async fn a_table_found_damaged_at_first_use_is_told() {
    let mut table = FakeTable::of(&["a", "b"], 4);
    table.texts = "a\na".to_owned();
    let embedder = StaticEmbedder::from_table(table.leak()).unwrap();
    let error = embedder.embed(EmbedPurpose::Query, &["a"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(embedder.check().await.status, HealthStatus::Unhealthy);
}

#[test]
fn the_table_is_checked_in_whole() {
    let asset = Asset::parse(TABLE).unwrap();
    asset.check_scales().unwrap();
    assert_eq!(asset.model().unwrap().dimension, 384);
}
