use bytes::Bytes;
use jarvis_core::{
    ports::{Cache, Keep},
    testkit::cache_suite,
    types::SealingPhase,
};
use jarvis_providers::{
    cache::InProcessCache,
    sealing::{KeyedSealer, MasterKey, SealedCache, StoreSecret},
};
use std::{sync::Arc, time::Duration};

const KEEP: Keep<'static> = Keep::during(Duration::from_mins(1));

#[tokio::test]
async fn the_cache_in_process_keeps_the_contract_of_its_port() {
    cache_suite(&InProcessCache::new(64 << 20), tokio::time::sleep).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_cache_in_process_keeps_its_contract_on_many_threads() {
    cache_suite(&InProcessCache::new(64 << 20), tokio::time::sleep).await.unwrap();
}

#[tokio::test]
async fn the_cache_in_process_holds_no_more_than_it_may() {
    let cache = InProcessCache::new(1 << 20);
    let members: Vec<[u8; 1_000]> = (0..100).map(|number| [number; 1_000]).collect();
    let members: Vec<&[u8]> = members.iter().map(<[u8; 1_000]>::as_slice).collect();
    for number in 0..200 {
        cache.set(&format!("value {number}"), vec![0; 20_000].into(), &KEEP).await.unwrap();
        cache.sadd(&format!("set {number}"), &members, None).await.unwrap();
    }
    let mut kept = 0;
    for number in 0..200 {
        kept += cache.get(&format!("value {number}")).await.unwrap().unwrap_or_default().len();
        kept += cache.smembers(&format!("set {number}")).await.unwrap().iter().map(Bytes::len).sum::<usize>();
    }
    assert!(kept > 0 && kept <= 2 << 20, "{kept} bytes");
}

#[tokio::test]
async fn what_is_kept_is_not_the_buffer_it_was_cut_from() {
    let cache = InProcessCache::new(1 << 20);
    let whole = Bytes::from(vec![1; 100_000]);
    cache.set("slice", whole.slice(..10), &KEEP).await.unwrap();
    assert!(whole.try_into_mut().is_ok(), "somebody still holds the whole buffer");
}

#[tokio::test]
async fn a_sealed_cache_shows_nothing_to_its_server() {
    let sealer = KeyedSealer::new(&[MasterKey::parse(&"k".repeat(32)).unwrap()]);
    sealer.unlock(&StoreSecret::draw().unwrap(), SealingPhase::Sealed);
    let inner: Arc<dyn Cache> = Arc::new(InProcessCache::new(64 << 20));
    let sealed = SealedCache::new(Arc::clone(&inner), Arc::new(sealer));
    let page = Bytes::from_static(b"My cat is called Mirabelle.");
    let kept: Arc<dyn Cache> = Arc::new(sealed);
    assert_eq!(kept.get_or_set("page", &KEEP, async { Ok(page.clone()) }).await.unwrap(), page);
    assert_eq!(kept.get_or_set("page", &KEEP, async { panic!("it is there") }).await.unwrap(), page);
    assert_eq!(kept.get("page").await.unwrap(), Some(page.clone()));
    let shown = inner.get("page").await.unwrap().unwrap();
    assert!(!shown.windows(9).any(|window| window == b"Mirabelle"));
    inner.set("page", page, &KEEP).await.unwrap();
    assert!(kept.get("page").await.is_err(), "what others put there is not served");
}
