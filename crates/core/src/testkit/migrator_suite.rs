use std::sync::Arc;

use crate::{
    Result,
    ports::{MigrationState, Migrator},
};

/// What every [`Migrator`] must do, on a store that `open` makes: empty, not migrated.
///
/// Panics with what does not hold.
pub async fn migrator_suite(open: impl Fn() -> Arc<dyn Migrator>) {
    for (name, outcome) in [
        ("goes up and down", goes_up_and_down(&*open()).await),
        ("stops at a target", stops_at_a_target(&*open()).await),
    ] {
        assert!(outcome.is_ok(), "{name}: {outcome:?}");
    }
}

async fn applied(migrator: &dyn Migrator) -> Result<Vec<u32>> {
    let status = migrator.status().await?;
    Ok(status.iter().filter(|one| one.state != MigrationState::Pending).map(|one| one.number).collect())
}

async fn goes_up_and_down(migrator: &dyn Migrator) -> Result<()> {
    let known = migrator.status().await?;
    let numbers: Vec<u32> = known.iter().map(|one| one.number).collect();
    assert_eq!(numbers, (1..=known.len() as u32).collect::<Vec<_>>(), "numbered from 1 without gaps");
    assert!(!known.is_empty() && applied(migrator).await?.is_empty());
    for one in &known {
        assert!(!one.name.is_empty());
        assert!(one.checksum.len() == 64 && one.checksum.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()));
    }
    assert_eq!(migrator.validate().await?, []);

    assert_eq!(migrator.up(None).await?, numbers);
    assert!(migrator.up(None).await?.is_empty(), "going up twice is going up once");
    assert_eq!(applied(migrator).await?, numbers);
    assert_eq!(migrator.validate().await?, []);

    let back: Vec<u32> = numbers.iter().rev().copied().collect();
    assert_eq!(migrator.down(0).await?, back);
    assert!(migrator.down(0).await?.is_empty());
    assert!(applied(migrator).await?.is_empty());
    assert_eq!(migrator.up(None).await?, numbers);
    assert_eq!(
        migrator.status().await?.iter().map(|one| &one.checksum).collect::<Vec<_>>(),
        known.iter().map(|one| &one.checksum).collect::<Vec<_>>()
    );
    Ok(())
}

async fn stops_at_a_target(migrator: &dyn Migrator) -> Result<()> {
    let last = migrator.status().await?.len() as u32;
    for number in 1..=last {
        assert_eq!(migrator.up(Some(number)).await?, [number]);
        assert_eq!(applied(migrator).await?, (1..=number).collect::<Vec<_>>());
        assert_eq!(migrator.validate().await?, []);
    }
    for number in (0..last).rev() {
        assert_eq!(migrator.down(number).await?, [number + 1]);
        assert_eq!(migrator.validate().await?, []);
    }
    Ok(())
}
