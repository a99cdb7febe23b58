//! The `.env` file of the working directory. Its values are read, never put into the process's environment, so that
//! `config show` can tell them apart and no other thread sees the environment change.

use jarvis_core::{Error, Result};

/// The variables of a `.env` file in its order. Lines are `NAME=value`, `export NAME=value`, empty, or comments;
/// `'…'` is taken as it is, `"…"` knows `\n`, `\t`, `\"`, `\\` and `\$`; a bare value ends before ` #`. Nothing is substituted.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>> {
    let mut variables = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let refuse = |why: &str| {
            let message =
                format!(".env line {}: {why}; a line is NAME=value or a comment that begins with #", index + 1);
            Error::invalid(".env", message)
        };
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once('=').ok_or_else(|| refuse("there is no ="))?;
        let name = name.trim_end();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(refuse("the name holds more than letters, digits and _"));
        }
        let value = unquote(value.trim_start()).ok_or_else(|| refuse("a quote is not closed"))?;
        variables.push((name.to_owned(), value));
    }
    Ok(variables)
}

/// The value behind quotes; `None` when they are not closed or something but a comment follows them.
fn unquote(text: &str) -> Option<String> {
    let ends = |rest: &str| rest.trim_start().is_empty() || rest.trim_start().starts_with('#');
    if let Some(rest) = text.strip_prefix('\'') {
        let (value, rest) = rest.split_once('\'')?;
        return ends(rest).then(|| value.to_owned());
    }
    let Some(rest) = text.strip_prefix('"') else {
        // `#` begins a comment only behind a space: it is common in passwords.
        let end = if text.starts_with('#') { 0 } else { text.find(" #").unwrap_or(text.len()) };
        return Some(text[..end].trim_end().to_owned());
    };
    let mut value = String::new();
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return ends(&rest[at + 1..]).then_some(value),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_understood() {
        let text = "# comment\n\nA=1\nexport B = two words # why\nC='it #is'\nD=\"a\\n\\\"b\\\"\" # x\nE=\nF=p#ss\nG= # none\n";
        let parsed = parse(text).unwrap();
        let pairs: Vec<(&str, &str)> = parsed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            pairs,
            [("A", "1"), ("B", "two words"), ("C", "it #is"), ("D", "a\n\"b\""), ("E", ""), ("F", "p#ss"), ("G", "")]
        );
    }

    #[test]
    fn what_is_no_variable_is_refused_with_its_line() {
        for (text, line) in
            [("A=1\nnonsense", 2), ("A-B=1", 1), ("=1", 1), ("A='x", 1), ("A=\"x\" y", 1), ("A=\"\\", 1)]
        {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.starts_with(&format!(".env line {line}: ")), "{message}");
        }
    }
}
