//! What a statement tells of which a person has one at a time: where they live, for whom they work, their name. A newer
//! statement about the same slot closes the older one. Things one can have several of (likes, children, pets) have none.
//!
//! Only statements about now count: "I used to live in", "in 2010 I moved to", "I want to move to" hold no slot.

use std::sync::LazyLock;

use crate::policy::phrases::{self, Phrase, Sets, Word};

/// One way to fill a slot.
struct Rule {
    slot: &'static str,
    says: &'static [&'static str],
    /// Not when the clause begins so.
    not: &'static [&'static str],
    /// Whether words of the past anywhere in the sentence mean that it tells a story.
    now_only: bool,
}

const SETS: Sets = &[
    ("adv", "really also just still actually currently now both mostly recently finally always only already"),
    (
        "adverbe",
        "vraiment aussi toujours encore actuellement maintenant plutot desormais juste recemment enfin tous deux",
    ),
    (
        "no_place",
        "a an my our this that her his their another one fear peace hope me you it them here there different \
        bigger smaller new cosy cozy small big",
    ),
    // a town is called Nice
    (
        "nice_what",
        "little big bigger new old quiet small flat apartment house home place area part street town city village",
    ),
    (
        "no_firm",
        "a an the my our this that his her their me myself you it them him home night nights least free fun money \
        living all both different several",
    ),
    ("pas_lieu", "la le l un une mon ma notre cote cet cette ce nouveau"),
    ("spouse", "wife husband partner girlfriend boyfriend spouse fiance fiancee"),
    ("conjoint", "femme mari conjoint conjointe compagnon compagne copain copine fiance fiancee epouse epoux"),
    ("diet", "vegan vegetarian pescatarian flexitarian omnivore keto"),
    (
        "regime",
        "vegan vegane vegetarien vegetarienne vegetalien vegetalienne vegetariens flexitarien flexitarienne omnivore",
    ),
    (
        "metier",
        "medecin infirmier infirmiere professeur prof avocat avocate ingenieur ingenieure developpeur \
        developpeuse boulanger boulangere cuisinier cuisiniere comptable architecte journaliste graphiste pompier \
        serveur serveuse photographe pharmacien pharmacienne dentiste veterinaire coiffeur coiffeuse plombier \
        electricien psychologue instituteur institutrice chercheur chercheuse",
    ),
];

const RULES: &[Rule] = &[
    Rule {
        slot: "home",
        says: &[
            "i|we @adv? live|reside @adv? in|at|near|outside *",
            "i|we m|am|re|are @adv? living|based|residing @adv? in|at|near *",
        ],
        not: &[
            "i|we @adv? live|reside @adv? in|at|near|outside @no_place",
            "i|we @adv? live|reside @adv? in|at|near|outside nice @nice_what",
            "i|we m|am|re|are @adv? living|based|residing @adv? in|at|near @no_place",
        ],
        now_only: false,
    },
    Rule {
        slot: "home",
        says: &["i|we ve|have? @adv? @adv? moved|relocated|emigrated back? to *"],
        not: &[
            "i|we ve|have? @adv? @adv? moved|relocated|emigrated back? to @no_place",
            "i|we ve|have? @adv? @adv? moved|relocated|emigrated back? to nice @nice_what",
        ],
        now_only: true,
    },
    Rule {
        slot: "home",
        says: &[
            "j|je|nous|on habite|vis|reside|habitons|vivons|vit @adverbe? a|au|aux|en *",
            "j|je|nous|on habite|habitons ^",
        ],
        not: &["j|je|nous|on habite|vis|reside|habitons|vivons|vit @adverbe? a|au|aux|en @pas_lieu"],
        now_only: false,
    },
    Rule {
        slot: "home",
        says: &[
            "j|nous|on ai|avons|a @adverbe? demenage|emmenage a|au|aux|en *",
            "je|nous|on viens|venons|vient @adverbe? de|d demenager|emmenager a|au|aux|en *",
            "je me|m suis @adverbe? installe|installee a|au|aux|en *",
        ],
        not: &[
            "j|nous|on ai|avons|a @adverbe? demenage|emmenage a|au|aux|en @pas_lieu",
            "je me|m suis @adverbe? installe|installee a|au|aux|en @pas_lieu",
        ],
        now_only: true,
    },
    Rule {
        slot: "employer",
        says: &["i @adv? work at|for *", "i m|am @adv? working at|for *", "i ve|have? @adv? joined ^"],
        not: &["i @adv? work at|for @no_firm", "i m|am @adv? working at|for @no_firm"],
        now_only: true,
    },
    Rule {
        slot: "employer",
        says: &[
            "je @adverbe? travaille|bosse @adverbe? chez *",
            "je @adverbe? travaille|bosse pour ^",
            "j ai rejoint ^",
        ],
        not: &["je @adverbe? travaille|bosse @adverbe? chez moi|un|une|des"],
        now_only: true,
    },
    Rule { slot: "job", says: &["i @adv? work as *", "i m|am @adv? working as *"], not: &[], now_only: true },
    Rule {
        slot: "job",
        says: &["je @adverbe? travaille|bosse @adverbe? comme *", "je|j suis @adverbe? @metier"],
        not: &[],
        now_only: true,
    },
    Rule {
        slot: "name",
        says: &["my full|first? name is|s ^", "i m|am called|named ^", "je m appelle ^", "mon prenom|nom est|c_est ^"],
        not: &[],
        now_only: false,
    },
    Rule {
        slot: "age",
        says: &[
            "i m|am # years|yo",
            "i m|am # $",
            "i @adv? turned|turn #",
            "j ai # ans",
            "j @adverbe? ai @adverbe? # ans",
            "je viens d avoir # ans",
        ],
        not: &[],
        now_only: false,
    },
    Rule {
        slot: "birthday",
        says: &[
            "my birthday is|falls *",
            "i was born on *",
            "mon anniversaire est|tombe|c_est *",
            "je suis ne|nee le *",
        ],
        not: &["my birthday is|falls @adv? coming|soon|near|over|today|tomorrow|approaching"],
        now_only: false,
    },
    Rule {
        slot: "partner",
        says: &[
            "my @spouse is? called|named ^",
            "my @spouse s name is|s ^",
            "mon|ma @conjoint s appelle ^",
            "mon|ma @conjoint se prenomme|nomme ^",
        ],
        not: &[],
        now_only: false,
    },
    Rule {
        slot: "diet",
        says: &[
            "i m|am|became|turned|went @adv? @adv? @diet",
            "i ve become|turned|gone @diet",
            "i eat|started_eating meat again",
            "je suis|j_suis|deviens @adverbe? @regime",
            "je suis devenu|devenue @regime",
            "je mange|remange de_nouveau|a_nouveau|encore? de_la? viande",
        ],
        not: &[],
        now_only: false,
    },
];

/// What a person has one of and calls theirs: the last word of "my … is".
const ATTRIBUTES: &[&str] = &[
    "surname",
    "nickname",
    "address",
    "email",
    "mail",
    "number",
    "password",
    "code",
    "pin",
    "postcode",
    "height",
    "weight",
    "profession",
    "occupation",
    "employer",
    "hometown",
    "pronouns",
    "prenom",
    "surnom",
    "adresse",
    "numero",
    "telephone",
    "taille",
    "poids",
    "profession",
    "employeur",
    "pointure",
];

/// Words that say that something was, and not when it is told.
const PAST: &[&str] = &[
    "ago",
    "when",
    "then",
    "later",
    "before",
    "after",
    "back",
    "until",
    "year",
    "years",
    "once",
    "was",
    "were",
    "quand",
    "puis",
    "ensuite",
    "avant",
    "apres",
    "ans",
    "annees",
    "autrefois",
    "jadis",
    "etait",
    "etais",
    "lorsque",
];

/// Words that say that it is not the person who speaks of themselves.
const STORY: &[&str] = &[
    "said",
    "says",
    "story",
    "novel",
    "role",
    "roleplay",
    "character",
    "pretend",
    "imagine",
    "quote",
    "line",
    "dit",
    "dis",
    "histoire",
    "roman",
    "personnage",
    "imaginons",
    "citation",
];

struct Read {
    slot: &'static str,
    says: Vec<Phrase>,
    not: Vec<Phrase>,
    now_only: bool,
}

static READ: LazyLock<Vec<Read>> = LazyLock::new(|| {
    let read = |patterns: &[&'static str]| patterns.iter().map(|pattern| Phrase::new(pattern, SETS)).collect();
    let rules = RULES.iter();
    rules
        .map(|rule| Read { slot: rule.slot, says: read(rule.says), not: read(rule.not), now_only: rule.now_only })
        .collect()
});

/// The slot that a clause fills; `sentence` is all that stands around it.
pub(super) fn of_clause(clause: &[Word], sentence: &[Word]) -> Option<String> {
    let tells_past = || {
        let is_year = |word: &Word| word.folded.len() == 4 && word.folded.chars().all(|c| c.is_ascii_digit());
        sentence.iter().any(|word| is_year(word) || PAST.contains(&word.folded.as_str()))
    };
    // somebody else's words, or a game
    if sentence.iter().any(|word| STORY.contains(&word.folded.as_str())) {
        return None;
    }
    let is_excluded = |rule: &Read| {
        let taken = phrases::longest(&rule.not, clause);
        // "a new flat" is no town, New York and La Rochelle are
        let is_name = |at: usize| clause.get(at).is_some_and(|word| word.capitalised && word.folded != "i");
        taken > 0 && !is_name(taken - 1) && !is_name(taken)
    };
    let fills = |rule: &&Read| {
        phrases::longest(&rule.says, clause) > 0 && !is_excluded(rule) && !(rule.now_only && tells_past())
    };
    READ.iter().find(fills).map(|rule| rule.slot.to_owned()).or_else(|| attribute(clause))
}

/// "My phone number is …", "mon plat préféré est …": the words between, when there is one of these.
fn attribute(clause: &[Word]) -> Option<String> {
    const MAX_WORDS: usize = 4;
    let owns = clause.first().is_some_and(|word| matches!(word.folded.as_str(), "my" | "mon" | "ma"));
    if !owns {
        return None;
    }
    let rest = &clause[1..];
    let is_verb = |word: &Word| matches!(word.folded.as_str(), "is" | "est" | "c");
    let length = rest.iter().take(MAX_WORDS + 1).position(is_verb)?;
    if rest[..length].iter().any(|word| word.after_break) {
        return None;
    }
    let words: Vec<&str> = rest[..length].iter().map(|word| spelt_alike(&word.folded)).collect();
    let (first, last) = (words.first()?, words.last()?);
    // "my favourite is tea" does not say of what
    let is_favourite = words.len() > 1 && (*first == "favourite" || *last == "favourite");
    (is_favourite || ATTRIBUTES.contains(last)).then(|| words.join(" "))
}

/// Spellings and genders of the same word.
fn spelt_alike(word: &str) -> &str {
    match word {
        "favorite" | "prefere" | "preferee" | "favori" => "favourite",
        "colour" => "color",
        "e" => "email",
        other => other,
    }
}

#[cfg(test)]
mod tests;
