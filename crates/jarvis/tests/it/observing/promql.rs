//! Queries of Prometheus, as far as the dashboard and the rules use them: a parser that refuses what is no query, and tells
//! which metrics are asked for by which labels.

use std::collections::BTreeSet;

const AGGREGATIONS: [&str; 8] = ["sum", "min", "max", "avg", "count", "topk", "bottomk", "quantile"];
/// Functions with what they take: a range, or values; and how many arguments.
const FUNCTIONS: [(&str, bool, usize); 6] = [
    ("rate", true, 1),
    ("increase", true, 1),
    ("histogram_quantile", false, 2),
    ("vector", false, 1),
    ("clamp_max", false, 2),
    ("absent", false, 1),
];
const OPERATORS: [&str; 15] = ["==", "!=", ">=", "<=", ">", "<", "+", "-", "*", "/", "%", "^", "and", "or", "unless"];

/// A metric that a query asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) metric: String,
    /// Labels that it must have, with the value that is asked for when it is one exactly.
    pub(super) labels: BTreeSet<(String, Option<String>)>,
    /// Whether its growth is asked for, which only a counter has.
    pub(super) as_counter: bool,
}

/// What a query asks for.
pub(super) fn parse(query: &str) -> Result<Vec<Asked>, String> {
    let mut parser = Parser { words: words(query)?, at: 0 };
    let asked = parser.expression()?.asked;
    match parser.peek() {
        None => Ok(asked),
        Some(word) => Err(format!("`{word}` is left over")),
    }
}

fn words(query: &str) -> Result<Vec<String>, String> {
    let (mut words, mut rest) = (Vec::new(), query.trim_start());
    while let Some(first) = rest.chars().next() {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':' || c == '.';
        let length = if first == '"' {
            let end = rest[1..].find('"').ok_or("a text that does not end")?;
            end + 2
        } else if is_name(first) {
            rest.find(|c| !is_name(c)).unwrap_or(rest.len())
        } else {
            let two = ["=~", "!~", "==", "!=", ">=", "<="].iter().any(|op| rest.starts_with(op));
            if !two && !"(){}[],=<>+-*/%^".contains(first) {
                return Err(format!("`{first}` is nothing that a query knows"));
            }
            if two { 2 } else { 1 }
        };
        words.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    Ok(words)
}

struct Parser {
    words: Vec<String>,
    at: usize,
}

#[derive(Default)]
struct Value {
    asked: Vec<Asked>,
    is_range: bool,
}

impl Parser {
    fn peek(&self) -> Option<&str> {
        self.words.get(self.at).map(String::as_str)
    }

    fn next(&mut self) -> Result<String, String> {
        let word = self.words.get(self.at).cloned().ok_or("the query ends too early")?;
        self.at += 1;
        Ok(word)
    }

    fn take(&mut self, word: &str) -> bool {
        let is_next = self.peek() == Some(word);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.take(word) { Ok(()) } else { Err(format!("`{word}` is missing before {:?}", self.peek())) }
    }

    fn expression(&mut self) -> Result<Value, String> {
        let mut value = self.operand()?;
        while self.peek().is_some_and(|word| OPERATORS.contains(&word)) {
            self.next()?;
            let other = self.operand()?;
            if value.is_range || other.is_range {
                return Err("a range cannot be reckoned with".to_owned());
            }
            value.asked.extend(other.asked);
        }
        Ok(value)
    }

    fn operand(&mut self) -> Result<Value, String> {
        self.take("-");
        let word = self.next()?;
        if word == "(" {
            let value = self.expression()?;
            self.expect(")")?;
            return Ok(value);
        }
        if word.parse::<f64>().is_ok() {
            return Ok(Value::default());
        }
        if AGGREGATIONS.contains(&word.as_str()) {
            return self.aggregation(&word);
        }
        if self.peek() == Some("(") {
            return self.function(&word);
        }
        self.selector(word)
    }

    fn aggregation(&mut self, name: &str) -> Result<Value, String> {
        let mut by = self.grouping()?;
        let mut arguments = self.arguments()?;
        by.extend(self.grouping()?);
        let expected = if ["topk", "bottomk", "quantile"].contains(&name) { 2 } else { 1 };
        let mut value =
            arguments.pop().filter(|value| !value.is_range).ok_or(format!("{name} of nothing, or of a range"))?;
        if arguments.len() + 1 != expected {
            return Err(format!("{name} takes {expected}"));
        }
        for asked in &mut value.asked {
            asked.labels.extend(by.iter().map(|label| (label.clone(), None)));
        }
        Ok(value)
    }

    fn grouping(&mut self) -> Result<Vec<String>, String> {
        if !self.take("by") {
            return Ok(Vec::new());
        }
        self.expect("(")?;
        let mut labels = Vec::new();
        loop {
            labels.push(self.next()?);
            if self.take(")") {
                return Ok(labels);
            }
            self.expect(",")?;
        }
    }

    fn function(&mut self, name: &str) -> Result<Value, String> {
        let known = FUNCTIONS.iter().find(|(known, ..)| *known == name);
        let (_, takes_range, count) = *known.ok_or(format!("{name} is no function that is known here"))?;
        let arguments = self.arguments()?;
        if arguments.len() != count || arguments.iter().any(|value| value.is_range != takes_range) {
            return Err(format!("{name} takes something else"));
        }
        let mut asked: Vec<Asked> = arguments.into_iter().flat_map(|value| value.asked).collect();
        for one in &mut asked {
            one.as_counter |= takes_range;
            if name == "histogram_quantile" && !one.labels.contains(&("le".to_owned(), None)) {
                return Err("histogram_quantile needs the label le".to_owned());
            }
        }
        Ok(Value { asked, is_range: false })
    }

    fn arguments(&mut self) -> Result<Vec<Value>, String> {
        self.expect("(")?;
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.expression()?);
            if self.take(")") {
                return Ok(arguments);
            }
            self.expect(",")?;
        }
    }

    fn selector(&mut self, metric: String) -> Result<Value, String> {
        if !metric.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err(format!("`{metric}` is no name of a metric"));
        }
        let mut labels = BTreeSet::new();
        if self.take("{") {
            while !self.take("}") {
                let label = self.next()?;
                let operator = self.next()?;
                let value = self.next()?;
                let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
                let value = value.ok_or(format!("{label} is compared with no text"))?;
                match operator.as_str() {
                    "=" => _ = labels.insert((label, Some(value.to_owned()))),
                    "!=" | "=~" | "!~" => {
                        labels.extend(value.split('|').map(|one| {
                            let is_exact = one.chars().all(|c| c.is_ascii_alphanumeric() || "_/".contains(c));
                            (label.clone(), is_exact.then(|| one.to_owned()))
                        }));
                    }
                    other => return Err(format!("`{other}` compares no labels")),
                }
                self.take(",");
            }
        }
        let is_range = self.take("[");
        if is_range {
            let time = self.next()?;
            let (count, unit) = time.split_at(time.len().saturating_sub(1));
            if count.parse::<u32>().is_err() || !["s", "m", "h", "d"].contains(&unit) {
                return Err(format!("`{time}` is no time"));
            }
            self.expect("]")?;
        }
        Ok(Value { asked: vec![Asked { metric, labels, as_counter: false }], is_range })
    }
}

#[test]
fn what_is_a_query_is_understood_and_what_is_none_is_refused() {
    let asked = parse(r#"sum by (route, le) (rate(a_bucket{job=~"x.*", route!~"/ws|/api"}[5m])) / 2 > 0.1"#).unwrap();
    let labels: Vec<_> = asked[0].labels.iter().map(|(label, value)| (label.as_str(), value.as_deref())).collect();
    let expected = [("job", None), ("le", None), ("route", None), ("route", Some("/api")), ("route", Some("/ws"))];
    assert_eq!((asked[0].metric.as_str(), asked[0].as_counter, labels.as_slice()), ("a_bucket", true, &expected[..]));
    let wrong = [
        "",
        "sum(",
        "a{b=c}",
        "a{b==\"c\"}",
        "rate(a)",
        "rate(a[5])",
        "sum by (x) (a[5m])",
        "a b",
        "whatever(a)",
        "histogram_quantile(0.9, sum(rate(a[5m])))",
        "a + ",
        "topk(a)",
        "a; b",
        "sum(a, b)",
        "a{b=\"c}",
    ];
    for query in wrong {
        assert!(parse(query).is_err(), "{query}");
    }
}
