use super::*;
use crate::{policy::memory_candidates::slot, types::Slot};

fn key(text: &str) -> Option<String> {
    slot(text).map(|slot| slot.key)
}

#[test]
fn every_pattern_can_match() {
    assert!(!READ.iter().flat_map(|rule| rule.says.iter().chain(&rule.not)).any(Phrase::is_broken));
}

#[test]
fn statements_about_one_thing_share_its_slot() {
    for (expected, texts) in [
        (
            "home",
            &[
                "I live in Paris.",
                "I moved to Lyon.",
                "We've just moved to Nantes!",
                "i live in lyon",
                "By the way, I now live in Rome",
                "I'm based in Berlin",
                "I moved to the Netherlands.",
                "I moved to Nice.",
                "I live in New York.",
                "I moved to Hope.",
                "J'habite à La Rochelle.",
                "I live in Nice with my cat.",
                "J'habite à Paris.",
                "J'ai déménagé à Lyon.",
                "Je vis en Bretagne",
                "Je viens de déménager à Nantes.",
                "On habite Marseille",
                "Je me suis installée à Nice.",
            ][..],
        ),
        (
            "employer",
            &[
                "I work at Acme.",
                "I'm now working for Globex",
                "I joined Globex.",
                "Je travaille chez Renault.",
                "Je bosse maintenant chez Airbus",
            ],
        ),
        ("job", &["I work as a nurse.", "Je travaille comme serveur.", "Je suis infirmière."]),
        ("name", &["My name is Ada.", "I'm called Bob", "Je m'appelle Zoé."]),
        ("age", &["I'm 34 years old.", "I just turned 35!", "J'ai 41 ans."]),
        ("birthday", &["My birthday is on 3 May.", "I was born on 4 June 1990.", "Mon anniversaire est le 3 mai."]),
        ("partner", &["My wife is called Anna.", "My husband's name is Tom.", "Ma compagne s'appelle Léa."]),
        ("diet", &["I'm vegan.", "I became vegetarian", "Je suis végétarienne.", "I eat meat again."]),
        ("favourite color", &["My favourite colour is blue.", "my favorite color is green"]),
        ("plat favourite", &["Mon plat préféré est la ratatouille."]),
        ("phone number", &["My phone number is 0612345678."]),
    ] {
        for text in texts {
            assert_eq!(key(text).as_deref(), Some(expected), "{text}");
        }
    }
}

#[test]
fn what_one_can_have_several_of_or_is_not_now_has_no_slot() {
    for text in [
        "I love Paris.",
        "I have a dog called Rex.",
        "My daughter is called Eva.",
        "I used to live in Paris.",
        "I lived in Paris.",
        "In 2010 I moved to Lyon.",
        "I moved to Lyon five years ago.",
        "I want to move to Lyon.",
        "I don't live in Paris anymore.",
        "I live in a small flat.",
        "We moved to a bigger house.",
        "We moved to nice little places.",
        "I live in Berlin, said the man.",
        "I live in London in this story.",
        "Let's role-play: I live in Berlin.",
        "J'habite à Berlin, dit-il.",
        "I live with my sister.",
        "I work from home.",
        "I work for a bank.",
        "My boss lives in Paris.",
        "My favourite is tea.",
        "My phone is blue.",
        "J'habite à la campagne.",
        "J'ai deux enfants.",
        "J'aime Lyon.",
        "Je travaille chez moi.",
        "My job is stressful.",
    ] {
        assert_eq!(key(text), None, "{text}");
    }
}

#[test]
fn a_statement_that_tells_more_is_not_alone() {
    assert_eq!(slot("I live in Paris."), Some(Slot { key: "home".into(), alone: true }));
    assert_eq!(slot("I live in Paris and I love tea."), Some(Slot { key: "home".into(), alone: false }));
    assert_eq!(slot("I live in Paris and I work at Acme."), None, "which of the two?");
    assert_eq!(slot("The user lives in Lyon."), Some(Slot { key: "home".into(), alone: true }));
    assert_eq!(slot("User's name is Ada"), Some(Slot { key: "name".into(), alone: true }));
}
