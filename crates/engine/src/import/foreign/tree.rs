//! The order in which the messages of a tree are stored.

use std::collections::HashMap;

use jarvis_core::Timestamp;

/// One place of a tree, as another program wrote it down.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    pub(super) id: &'a str,
    pub(super) parent: Option<&'a str>,
    /// Whether there is a message here; what comes after a place without one comes after its parent.
    pub(super) is_kept: bool,
    pub(super) at: Option<Timestamp>,
}

/// Messages in the order in which they are stored.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ordered {
    /// Each kept place and the kept one it comes after, which stands before it.
    pub(super) steps: Vec<(usize, Option<usize>)>,
    /// Places whose ids were taken; they are in no step.
    pub(super) doubles: Vec<usize>,
    /// Places at which a circle was cut open.
    pub(super) circles: Vec<usize>,
}

/// Puts the messages of a tree in order: each after its parent, what belongs together side by side, and the branch with
/// `current` last, because a conversation goes on at its last message. Whatever the links are, every place comes once.
pub(super) fn order(places: &[Place<'_>], current: Option<&str>) -> Ordered {
    let mut ordered = Ordered::default();
    let mut index = HashMap::with_capacity(places.len());
    let mut is_double = vec![false; places.len()];
    for (at, place) in places.iter().enumerate() {
        if index.contains_key(place.id) {
            is_double[at] = true;
            ordered.doubles.push(at);
        } else {
            index.insert(place.id, at);
        }
    }
    let above: Vec<Option<usize>> =
        places.iter().map(|place| place.parent.and_then(|parent| index.get(parent).copied())).collect();
    let parents = kept_parents(places, &above);
    let is_active = active(places.len(), &above, current.and_then(|id| index.get(id).copied()));
    let mut children = vec![Vec::new(); places.len()];
    let mut roots = Vec::new();
    for (at, place) in places.iter().enumerate() {
        if place.is_kept && !is_double[at] {
            parents[at].map_or(&mut roots, |parent| &mut children[parent]).push(at);
        }
    }
    let by_turn = |at: &usize| (is_active[*at], places[*at].at, *at);
    roots.sort_by_key(by_turn);
    for siblings in &mut children {
        siblings.sort_by_key(by_turn);
    }
    let mut is_placed = vec![false; places.len()];
    walk(&roots, &children, &mut is_placed, &mut ordered.steps);
    // what no root leads to hangs in a circle
    for at in 0..places.len() {
        if places[at].is_kept && !is_double[at] && !is_placed[at] {
            ordered.circles.push(at);
            walk(&[at], &children, &mut is_placed, &mut ordered.steps);
        }
    }
    ordered
}

/// For each place the nearest one above it that is kept.
fn kept_parents(places: &[Place<'_>], above: &[Option<usize>]) -> Vec<Option<usize>> {
    let mut found: Vec<Option<Option<usize>>> = vec![None; places.len()];
    let mut trail = Vec::new();
    let mut is_on_trail = vec![false; places.len()];
    for start in 0..places.len() {
        let mut at = start;
        // up over places without a message, until one is known
        let result = loop {
            if let Some(known) = found[at] {
                break known;
            }
            if is_on_trail[at] {
                break None;
            }
            is_on_trail[at] = true;
            trail.push(at);
            match above[at] {
                None => break None,
                Some(parent) if places[parent].is_kept => break Some(parent),
                Some(parent) => at = parent,
            }
        };
        for passed in trail.drain(..) {
            found[passed] = Some(result);
            is_on_trail[passed] = false;
        }
    }
    found.into_iter().map(Option::flatten).collect()
}

/// The places from the current one up to the beginning.
fn active(count: usize, above: &[Option<usize>], current: Option<usize>) -> Vec<bool> {
    let mut is_active = vec![false; count];
    let mut next = current;
    while let Some(at) = next.filter(|at| !is_active[*at]) {
        is_active[at] = true;
        next = above[at];
    }
    is_active
}

/// Each root, then what comes after it, branch by branch.
fn walk(roots: &[usize], children: &[Vec<usize>], is_placed: &mut [bool], steps: &mut Vec<(usize, Option<usize>)>) {
    let mut waiting: Vec<(usize, Option<usize>)> = roots.iter().rev().map(|root| (*root, None)).collect();
    while let Some((at, parent)) = waiting.pop() {
        if std::mem::replace(&mut is_placed[at], true) {
            continue;
        }
        steps.push((at, parent));
        waiting.extend(children[at].iter().rev().map(|child| (*child, Some(at))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place<'a>(id: &'a str, parent: Option<&'a str>, is_kept: bool, at: i64) -> Place<'a> {
        Place { id, parent, is_kept, at: Some(Timestamp::from_micros(at)) }
    }

    fn names(places: &[Place<'_>], ordered: &Ordered) -> Vec<String> {
        let name = |(at, parent): &(usize, Option<usize>)| {
            format!("{}<{}", places[*at].id, parent.map_or("", |parent| places[parent].id))
        };
        ordered.steps.iter().map(name).collect()
    }

    #[test]
    fn the_current_branch_comes_last() {
        let places = [
            place("root", None, false, 0),
            place("q", Some("root"), true, 1),
            place("a1", Some("q"), true, 2),
            place("tool", Some("q"), false, 3),
            place("a2", Some("tool"), true, 4),
            place("q2", Some("a1"), true, 5),
        ];
        let by_time = order(&places, None);
        assert_eq!(names(&places, &by_time), ["q<", "a1<q", "q2<a1", "a2<q"]);
        let chosen = order(&places, Some("q2"));
        assert_eq!(names(&places, &chosen), ["q<", "a2<q", "a1<q", "q2<a1"]);
        assert_eq!((chosen.doubles.len(), chosen.circles.len()), (0, 0));
        assert_eq!(order(&places, Some("unknown")), by_time);
    }

    #[test]
    fn circles_and_doubles_are_told() {
        let places = [
            place("a", Some("b"), true, 0),
            place("b", Some("a"), true, 1),
            place("a", None, true, 2),
            place("self", Some("self"), true, 3),
            place("x", Some("y"), false, 4),
            place("y", Some("x"), false, 5),
            place("z", Some("x"), true, 6),
        ];
        let ordered = order(&places, Some("b"));
        assert_eq!(names(&places, &ordered), ["z<", "a<", "b<a", "self<"]);
        assert_eq!((ordered.doubles, ordered.circles), (vec![2], vec![0, 3]));
    }

    #[test]
    fn a_long_chain_of_empty_places_is_walked_once() {
        let ids: Vec<String> = (0..200_000).map(|number| number.to_string()).collect();
        let mut places: Vec<Place<'_>> = ids.windows(2).map(|pair| place(&pair[0], Some(&pair[1]), false, 0)).collect();
        places.push(place(&ids[199_999], None, true, 0));
        places.push(place("end", Some("0"), true, 1));
        assert_eq!(names(&places, &order(&places, None)), ["199999<", "end<199999"]);
    }

    proptest! {
        #[test]
        fn every_message_comes_once_and_after_its_parent(
            links in prop::collection::vec((0usize..12, any::<bool>(), 0i64..4, 0usize..14), 0..14),
            current in 0usize..14,
        ) {
            let ids: Vec<String> = (0..14).map(|number| number.to_string()).collect();
            let places: Vec<Place<'_>> = links
                .iter()
                .map(|(id, is_kept, at, parent)| place(&ids[*id], ids.get(*parent).map(String::as_str), *is_kept, *at))
                .collect();
            let ordered = order(&places, Some(&ids[current]));
            let mut seen = Vec::new();
            for (at, parent) in &ordered.steps {
                prop_assert!(!seen.contains(at) && places[*at].is_kept);
                prop_assert!(parent.is_none_or(|parent| seen.contains(&parent)));
                seen.push(*at);
            }
            let kept = places.iter().enumerate().filter(|(at, place)| place.is_kept && !ordered.doubles.contains(at));
            prop_assert_eq!(seen.len(), kept.count());
        }
    }
}
