//! What a statement is about, and what that is worth.

/// What a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// How the person is called, or what they are in one word ("I'm French").
    Name,
    /// Allergies, illnesses, diet: a wrong answer about these can hurt.
    Health,
    /// A birthday or anniversary: comes back every year.
    Birthday,
    /// Relatives, friends, pets.
    Family,
    /// Where the person lives or comes from.
    Home,
    /// Job, studies.
    Work,
    /// Something that happens on a given day.
    Appointment,
    /// Favourites and strong likes or dislikes.
    Favourite,
    /// What the person likes or does not.
    Preference,
    /// "I am a …".
    Trait,
    /// What the person owns.
    Possession,
    /// What the person does regularly or learns.
    Activity,
}

/// What the person asked to remember is worth this, whatever it is about.
pub(super) const EXPLICIT_IMPORTANCE: f32 = 0.9;

/// Category of what the person asked to remember when nothing more is known about it.
pub(super) const EXPLICIT_CATEGORY: &str = "fact";

impl Kind {
    /// Category and importance, 0 to 1. The order follows what forgetting costs: harm, then embarrassment, then taste.
    pub(super) const fn worth(self) -> (&'static str, f32) {
        match self {
            Self::Name | Self::Health => ("fact", 0.85),
            Self::Birthday => ("date", 0.8),
            Self::Family | Self::Home | Self::Work => ("fact", 0.7),
            Self::Appointment => ("date", 0.7),
            Self::Favourite => ("preference", 0.65),
            Self::Preference => ("preference", 0.6),
            Self::Trait => ("fact", 0.6),
            Self::Possession => ("fact", 0.55),
            Self::Activity => ("fact", 0.5),
        }
    }
}
