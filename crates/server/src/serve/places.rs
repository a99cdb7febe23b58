use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use jarvis_core::policy::networks::owner_of;

/// How many connections each address has open. It remembers no address that has none.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection of an address; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    owner: IpAddr,
}

impl Places {
    /// One more of `address`, unless it has `most`.
    pub(super) fn take(&self, address: IpAddr, most: usize) -> Option<Place> {
        let owner = owner_of(address);
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(owner).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { places: self.clone(), owner })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = open.entry(self.owner) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_places_and_leaves_nothing_behind() {
        let places = Places::default();
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let held = [places.take(ip("2001:db8::1"), 2), places.take(ip("2001:db8::2"), 2)];
        assert!(held.iter().all(Option::is_some));
        assert!(places.take(ip("2001:db8::3"), 2).is_none(), "one owner has the whole /64");
        assert!(places.take(ip("10.0.0.1"), 2).is_some());
        drop(held);
        assert!(places.0.lock().unwrap().is_empty());
    }
}
