//! English: what people say when they speak of themselves.

use super::{grammar::Tables, kind::Kind};

pub(super) const TABLES: Tables = Tables {
    sets: SETS,
    joints: &["and", "but", "because", "since", "so", "although", "though", "while", "plus", "cause", "cuz"],
    leads: LEADS,
    remember: REMEMBER,
    not_meant: NOT_MEANT,
    requests: REQUESTS,
    not_lasting: NOT_LASTING,
    statements: STATEMENTS,
};

/// Named sets, used as `@name`: one name, then its words.
const SETS: &[(&str, &str)] = &[
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

const LEADS: &[&str] = &[
    "by the way",
    "btw|fyi|honestly|actually|basically|personally|apparently|luckily|sadly|unfortunately|fortunately|currently",
    "these days|nowadays|lately|recently|today|yesterday|originally",
    "in fact|general|total|addition|short|my_case|my_opinion",
    "as_you_know|for_the_record|just_so_you_know|just_for_info|fun_fact|to_be_honest|tbh|one_more_thing|turns_out",
    "as_for_me|for_me",
    "you should|must also? know that?",
    "i should|must|forgot|wanted|have|want|need to? also? mention|say|add|tell|point|confess|admit you? out? that?",
    "let me tell you that?",
    "in|since|until|around|from #",
    "last|this year|month|week|summer|winter|spring|autumn|fall|night|morning|weekend|time|@day",
    "# years|months|weeks|days ago",
    "a few|couple of? years|months|weeks|days ago",
    "when i was a|an|in|# * years? old?",
    "every morning|day|evening|night|week|weekend|year|summer|winter|@day",
    "on @day|weekends|weekdays",
    "after|before|during * years|months?",
];

const REMEMBER: &[&str] = &[
    "please? remember that",
    "please? remember my|i|we|our|this|me $",
    "please? don t|never forget that",
    "please? do not forget that",
    "please? note|memorize|memorise|record|save down? that",
    "please? keep|bear in mind that",
    "please? make a? note|sure to? of? remember? that",
    "can|could|will|would|should you please? also? remember|note|memorize|memorise|save down? that",
    "can|could|will|would you please? keep in mind that",
    "i|i d want|need|like you to remember|know|note that",
    "for your information",
    "note to self",
];

const NOT_MEANT: &[&str] = &[
    "if|unless|imagine|suppose|supposing|pretend|assuming|assume|whether",
    "let s|us say|imagine|pretend|suppose|assume",
    "say|repeat|translate|rewrite|rephrase|paraphrase|correct|proofread|conjugate|transcribe|type|print|spell",
    "how do|would you say",
    "can|could|would|will you please? say|repeat|translate|rewrite|rephrase|paraphrase|correct|proofread|conjugate",
    "write|draft|compose|generate|create|make .. that|saying|says|where|in|about",
    "he|she|they|someone|somebody|people|everyone|everybody|^ said|says|say|told|tells|asked|wrote|thinks|think|thought|claims",
    "my * said|says|say|told|thinks|think|thought|claims",
    "i wish|would|could|might|d",
    "the sentence|phrase|text|quote|lyrics|title|song|word|words",
    "not|it_isn_t|it_wasn_t that|as",
];

const REQUESTS: &[&str] = &["can|could|would|will you", "i want|need|expect you to", "i d like you"];

const NOT_LASTING: &[&str] = &[
    // replies to something just seen, which will mean nothing later
    "i|we @adv? @adv? @like it|that|this|these|those|them|him|her|you|your|yours|how|what|both|neither|either|nothing|such|so|one|all",
    "i|we @adv? @adv? @like to hear|see|know|say|bother|ask|be|admit|help|think|believe|talk|chat|disturb",
    "i|we @adv? @adv? @like the? first|second|third|former|latter|other|last|idea|way|sound|look|new|option|one|colors|colours|vibe|thought|theme|feeling",
    "i|we @adv? @adv? @like hearing|seeing|knowing|chatting|talking|that_s|our",
    "i|we @adv? @adv? @like * them|it|him|her",
    "i|we m|am|re|are|ve .. fond|fan|lover|into of? it|that|this|them|him|her|these",
    "it|that|this|they|these|those|he|she is|s|was|are|re my|our .. favorite|favourite|passion",
    "i don|do|didn|did t|not @adv? like|enjoy|love|mind it|that|this|these|those|them|your|how|what|the",
    "i @adv? like $",
    // passing states
    "i m|am a|an @adv? bit|little|lot|tad|mess|wreck|idiot|fool|failure|few|couple|while|minute|long|genius",
    "i m|am ok|okay|fine|good|great|well|sorry|back|here|done|ready|sure|in|off|on|so|not|glad|happy|sad|bored|home|late|\
     busy|sick|ill|cold|hot|lost|confused|excited|curious|tired|hungry|thirsty|stuck|free|working|looking|trying|just|\
     gonna|all|very|too|really|super|stressed|thrilled $",
    "i m|am afraid so|not|that|i|we|you|this|it",
    "i m|am single handedly",
    "i m|am|was # minutes|minute|hours|hour|seconds|min|mins|km|miles|pages|percent|steps|days|weeks",
    "i|we have|ve|got|had got? .. question|questions|idea|ideas|doubt|problem|problems|request|favor|favour|bug|issue|error|\
     feeling|headache|cold|list|file|text|paragraph|task|minute|moment|hunch|point|plan|plans|thought|fun|blast|time|news",
    "i|we have|had|ve to|been_there|been_trying|no_idea|no_clue|no_time",
    "my|our .. @family|@person|@pet is|are|s|was|were|has|have @passing",
    "my|our .. @family|@person|@pet love|loves|loved|like|likes|enjoy|hate|hates it|that|this|them|these|those|when",
    "my|our .. @family|@person|@pet and i|me",
    "i|we @adv? live|lived for|with it|that|and|to|through",
    "i|we m|re|are|am|ve|have? moved|moving on|forward|past|ahead|fast|along",
    "i play|played along|devil|it",
    "i speak|spoke to|with|for|too|about|as|from",
    "i can t eat|drink|have any|anymore|another|more|now|right|until|this|that|it",
    "i don t|do not drink|eat .. now|today|yet|it|that",
    "i|we got|get|have|ve the|that|this|your|it|them|you",
    "i never get|take it|that|this|why|how|to|enough|tired",
    "i always|usually get|take excited|happy|it|that|this|nervous",
    "my name s|is not",
    "my|our @detail|@thing|@home is|s|was broken|down|slow|dead|not|so|too|ok|okay|fine|here|back|making|freezing|crashing|a_mess|a_disaster",
    "my favorite|favourite part|of|moment|was|thing about",
    "i m|am|ve_been even? learning|playing|writing a_lot|a_ton|so|more|from|with|that|it|how|to_you",
];

const STATEMENTS: &[(Kind, &[&str])] = &[
    (
        Kind::Name,
        &[
            "my full|first|last|middle|real|maiden|nick|family|given? name is|s ^|*",
            "my nickname|surname|pronouns is|are|s",
            "call me ^",
            "you|people|friends|everybody|everyone|they|folks can|may|could|all|usually|mostly? call|calls me",
            "my friends|family|colleagues|parents .. call me",
            "i m|am called|named|known",
            "i go by",
            "i m|am ^ $",
            "i m|am ^ ^ $",
            "i m|am ^ and|from|by_the_way",
        ],
    ),
    (
        Kind::Health,
        &[
            "i|we m|am|was|ve|have|became|are|re .. @condition",
            "i|we m|am|re|are lactose|gluten|color|colour|left_handed|right_handed",
            "i m|am .. @status|@condition and .. @condition",
            "my|our *? @family|@pet|@person is|are|s|has|have .. @condition|@health",
            "i|we ve? have|has|had|got|develop|developed got? .. @health",
            "i @adv? suffer|suffered from",
            "i|we keep|eat|follow|m_on|am_on|re_on|are_on a|an|strictly? kosher|halal|vegan|vegetarian|keto|diet|low|gluten",
            "i take .. medication|medicine|pills|insulin|tablets|antidepressants|statins",
            "i m|am on .. medication|medicine|insulin|antibiotics|antidepressants|diet",
            "i was|ve|have been? diagnosed",
            "my .. blood|allergy|allergies|medication|diagnosis|diet|therapist is|s|are|type|group|pressure",
            "i can|could t|not|never eat|drink|tolerate|digest",
            "i cannot eat|drink|tolerate|digest|have",
            "i|we don|do t|not @adv? eat|drink|smoke",
            "i|we never eat|drink|smoke",
            "i wear glasses|contacts|contact_lenses|dentures|hearing_aids|a_hearing_aid",
            "i broke|fractured|sprained|injured my",
            "i had|m_having|am_having a|an|my .. surgery|operation|stroke|transplant",
            "i quit|stopped|gave_up smoking|drinking|alcohol",
        ],
    ),
    (
        Kind::Birthday,
        &[
            "my|our .. birthday|birthdays|anniversary is|s|are|falls|on|in",
            "i was born on|in|the @month|#|@day",
            "my|our .. @family|@person|@pet was born|died|passed",
            "i turn|turned|ll|will turn? #|thirty|forty|fifty|sixty|eighteen|twenty .. @month|on|next|in|@when|@day",
        ],
    ),
    (
        Kind::Family,
        &[
            "my|our .. @family|@pet|@person @fact",
            "my|our .. @family|@pet|@person .. @fact",
            "my|our *? @family|@pet|@person ^ ^? @fact",
            "my|our *? @family|@pet ^",
            "my @person ^ @fact",
            "my|our *? best|closest|oldest|childhood? friend ^ @fact",
            "my .. in law|laws @fact",
            "i|we @adv? have|ve|had|got|adopted|rescued|bought|own|foster got? a|an|one|two|three|four|five|six|seven|#|some|no|\
         another|many|lots|twin|rescue|our|my .. @family|@pet",
            "i|we ve|have adopted|rescued|fostered .. @pet",
            "i|we @adv? have|ve got? @pet|@family",
            "i m|am a|an|the|one .. mother|father|mom|mum|dad|grandmother|grandma|grandfather|grandpa|uncle|aunt|parent|twin|child|\
         oldest|youngest|eldest|only|widow|widower|orphan",
            "i|we m|am|re|are @adv? @status",
            "i|we ve|have? been married|together|engaged|divorced|dating|single",
            "i|we got|ve_got|m_getting|re_getting married|divorced|engaged",
            "we re|are expecting|adopting|getting .. baby|child|twins|boy|girl|@pet|married",
            "i|we named|called|call our|my|him|her|them|it .. ^",
            ".. is|are|s|was my|our *? @family|@pet|@person $",
            "i m|am dating|seeing ^",
            "i don_t|do_not have any|a? kids|children|siblings|pets|brothers|sisters|@pet",
            "i have no kids|children|siblings|pets|brothers|sisters",
        ],
    ),
    (
        Kind::Home,
        &[
            "i|we @adv? @adv? live|lived|reside|grew_up in|at|near|on|with|alone|by|outside|close|next|together|abroad|here|there|\
         around|between|across|downtown",
            "i|we ve|have|d @adv? lived|been_living",
            "i|we m|am|re|are|was|were @adv? living|based|staying|raised in|with|at|near|on|alone|by",
            "i|we m|am|re|are|was|were|come|came @adv? from ^|a|an|the",
            "i was born",
            "i|we ve|have|@adv? @adv? moved|relocated|emigrated|immigrated",
            "i|we m|am|re|are @adv? moving|relocating to|in|out|into|from|house",
            "my|our .. hometown|address|postcode|zip|neighbourhood|neighborhood|village|home|country|roots is|s|are",
            "my|our .. @home is|s|has .. in|on|at|near|number|#|close|next|by|rooms|bedrooms|floor|garden|old",
            "i|we @adv? bought|rent|own|share|have a|an|my|our|the .. @home",
        ],
    ),
    (
        Kind::Work,
        &[
            "i|we @adv? @adv? work|worked|volunteer|volunteered|intern|freelance|serve|served as|at|for|in|from|part|full|\
         nights|remotely|on_weekends|the|there|with_children|with_kids|with_animals|with_people",
            "i ve|have been @adv? working|teaching|volunteering|studying|freelancing as|at|for|in|since|there",
            "i m|am|was @adv? working|volunteering|interning as|at|for|in|from|remotely|part|full",
            "i @adv? study|studied|teach|taught|major|majored *",
            "i m|am|was @adv? studying|majoring|teaching *",
            "i|we @adv? run|own|started|opened|founded|manage|have|launched my|our|a|an|the .. @work|team|farm|channel|podcast",
            "my|our .. @work|major|team|profession|occupation|shift|commute|salary is|s|are|has|starts|was|means",
            "i|we @adv? got|started|found|lost|quit|left|have|accepted a|an|my|the .. job|position|internship|promotion",
            "i @adv? got|was|ve_been promoted|hired|fired|laid_off|accepted",
            "i @adv? retired|graduated",
            "i @adv? have|ve|hold|got|earned|finished got? a|an|my .. @degree|thesis",
            "i m|am @adv? self employed",
            "i m|am @adv? in|a|an|my .. year|grade|school|university|college|student|army|navy|training",
            "i went|go to .. university|college|school",
            "i @adv? became|used_to_be a|an",
            "i m|am|was training|going to be|become a|an",
        ],
    ),
    (
        Kind::Appointment,
        &[
            "my|our .. @event is|s|are|will|starts|start|begins|takes|ends|expires|has .. @month|@day|@when|#",
            "my|our .. @event .. on|in|at|for @month|@day|#|the",
            "i|we @adv? have|ve|got|booked|scheduled got? .. @event .. @month|@day|@when|#",
            "i|we have|ve got? to be .. @month|@day",
            "i|we @adv? m|am|re|are .. @happens .. @month|@day|next",
            "i|we @adv? m|am|re|are|have .. @happens .. @event .. @month|@day|@when|#",
            "i|we @adv? @happen .. on|in|for|next @month|@day|#|week|month|year",
            "i|we ll|will be .. in|at|on|away|to .. from|until|till|on|in|next @month|@day|#|week|month",
            "i|we got_married|met|moved .. in|on|last #? @month",
            "the @event is .. @month|@day|@when",
            "my|our .. @family|@person is|s|are .. @happens|visiting|coming|arriving .. @month|@day|next|tomorrow",
        ],
    ),
    (
        Kind::Favourite,
        &[
            "my|our .. favorite|favourite|favorites|favourites *",
            ".. is|are|s|was my|our .. favorite|favourite|passion|hobby|dream",
            "i @adv? @adv? adore|despise|detest|loathe *",
            "i @adv? can_t|can_not|cannot stand|bear|live_without|resist",
            "i m|am|ve .. passionate|crazy|obsessed|addicted|terrified|scared|afraid|mad|nuts about|with|to|of *",
            "i m|am|ve|was .. huge|big|massive|lifelong fan|lover",
        ],
    ),
    (
        Kind::Preference,
        &[
            "i|we @adv? @adv? @like *",
            "i|we don|do|didn|did t|not @adv? @adv? like|enjoy|love|care|prefer",
            "i|we never liked|enjoyed|like|enjoy",
            "i|we ve|have always|never loved|liked|hated|wanted|enjoyed|dreamed|dreamt",
            "i|we m|am|ve|was|re|are .. fan|lover|fond|keen of|on",
            "i|we m|am|re|are|got @adv? into *",
            "i m|am @adv? more? interested in",
            "i m|am not? .. person $",
            "i m|am not? a|an .. drinker|eater|reader|smoker|runner|walker|gamer|foodie|traveler|traveller",
            "i used to love|like|hate|enjoy",
            "i|we find * *? relaxing|boring|annoying|soothing|disgusting",
            "i d rather * .. than",
        ],
    ),
    (
        Kind::Trait,
        &[
            "i|we m|am|was|are|re @adv? a|an|the *",
            "i m|am|was # years|yo|cm|meters|metres|feet|foot|ft|tall",
            "i m|am # $",
            "i m|am @adv? in my early|mid|late? twenties|thirties|forties|fifties|sixties",
            "i turned|turn|weigh|measure #|thirty|forty|fifty|eighteen|twenty",
            "my .. @detail is|s|are|ends|starts *",
            "i was raised|named|adopted|homeschooled",
            "i @adv? believe in",
            "my .. dream|goal|passion|hobby|hobbies|ambition|resolution is|s|are|was *",
            "i want|hope|plan|intend|dream|m_hoping|am_hoping|m_planning|am_planning to|of become|be|becoming|learn|open|write|\
         run|move|retire|start|adopt|buy|climb|travel|visit|apply",
        ],
    ),
    (
        Kind::Possession,
        &[
            "i|we @adv? have|own|ve|got|bought|drive|ride got? my|our|a|an|two|three|#|some .. @thing",
            "my|our .. @thing is|s|are|has *",
            "i|we @adv? drive a|an|my",
            "i @adv? collect *",
            "i|we have|ve|own got? a|an|two|three|# .. tattoo|tattoos|scar|subscription|membership|instruments",
            "i have|ve .. hair|eyes|freckles",
        ],
    ),
    (
        Kind::Activity,
        &[
            "i @adv? play|practice|practise *",
            "i @adv? speak *",
            "i can @adv? play|speak|swim|sing|drive|sew|knit|juggle|read *",
            "i can|can_t|cannot swim|drive|cook|dance|sing $",
            "i|we m|am|ve_been|re|are @adv? learning|practicing|practising *",
            "i|we m|am|ve_been|re|are @adv? training|saving|volunteering up? for|at",
            "i m|am|ve_been @adv? taking|writing|restoring a|an|my .. class|classes|lessons|course|book|novel|memoir|thesis|blog",
            "i|we @often @habit *",
            "i|we .. every|twice|once|three_times morning|day|evening|night|week|weekend|year|summer|winter|month|@day|a",
            "i|we .. on mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays|weekends",
            "i|we ve|have|@adv? @adv? started|took|taken learning|playing|running|painting|practicing|yoga|up",
            "i go|went? running|swimming|hiking|climbing|dancing|jogging|fishing|cycling|camping|surfing|skiing|sailing with|in|\
         on|at|every|a|$",
            "i do yoga|pilates|karate|judo|ballet|ceramics|crossfit|gymnastics|pottery",
            "i m|am a? member of",
            "i|we @adv? make|bake|brew|grow|knit|sew|paint|sing|dance|write|draw|restore|build|run|swim|climb|sail|garden|surf|ski|\
         cook|hike|camp|meditate|volunteer|fish|cycle my|our|in|with|for|a|at|*",
        ],
    ),
];
