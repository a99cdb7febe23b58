//! Full text over HTTP: the server's CPU for each question.

use std::time::Instant;

use anyhow::Result;

use crate::{
    corpus::{Random, question},
    figures::median_and_p99,
    process::{Server, cpu},
    report::Report,
    start,
};

/// Asks `questions` questions of seven words one after the other, as the user who owns everything.
pub(crate) async fn measure(report: &mut Report, label: &str, server: &Server, questions: usize) -> Result<()> {
    let client = reqwest::Client::new();
    let mut random = Random::new(77);
    let (mut cpu_ms, mut wall_ms) = (Vec::new(), Vec::new());
    for round in 0..questions + 50 {
        let question = question(&mut random);
        let (begun, cpu_before) = (Instant::now(), cpu(server.pid())?);
        start::search(&client, &server.url, &question).await?;
        let (wall, spent) = (begun.elapsed(), cpu(server.pid())?.saturating_sub(cpu_before));
        // The first ones warm the page cache.
        if round >= 50 {
            cpu_ms.push(spent.as_secs_f64() * 1e3);
            wall_ms.push(wall.as_secs_f64() * 1e3);
        }
    }
    let ((cpu50, cpu99), (wall50, wall99)) = (median_and_p99(cpu_ms), median_and_p99(wall_ms));
    report.row(
        format!("full text over HTTP, 7 terms, user filter, {label}: CPU p50 / p99"),
        format!("{cpu50:.2} / {cpu99:.2} ms (wall {wall50:.2} / {wall99:.2} ms, {questions} questions)"),
        "≤ 2 / ≤ 10 ms at 1 M",
    );
    Ok(())
}
