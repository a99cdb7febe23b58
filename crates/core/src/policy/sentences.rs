//! A text as a person wrote it, cut into sentences: what is code or somebody else's words is left out.

/// Abbreviations whose dot never ends a sentence: a name or a number follows. Not those that are words too ("no", "me").
const TITLES: &[&str] =
    &["mr", "mrs", "ms", "dr", "prof", "st", "mme", "mlle", "mgr", "vs", "av", "bd", "approx", "env"];

/// The sentences of `text` in order, trimmed, list markers left out. Fenced code and lines quoted with `>` are left out.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in prose_lines(text) {
        let mut start = 0;
        for end in ends(line) {
            push(&line[start..end], &mut found);
            start = end;
        }
        push(&line[start..], &mut found);
    }
    found
}

/// The lines that the person wrote, without list markers and headings' signs.
pub(super) fn prose_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines().map(str::trim).filter_map(move |line| {
        if line.starts_with("```") || line.starts_with("~~~") {
            in_code = !in_code;
            return None;
        }
        (!in_code && !line.is_empty() && !line.starts_with('>')).then(|| without_marker(line))
    })
}

/// `- item`, `* item`, `# heading` and `1. item` without what stands before the text.
fn without_marker(line: &str) -> &str {
    let signs = line.trim_start_matches(['-', '*', '+', '•', '#']);
    if signs.len() < line.len() && signs.starts_with(' ') {
        return signs.trim_start();
    }
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = line.len() - digits.len();
    match digits.strip_prefix(['.', ')']) {
        Some(rest) if (1..=2).contains(&numbered) && rest.starts_with(' ') => rest.trim_start(),
        _ => line,
    }
}

fn push<'a>(sentence: &'a str, found: &mut Vec<&'a str>) {
    let sentence = sentence.trim();
    if sentence.chars().any(char::is_alphanumeric) {
        found.push(sentence);
    }
}

/// Byte offsets just after each sentence of a line that another one follows.
fn ends(line: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !matches!(c, '.' | '!' | '?' | '…') {
            continue;
        }
        let mut end = at + c.len_utf8();
        while let Some((next, closing)) = chars.next_if(|(_, c)| matches!(c, '.' | '!' | '?' | '…' | '"' | '”' | ')'))
        {
            end = next + closing.len_utf8();
        }
        // French puts a space before a closing guillemet
        let rest = &line[end..];
        let closing = rest.trim_start();
        if closing.starts_with('»') {
            end = line.len() - closing.len() + '»'.len_utf8();
            chars.by_ref().find(|(_, c)| *c == '»');
        }
        let rest = &line[end..];
        let followed = rest.starts_with(char::is_whitespace);
        // « Où ? » demanda-t-il: the space before French marks is not an end, the mark that follows it is
        let more_marks = rest.trim_start().starts_with(['!', '?']);
        if followed && !more_marks && !(c == '.' && is_abbreviation(&line[..at], rest)) {
            ends.push(end);
        }
    }
    ends
}

/// Whether the dot after `before` belongs to its last word.
fn is_abbreviation(before: &str, after: &str) -> bool {
    let last = before.rsplit(|c: char| !c.is_alphanumeric() && c != '.').next().unwrap_or_default();
    let mut letters = last.chars();
    let first = letters.next().unwrap_or(' ');
    let is_initial = first.is_uppercase() && first != 'I' && letters.next().is_none();
    let folded = last.to_lowercase();
    if is_initial || TITLES.contains(&folded.as_str()) {
        return true;
    }
    // `e.g.`, `a.m.`, `etc.` end a sentence only when a capital follows
    let may_end = folded.contains('.') || folded == "etc";
    may_end && after.trim_start().starts_with(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sentences_end_where_people_end_them() {
        let cases: &[(&str, &[&str])] = &[
            ("I live in Paris. I love tea!", &["I live in Paris.", "I love tea!"]),
            ("i love cats. i hate dogs", &["i love cats.", "i hate dogs"]),
            ("My boss is Mr. Brown. He is kind.", &["My boss is Mr. Brown.", "He is kind."]),
            ("J'ai vu M. Dupont hier. Il va bien.", &["J'ai vu M. Dupont hier.", "Il va bien."]),
            ("We met J. R. Ewing. Really?", &["We met J. R. Ewing.", "Really?"]),
            ("I get up at 8.30 and weigh 70.5 kg.", &["I get up at 8.30 and weigh 70.5 kg."]),
            ("Up at 6 a.m. every day, e.g. today.", &["Up at 6 a.m. every day, e.g. today."]),
            ("I like tea, etc. My wife too.", &["I like tea, etc.", "My wife too."]),
            ("Vraiment ? Oui !", &["Vraiment ?", "Oui !"]),
            ("Quoi ?! Non... Si.", &["Quoi ?!", "Non...", "Si."]),
            ("She said \"go.\" Then left.", &["She said \"go.\"", "Then left."]),
            ("Il a dit « viens. » Puis rien.", &["Il a dit « viens. »", "Puis rien."]),
            ("So am I. Bye.", &["So am I.", "Bye."]),
            ("It was hard for me. I said no. Then yes.", &["It was hard for me.", "I said no.", "Then yes."]),
            ("- one\n* two\n1. three\n## four\n\n", &["one", "two", "three", "four"]),
            ("a\n```\nlet x = 1;\n```\nb\n> quoted\nc", &["a", "b", "c"]),
            ("*bold* text, 1.5 left", &["*bold* text, 1.5 left"]),
            ("!!! ...", &[]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(&sentences(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_invented_and_order_is_kept(text in "[a-zA-Zé .!?…»«\"\n-]{0,120}") {
            let mut rest = text.as_str();
            for sentence in sentences(&text) {
                let at = rest.find(sentence);
                prop_assert!(at.is_some());
                rest = &rest[at.unwrap() + sentence.len()..];
            }
        }
    }
}
