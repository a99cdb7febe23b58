//! English: what people say when they speak of themselves.

mod sets;
mod statements;

use super::grammar::Tables;

pub(super) const TABLES: Tables = Tables {
    sets: sets::SETS,
    joints: &["and", "but", "because", "since", "so", "although", "though", "while", "plus", "cause", "cuz"],
    leads: LEADS,
    remember: REMEMBER,
    not_meant: NOT_MEANT,
    requests: REQUESTS,
    not_lasting: NOT_LASTING,
    statements: statements::STATEMENTS,
};

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

const REQUESTS: &[&str] = &[
    "can|could|would|will you",
    "i want|need|expect you to",
    "i d like you",
    "please? forget|delete|erase|unlearn|remove",
];

const NOT_LASTING: &[&str] = &[
    // replies to something just seen, which will mean nothing later
    "i|we @adv? @adv? @like it|that|this|these|those|them|him|her|you|your|yours|how|what|both|neither|either|nothing|such|so|one|all",
    "i|we @adv? @adv? @like to hear|see|know|say|bother|ask|be|admit|help|think|believe|talk|chat|disturb",
    "i|we @adv? @adv? @like the? first|second|third|former|latter|other|last|idea|way|sound|look|new|option|one|colors|colours|vibe|color|colour|texture|smell|taste|thought|theme|feeling",
    "i|we @adv? @adv? @like hearing|seeing|knowing|chatting|talking|that_s|our",
    "i|we @adv? @adv? @like * them|it|him|her",
    "i|we m|am|re|are|ve .. fond|fan|lover|into|obsessed|passionate|keen of|with|about|on? it|that|this|them|him|her|these|those",
    "i m|am a mix|mixture",
    "here|there|that|this s|is|are",
    "my|our .. @family|@person|@pet can|did|would|will come|do|it|love|join",
    "it|that|this|they|these|those|he|she is|s|was|are|re my|our .. favorite|favourite|passion",
    "i don|do|didn|did t|not @adv? like|enjoy|love|mind it|that|this|these|those|them|your|how|what|the",
    "i @adv? like $",
    "i|we @adv? @adv? @like to $",
    // replies with emphasis, moments, and what only means something beside what was said before
    "i|we do @like *",
    "i|we just @adv? @like *",
    "i|we @adv? @adv? @like getting|having|when|some|it_all",
    "i|we @adv? @adv? @like being around|with|there|here|part",
    "i|we @adv? @adv? @like spending time with those|them|it|in_the|everyone",
    "i|we @adv? @adv? @like the experience|feelings|dark|green|view|process",
    "i|we @adv? @adv? @like his|their *",
    "i|we used_to|always like|love|enjoy spending",
    "i|we can t live without my little|them|it",
    "i m|am @adv? a|an newbie|rookie|beginner|work_in_progress",
    "i m|am @adv? keen|passionate|interested on|about|in coming|#|two|three|several|helping_others",
    "i m|am also? a? big|huge? fan of * like this|that|these|those",
    "i|we got|caught a few",
    "my .. goal|dream|passion|ambition is|s to be successful|happy|better|able|kind|the_best",
    "my .. goal|dream|passion|ambition is|s to make|contribute|keep a_difference|an_impact|a_positive|the_world|towards|people|going|it",
    "my|our .. @family|@person|@pet .. is|are|s|was|were|re my|our .. rock|rocks|fan|strength|inspiration|motivation|world|source",
    "my|our .. @family|@person|@pet @adv? just like|likes|slinked|watching|sits|sat",
    "my|our .. @pet can_t|even *",
    ".. was|is|s my favorite|favourite part|moment|thing",
    "i @adv? believe in you|it|that|this|them|him|her",
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
