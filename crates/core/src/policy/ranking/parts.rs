/// What a candidate is worth, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Worth {
    /// The sum of the parts; 0 rather than less.
    pub score: f32,
    /// Each part that is not 0, in the order in which they were found.
    pub parts: Vec<Part>,
    /// Whether there is a reason to think that it has to do with the question: a word of it here or close by, or a similar
    /// meaning. The rest is only the best of what does not fit.
    pub is_grounded: bool,
}

/// What one rule gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// The rule.
    pub name: &'static str,
    /// What it added to the score.
    pub value: f32,
}

/// Parts as they are found.
#[derive(Default)]
pub(super) struct Parts(Vec<Part>);

impl Parts {
    pub(super) fn add(&mut self, name: &'static str, value: f32) {
        if value != 0.0 && value.is_finite() {
            self.0.push(Part { name, value });
        }
    }

    /// Multiplies what was found so far, told as what that adds.
    pub(super) fn scale(&mut self, name: &'static str, by: f32) {
        self.add(name, self.sum() * (by - 1.0));
    }

    pub(super) fn worth(self, is_grounded: bool) -> Worth {
        Worth { score: self.sum().max(0.0), parts: self.0, is_grounded }
    }

    fn sum(&self) -> f32 {
        self.0.iter().map(|part| part.value).sum()
    }
}
