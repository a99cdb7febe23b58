use proptest::prelude::*;

use super::*;

/// A labelled sentence: the category to keep, or none.
fn labelled(file: &'static str) -> Vec<(Option<&'static str>, &'static str)> {
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let pairs = lines.map(|line| line.split_once(' ').expect("a label and a sentence"));
    pairs.map(|(label, sentence)| ((label != "-").then_some(label), sentence)).collect()
}

struct Measure {
    precision: f32,
    recall: f32,
    right_category: f32,
}

fn measure(file: &'static str) -> Measure {
    let (mut kept, mut rightly, mut to_keep, mut right_category) = (0_u32, 0_u32, 0_u32, 0_u32);
    for (label, sentence) in labelled(file) {
        let found = extract(sentence);
        to_keep += u32::from(label.is_some());
        kept += u32::from(!found.is_empty());
        let rightly_kept = label.is_some() && !found.is_empty();
        rightly += u32::from(rightly_kept);
        right_category += u32::from(rightly_kept && found.first().map(|candidate| candidate.category) == label);
        if label.is_some() == found.is_empty() || (rightly_kept && Some(found[0].category) != label) {
            println!("labelled {label:?}, found {found:?}: {sentence}");
        }
    }
    let share = |part: u32, whole: u32| part as f32 / whole as f32;
    Measure {
        precision: share(rightly, kept),
        recall: share(rightly, to_keep),
        right_category: share(right_category, rightly),
    }
}

fn check(file: &'static str, precision: f32, recall: f32, right_category: f32) {
    assert!(labelled(file).len() >= 200);
    let reached = measure(file);
    println!("precision {}, recall {}, category {}", reached.precision, reached.recall, reached.right_category);
    assert!(reached.precision >= precision, "precision {}", reached.precision);
    assert!(reached.recall >= recall, "recall {}", reached.recall);
    assert!(reached.right_category >= right_category, "category {}", reached.right_category);
}

#[test]
fn english_sentences_are_kept_and_left_as_labelled() {
    check(include_str!("labelled/english.txt"), 0.98, 0.94, 0.98);
}

#[test]
fn french_sentences_are_kept_and_left_as_labelled() {
    check(include_str!("labelled/french.txt"), 0.98, 0.95, 0.98);
}

#[test]
fn every_pattern_can_match() {
    assert!(!GRAMMARS.iter().any(Grammar::is_broken));
}

fn one(text: &str) -> (String, &'static str, f32) {
    let [candidate] = <[Candidate; 1]>::try_from(extract(text)).expect("exactly one candidate");
    (candidate.content, candidate.category, candidate.importance)
}

#[test]
fn content_is_what_the_person_said() {
    assert_eq!(one("  My dog is called Rex.  "), ("My dog is called Rex.".into(), "fact", 0.7));
    assert_eq!(one("Salut ! Mon chien s'appelle Rex."), ("Mon chien s'appelle Rex.".into(), "fact", 0.7));
    assert_eq!(
        one("My boss is Mr. Brown, he starts at 8.30."),
        ("My boss is Mr. Brown, he starts at 8.30.".into(), "fact", 0.7)
    );
    assert_eq!(one("I'm allergic to nuts, what can I eat?"), ("I'm allergic to nuts".into(), "fact", 0.85));
}

#[test]
fn what_is_to_be_remembered_is_the_clause_after_it() {
    assert_eq!(one("Please remember that my code is 4521."), ("my code is 4521.".into(), "fact", 0.9));
    assert_eq!(one("Can you remember that I love tea?"), ("I love tea".into(), "preference", 0.9));
    assert_eq!(one("Souviens-toi que j'aime le thé."), ("j'aime le thé.".into(), "preference", 0.9));
    assert_eq!(one("N'oublie pas que mon vol est le 3 mars."), ("mon vol est le 3 mars.".into(), "date", 0.9));
    assert!(extract("Remember that?").is_empty());
    assert!(extract("Remember my dog Rex?").is_empty());
    assert!(extract("Remember that what is true stays true.").is_empty());
}

#[test]
fn what_is_told_of_oneself_in_one_breath_is_told_apart() {
    let told = |text: &str| -> Vec<String> { extract(text).into_iter().map(|candidate| candidate.content).collect() };
    assert_eq!(told("I like tea but I'm allergic to milk."), ["I like tea", "I'm allergic to milk."]);
    assert_eq!(told("My dog is called Rex, and I live in Lyon."), ["My dog is called Rex", "I live in Lyon."]);
    assert_eq!(
        told("J'aime le thé mais je suis allergique au lait."),
        ["J'aime le thé", "je suis allergique au lait."]
    );
    assert_eq!(told("I like tea and I know."), ["I like tea and I know."], "what states nothing stays where it is");
    assert_eq!(told("I love bread and my own butter."), ["I love bread and my own butter."]);
}

#[test]
fn other_peoples_words_and_code_are_left_out() {
    assert!(extract("> I live in Paris").is_empty());
    assert!(extract("```\nI live in Paris\n```").is_empty());
    assert!(extract("\"I love cats, and I live in Paris\"").is_empty());
    assert_eq!(extract("```\nI live in Paris\n```\nI live in Rome.").len(), 1);
}

#[test]
fn length_number_and_repetition_are_bounded() {
    assert!(extract("I vape").is_empty());
    assert!(extract(&format!("I love {}", "very ".repeat(80))).is_empty());
    assert_eq!(extract(&"I love tea. ".repeat(9)).len(), 1);
    let many: Vec<_> = (0..9).map(|age| format!("My dog Rex is {age}.")).collect();
    let found = extract(&many.join(" "));
    assert_eq!(found.len(), MAX_CANDIDATES);
    assert_eq!(found[0].content, "My dog Rex is 0.");
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,200}") {
        for candidate in extract(&text) {
            prop_assert!(text.contains(&candidate.content));
        }
    }

    #[test]
    fn any_mix_of_known_words_gives_sound_candidates(
        words in prop::collection::vec("(I|my|j'|mon|love|aime|dog|chien|is|est|remember that|,|\\.|\\?|\"|é|«|\n|3)", 0..40),
    ) {
        let text = words.join(" ");
        for candidate in extract(&text) {
            prop_assert!(text.contains(&candidate.content));
            prop_assert!((0.0..=1.0).contains(&candidate.importance));
            prop_assert!(candidate.content.chars().count() <= MAX_CHARS);
        }
    }
}

#[test]
fn a_text_of_fillers_alone_is_read_in_time_and_tells_nothing() {
    for filler in ["so, ", "hi, ", "and i, ", "by the way, ", "alors, ", "« ", "what, "] {
        let text = filler.repeat(MAX_TEXT / filler.len());
        assert_eq!((extract(&text), slot(&text), to_forget(&text)), (vec![], None, vec![]), "{filler}");
    }
}

#[test]
fn a_long_text_tells_more_than_one_thing() {
    assert!(slot("I live in Lyon").is_some());
    assert_eq!(slot(&format!("I live in Lyon{}", ", where it rains".repeat(20))), None);
}
