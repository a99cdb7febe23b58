//! Licence expressions: `OR`, `AND`, `WITH` and parentheses of SPDX (annex D), and the old `/` for `OR`.

use std::collections::BTreeSet;

/// Whether one may use what stands under `expression` when the licences in `allowed` are accepted.
///
/// `AND` binds closer than `OR`. A licence `WITH` an exception counts as the licence itself would: exceptions only add
/// permissions. An expression that cannot be read is not allowed.
pub(crate) fn allows(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = Words { expression: spaced.split_whitespace().collect(), next: 0, allowed };
    words.any() == Some(true) && words.next == words.expression.len()
}

struct Words<'a> {
    expression: Vec<&'a str>,
    next: usize,
    allowed: &'a BTreeSet<String>,
}

impl Words<'_> {
    /// `all { OR all }`; nothing when the expression is malformed.
    fn any(&mut self) -> Option<bool> {
        let mut value = self.all()?;
        while self.take("OR") {
            value |= self.all()?;
        }
        Some(value)
    }

    /// `one { AND one }`
    fn all(&mut self) -> Option<bool> {
        let mut value = self.one()?;
        while self.take("AND") {
            value &= self.one()?;
        }
        Some(value)
    }

    /// `( any )` or a licence, perhaps `WITH` an exception
    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let value = self.any()?;
            return self.take(")").then_some(value);
        }
        let licence = *self.expression.get(self.next)?;
        self.next += 1;
        if self.take("WITH") {
            self.next += 1;
        }
        Some(self.allowed.contains(licence))
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.expression.get(self.next).is_some_and(|next| *next == word);
        self.next += usize::from(found);
        found
    }
}

#[test]
fn expressions_are_evaluated() {
    let allowed = ["MIT", "Apache-2.0", "Unicode-3.0"].map(str::to_owned).into();
    for expression in [
        "MIT",
        "MIT OR GPL-3.0",
        "GPL-3.0/MIT",
        "(MIT OR GPL-3.0) AND Unicode-3.0",
        "GPL-3.0 AND BSD-3-Clause OR MIT",
        "Apache-2.0 WITH LLVM-exception",
        "((MIT))",
    ] {
        assert!(allows(expression, &allowed), "{expression} is fine");
    }
    for expression in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "MIT AND (GPL-3.0 OR MPL-2.0)",
        "GPL-3.0 WITH MIT",
        "(MIT",
        "MIT)",
        "MIT OR",
        "MIT MIT",
    ] {
        assert!(!allows(expression, &allowed), "{expression} is not fine");
    }
}
