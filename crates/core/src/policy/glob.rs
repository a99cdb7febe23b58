//! Patterns over names: `*` is any text, `?` one byte, `\` takes the next byte as it is; all else stands for itself.

/// Whether the whole of `name` matches. Takes time in proportion to the product of both lengths at most.
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut read) = (0, 0);
    // where the last `*` was, and how much of the name it took so far
    let mut star: Option<(usize, usize)> = None;
    while read < name.len() {
        match step(pattern, at, name[read]) {
            Step::Star => {
                star = Some((at + 1, read));
                at += 1;
            }
            Step::Takes(next) => {
                at = next;
                read += 1;
            }
            Step::No => match star {
                Some((after, taken)) => {
                    star = Some((after, taken + 1));
                    (at, read) = (after, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

enum Step {
    Star,
    Takes(usize),
    No,
}

fn step(pattern: &[u8], at: usize, byte: u8) -> Step {
    let (wanted, next) = match (pattern.get(at), pattern.get(at + 1)) {
        (None, _) => return Step::No,
        (Some(b'*'), _) => return Step::Star,
        (Some(b'?'), _) => return Step::Takes(at + 1),
        (Some(b'\\'), Some(escaped)) => (*escaped, at + 2),
        (Some(other), _) => (*other, at + 1),
    };
    if wanted == byte { Step::Takes(next) } else { Step::No }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_and_question_marks_stand_for_text() {
        for (pattern, name) in [
            ("*", ""),
            ("*", "anything"),
            ("user:*:head", "user:1:2:head"),
            ("user:?", "user:1"),
            ("a*b*c", "a-b-b-c"),
            (r"50\*", "50*"),
            ("[ab]", "[ab]"),
            ("é*", "été"),
            (r"end\", r"end\"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("", "a"),
            ("?", ""),
            ("user:?", "user:12"),
            (r"50\*", "500"),
            ("[ab]", "a"),
            ("é*", "ete"),
            ("a*b", "a-c"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    /// The definition, without any cleverness.
    fn plain(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern, name) {
            ([], _) => name.is_empty(),
            ([b'*', rest @ ..], _) => (0..=name.len()).any(|taken| plain(rest, &name[taken..])),
            ([b'?', rest @ ..], [_, left @ ..]) => plain(rest, left),
            ([b'\\', wanted, rest @ ..] | [wanted, rest @ ..], _) => {
                name.first() == Some(wanted) && plain(rest, &name[1..])
            }
        }
    }

    proptest! {
        #[test]
        fn it_is_what_the_definition_says(pattern in r"[ab*?\\\\]{0,8}", name in r"[ab*?\\\\]{0,8}") {
            prop_assert_eq!(matches(&pattern, &name), plain(pattern.as_bytes(), name.as_bytes()));
        }
    }
}
