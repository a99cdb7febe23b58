//! Random operations on the store and on a model of plain maps: both agree at every step and after a restart.

use jarvis_core::{
    ports::Store,
    testkit::{Step, StoreModel, same_answers},
};
use proptest::prelude::*;
use std::sync::{Arc, Mutex};
use tokio::runtime::Runtime;

use crate::support::{Place, server};

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn store_and_model_agree(steps in prop::collection::vec(any::<Step>(), 1..40)) {
        Runtime::new().unwrap().block_on(async {
            let Some(place) = Place::migrated().await else { return };
            let store = place.open().await;
            let model = StoreModel::follow(&*store, &steps).await.unwrap();
            model.agree(&*store).await.unwrap();
            store.close().await.unwrap();
            model.agree(&*place.open().await).await.unwrap();
        });
    }
}

#[tokio::test]
async fn it_answers_what_every_store_answers() {
    if server().is_none() {
        return;
    }
    let places = Mutex::new(Vec::new());
    let open = || async {
        let place = Place::migrated().await.unwrap();
        let store: Arc<dyn Store> = place.open().await;
        places.lock().unwrap().push(place);
        store
    };
    same_answers(open).await.unwrap();
}
