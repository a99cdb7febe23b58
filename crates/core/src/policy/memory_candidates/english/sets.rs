//! English words that patterns name together.

/// Named sets, used as `@name`: one name, then its words.
pub(super) const SETS: &[(&str, &str)] = &[
    (
        "adv",
        "really absolutely also just always still actually personally particularly especially generally usually \
         much definitely totally truly simply both do even now currently recently finally mostly only quite",
    ),
    ("like", "love like adore enjoy prefer hate dislike despise detest loathe loved enjoyed hated"),
    (
        "family",
        "mother mom mum mommy mama father dad daddy parents parent sister sisters brother brothers sibling \
         siblings son sons daughter daughters child children kid kids baby wife husband spouse partner fiance \
         fiancee girlfriend boyfriend grandmother grandma granny gran nan grandfather grandpa grandparents aunt \
         uncle cousin cousins niece nephew nieces nephews twin twins stepmother stepfather stepson stepdaughter \
         grandson granddaughter grandkids family ex",
    ),
    (
        "person",
        "friend friends roommate flatmate neighbour neighbor boss manager colleague coworker doctor dentist \
         teacher landlord landlady therapist coach mentor",
    ),
    (
        "pet",
        "dog dogs cat cats puppy puppies kitten kittens rabbit rabbits hamster parrot horse horses goldfish turtle \
         turtles tortoise bird birds budgie pet pets lizard snake snakes ferret pony pup chickens hens fish pig",
    ),
    ("home", "house flat apartment home place condo cottage farm cabin room"),
    (
        "work",
        "job company business shop store restaurant studio bakery startup blog employer office internship position \
         promotion career firm agency cafe gallery",
    ),
    ("degree", "degree phd doctorate master masters bachelor diploma licence license"),
    (
        "thing",
        "car bike bicycle motorcycle motorbike garden boat phone laptop computer piano guitar violin van truck \
         scooter tattoo tattoos camera collection allotment caravan camper watch ukulele drums telescope tent \
         drone tablet",
    ),
    (
        "detail",
        "address email phone number height weight size age zodiac nationality religion licence license plate \
         password code pin account username hair eyes native language car hometown postcode commute wifi",
    ),
    (
        "health",
        "allergy allergies asthma diabetes eczema migraine migraines epilepsy celiac coeliac adhd arthritis \
         insomnia hypertension intolerance autism tinnitus pacemaker phobia depression anxiety cancer dyslexia \
         psoriasis endometriosis",
    ),
    (
        "condition",
        "allergic diabetic asthmatic epileptic celiac coeliac intolerant colourblind colorblind deaf dyslexic \
         autistic pregnant vegetarian vegan pescatarian teetotal claustrophobic anaemic anemic sober vegetarians \
         vegans handed",
    ),
    (
        "status",
        "married divorced engaged single widowed separated retired unemployed freelance freelancing bilingual \
         trilingual transgender gay lesbian bisexual adopted jewish muslim christian catholic buddhist hindu \
         atheist introverted extroverted",
    ),
    (
        "event",
        "appointment interview exam exams test wedding flight surgery operation graduation concert conference trip \
         vacation holiday holidays deadline party ceremony checkup reunion recital marathon race exhibition \
         meeting competition tournament presentation hearing move audition show train dinner class course contract \
         lease visa passport subscription shift dentist doctor",
    ),
    (
        "happens",
        "getting flying leaving going moving travelling traveling visiting starting having hosting running seeing \
         meeting attending taking presenting performing returning off away expecting celebrating launching opening \
         starts begin due",
    ),
    ("happen", "start finish leave fly graduate return retire arrive travel move begin"),
    (
        "month",
        "january february march april may june july august september october november december jan feb apr jun jul \
         aug sept oct nov dec",
    ),
    ("day", "monday tuesday wednesday thursday friday saturday sunday christmas easter"),
    ("when", "next tomorrow tonight weekend"),
    (
        "fact",
        "is s are was were has have had lives live lived works work worked loves love likes like hates hate \
         prefers died passed moved studies plays play turned turns goes attends speaks named called teaches owns \
         comes came started retired graduated adopted married broke gave runs can just doesn don eats collects \
         used bought drives got",
    ),
    (
        "passing",
        "calling coming here waiting fine ok okay good great so sleeping asking right wrong late happy proud tired \
         excited crazy funny amazing adorable asleep back out home busy angry sad awesome driving always such \
         super really very too not just the there bugging making thrilled like important everything doing been \
         having incredible wonderful",
    ),
    ("often", "always usually often never rarely normally mostly regularly"),
    (
        "habit",
        "eat drink go wake get run walk work read take play sleep cook swim drive cycle travel shop write listen \
         watch buy wear skip bike smoke train study meditate jog start put",
    ),
];
