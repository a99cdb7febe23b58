//! What every [`Embedder`] must do. Needs no particular vectors, only a model that works.

use crate::{
    Error, Result,
    ports::{EmbedPurpose, Embedder, HealthStatus},
};

/// Texts of several kinds; the first is known to any model.
const TEXTS: &[&str] = &[
    "the cat is on the table",
    "Le chat est sur la table, n'est-ce pas ?",
    "fn main() { println!(\"{}\", 40 + 2); }",
    "the meeting is on friday at ten",
    "table",
];
/// Texts in which there is nothing to know.
const BLANK: &[&str] = &["", " \n\t"];
/// More than an endpoint takes at once.
const MANY: usize = 300;
/// What rounding may change, in the cosine of two vectors that should be the same.
const ROUNDING: f32 = 1e-4;

/// Runs every check against a working provider; the error names the first one that failed.
pub async fn embedder_suite(embedder: &dyn Embedder) -> Result<()> {
    it_is_healthy_and_names_its_model(embedder).await?;
    vectors_have_the_dimension_and_length_one(embedder).await?;
    blank_texts_have_no_direction(embedder).await?;
    a_text_has_one_vector(embedder).await?;
    answers_come_in_the_order_asked(embedder).await?;
    a_long_text_is_cut(embedder).await?;
    ensure(ask(embedder, &[]).await?.is_empty(), "no texts have no vectors")
}

async fn it_is_healthy_and_names_its_model(embedder: &dyn Embedder) -> Result<()> {
    ensure(embedder.check().await.status == HealthStatus::Healthy, "a working provider is healthy")?;
    let model = embedder.model().await?;
    ensure(!model.id.is_empty() && model.dimension > 0, "the model has a name and a dimension")
}

async fn vectors_have_the_dimension_and_length_one(embedder: &dyn Embedder) -> Result<()> {
    let dimension = embedder.model().await?.dimension;
    for purpose in [EmbedPurpose::Query, EmbedPurpose::Passage] {
        let vectors = embedder.embed(purpose, TEXTS).await?;
        ensure(vectors.len() == TEXTS.len(), "there is a vector for each text")?;
        for vector in &vectors {
            ensure(vector.len() == dimension, "vectors have the model's dimension")?;
            let is_zero = vector.iter().all(|x| *x == 0.0);
            ensure(is_zero || (dot(vector, vector) - 1.0).abs() < ROUNDING, "vectors have length 1")?;
        }
        ensure(vectors[0].iter().any(|x| *x != 0.0), "a model knows something in a plain sentence")?;
    }
    Ok(())
}

async fn blank_texts_have_no_direction(embedder: &dyn Embedder) -> Result<()> {
    let vectors = ask(embedder, BLANK).await?;
    let dimension = embedder.model().await?.dimension;
    let zero = |vector: &Vec<f32>| vector.len() == dimension && vector.iter().all(|x| *x == 0.0);
    ensure(vectors.len() == BLANK.len() && vectors.iter().all(zero), "a blank text has the vector of zeros")?;
    let mixed = ask(embedder, &["", TEXTS[0], ""]).await?;
    ensure(mixed.len() == 3 && zero(&mixed[0]) && !zero(&mixed[1]) && zero(&mixed[2]), "blank texts keep their places")
}

async fn a_text_has_one_vector(embedder: &dyn Embedder) -> Result<()> {
    let together = ask(embedder, TEXTS).await?;
    for (text, vector) in TEXTS.iter().zip(&together) {
        let alone = ask(embedder, &[text]).await?;
        ensure(alone.len() == 1 && is_same(&alone[0], vector), "a text has the same vector alone and among others")?;
    }
    Ok(())
}

async fn answers_come_in_the_order_asked(embedder: &dyn Embedder) -> Result<()> {
    let alone = ask(embedder, TEXTS).await?;
    let kinds = || (0..MANY).map(|i| i * i % TEXTS.len());
    let texts: Vec<&str> = kinds().map(|kind| TEXTS[kind]).collect();
    let vectors = ask(embedder, &texts).await?;
    ensure(vectors.len() == MANY, "there is a vector for each of many texts")?;
    let in_order = kinds().zip(&vectors).all(|(kind, vector)| is_same(vector, &alone[kind]));
    ensure(in_order, "the vectors of many texts come in their order")?;
    ensure(!is_same(&alone[0], &alone[3]), "different texts have different vectors")
}

async fn a_long_text_is_cut(embedder: &dyn Embedder) -> Result<()> {
    let long = format!("{} ", TEXTS[0]).repeat(5_000);
    let vectors = ask(embedder, &[&long]).await?;
    ensure(vectors.len() == 1 && vectors[0].iter().any(|x| *x != 0.0), "of a long text the beginning is taken")
}

async fn ask(embedder: &dyn Embedder, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
    embedder.embed(EmbedPurpose::Passage, texts).await
}

fn is_same(one: &[f32], other: &[f32]) -> bool {
    one.iter().zip(other).all(|(x, y)| (x - y).abs() < ROUNDING.sqrt()) && dot(one, other) > dot(one, one) - ROUNDING
}

fn dot(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(x, y)| x * y).sum()
}

fn ensure(holds: bool, rule: &'static str) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::internal(format!("the provider breaks the contract: {rule}"))) }
}
