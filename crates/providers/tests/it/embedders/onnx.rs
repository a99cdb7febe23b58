//! The ONNX embedder with the small model of `tests/fixtures/tiny_onnx` (made by `scripts/make_tiny_onnx.py`).

use std::path::{Path, PathBuf};

use jarvis_core::{
    Error, ErrorKind,
    ports::{EmbedPurpose, Embedder as _},
    testkit::embedder_suite,
};
use jarvis_providers::embedders::OnnxEmbedder;
use serde::Deserialize;
use tempfile::TempDir;

const FILES: [&str; 6] = [
    "model.onnx",
    "tokenizer.json",
    "config.json",
    "1_Pooling/config.json",
    "modules.json",
    "sentence_bert_config.json",
];

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny_onnx")
}

/// A copy of the model that can be changed.
fn copy() -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    std::fs::create_dir(copy.path().join("1_Pooling")).unwrap();
    for file in FILES {
        std::fs::copy(fixture().join(file), copy.path().join(file)).unwrap();
    }
    copy
}

fn put(dir: &TempDir, file: &str, content: &str) {
    std::io::Write::write_all(&mut std::fs::File::create(dir.path().join(file)).unwrap(), content.as_bytes()).unwrap();
}

#[derive(Deserialize)]
struct Expected {
    texts: Vec<String>,
    mean: Vec<Vec<f32>>,
    cls: Vec<Vec<f32>>,
    max: Vec<Vec<f32>>,
}

fn expected() -> Expected {
    serde_json::from_str(&std::fs::read_to_string(fixture().join("expected.json")).unwrap()).unwrap()
}

async fn embed(dir: &Path, purpose: EmbedPurpose, texts: &[&str]) -> Vec<Vec<f32>> {
    OnnxEmbedder::open(dir).unwrap().embed(purpose, texts).await.unwrap()
}

async fn assert_vectors(dir: &Path, texts: &[String], wanted: &[Vec<f32>]) {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let vectors = embed(dir, EmbedPurpose::Passage, &texts).await;
    assert_eq!(vectors.len(), wanted.len());
    for (text, (vector, wanted)) in texts.iter().zip(vectors.iter().zip(wanted)) {
        assert_eq!(vector.len(), wanted.len());
        let farthest = vector.iter().zip(wanted).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max);
        assert!(farthest < 1e-5, "{text}: {farthest}");
    }
}

#[tokio::test]
async fn a_model_from_disk_keeps_the_contract() {
    embedder_suite(&*OnnxEmbedder::open(&fixture()).unwrap()).await.unwrap();
}

#[tokio::test]
async fn vectors_are_those_of_the_reference() {
    let expected = expected();
    assert_vectors(&fixture(), &expected.texts, &expected.mean).await;
    let copy = copy();
    for (mode, wanted) in [("cls_token", &expected.cls), ("max_tokens", &expected.max)] {
        put(&copy, "1_Pooling/config.json", &format!(r#"{{"pooling_mode_{mode}":true}}"#));
        assert_vectors(copy.path(), &expected.texts, wanted).await;
    }
}

#[tokio::test]
async fn a_network_that_pools_itself_needs_no_step_behind_it() {
    let (expected, copy) = (expected(), copy());
    std::fs::copy(fixture().join("pooled.onnx"), copy.path().join("model.onnx")).unwrap();
    std::fs::remove_file(copy.path().join("1_Pooling/config.json")).unwrap();
    put(&copy, "modules.json", r#"[{"type":"sentence_transformers.models.Dense"}]"#);
    assert_vectors(copy.path(), &expected.texts, &expected.cls).await;
}

#[tokio::test]
async fn prompts_stand_before_a_text() {
    let copy = copy();
    put(&copy, "config_sentence_transformers.json", r#"{"prompts":{"query":"the cat ","document":"the dog "}}"#);
    let plain = embed(&fixture(), EmbedPurpose::Query, &["the cat is on", "the dog is on"]).await;
    assert_eq!(embed(copy.path(), EmbedPurpose::Query, &["is on"]).await[0], plain[0]);
    assert_eq!(embed(copy.path(), EmbedPurpose::Passage, &["is on"]).await[0], plain[1]);
}

#[tokio::test]
async fn a_model_is_named_by_all_that_its_vectors_depend_on() {
    let copy = copy();
    let id = async || OnnxEmbedder::open(copy.path()).unwrap().model().await.unwrap().id;
    let name = copy.path().file_name().unwrap().to_str().unwrap().to_owned();
    let first = id().await;
    assert!(first.starts_with(&name) && first.len() == name.len() + 17, "{first}");
    assert_eq!(id().await, first);
    put(&copy, "1_Pooling/config.json", r#"{"pooling_mode_cls_token":true}"#);
    let second = id().await;
    put(&copy, "config_sentence_transformers.json", r#"{"prompts":{"query":"? "}}"#);
    assert!(first != second && id().await != second);
}

#[tokio::test]
async fn the_network_may_lie_in_a_folder_of_its_own() {
    let copy = copy();
    std::fs::create_dir(copy.path().join("onnx")).unwrap();
    std::fs::rename(copy.path().join("model.onnx"), copy.path().join("onnx/model.onnx")).unwrap();
    assert_eq!(OnnxEmbedder::open(copy.path()).unwrap().model().await.unwrap().dimension, 32);
}

fn refusal(dir: &Path) -> Error {
    let error = OnnxEmbedder::open(dir).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("EMBEDDING_URL"), "{error}");
    assert!(!error.message().contains(dir.to_str().unwrap()), "{error}");
    error
}

#[test]
fn a_missing_file_is_named_by_its_role() {
    for (file, role) in [
        ("model.onnx", "network"),
        ("tokenizer.json", "tokenizer"),
        ("config.json", "configuration"),
        ("1_Pooling/config.json", "pools"),
    ] {
        let copy = copy();
        std::fs::remove_file(copy.path().join(file)).unwrap();
        let error = refusal(copy.path());
        assert!(error.message().contains(file) && error.message().contains(role), "{error}");
    }
    refusal(Path::new("/nowhere/at/all"));
}

#[test]
fn what_cannot_be_used_is_refused() {
    for (file, content) in [
        ("model.onnx", "not a network"),
        ("tokenizer.json", "{}"),
        ("config.json", "[]"),
        ("config.json", r#"{"max_position_embeddings":2}"#),
        ("1_Pooling/config.json", r#"{"pooling_mode_lasttoken":true}"#),
        ("modules.json", r#"[{"type":"sentence_transformers.models.Dense"}]"#),
        ("sentence_bert_config.json", r#"{"max_seq_length":0}"#),
    ] {
        let copy = copy();
        put(&copy, file, content);
        let error = refusal(copy.path());
        let place = if file.starts_with("sentence_bert") { "config.json" } else { file };
        assert!(error.message().contains(place), "{file}: {error}");
    }
}
