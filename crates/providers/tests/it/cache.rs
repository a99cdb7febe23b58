use bytes::Bytes;
use jarvis_core::{
    ports::{Cache, Keep},
    testkit::cache_suite,
};
use jarvis_providers::cache::InProcessCache;
use std::time::Duration;

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
