// Somebody's likeable life with Jarvis, as lines of an import: for pictures, and for tests that need something to find.

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

const TALKS = [
  { id: "bread", title: "A loaf that rises", days: 0.2, turns: [
    ["user", "My sourdough comes out flat. What am I doing wrong?"],
    ["assistant", "Most flat loaves are **under-proofed**. Let the dough grow by half before you shape it; at 20 °C that is five to seven hours.\n\nThen bake it on a hot stone, covered for the first twenty minutes."],
    ["user", "The dentist is at four, so I will bake afterwards."],
    ["assistant", "Then put the dough into the fridge before you go. The cold only makes it taste better."],
  ] },
  { id: "lyon", title: "Un week-end à Lyon", days: 1.1, turns: [
    ["user", "On passe le week-end à Lyon avec Ada. Une idée pour samedi matin ?"],
    ["assistant", "Commencez par les **traboules** du Vieux Lyon, puis montez à Fourvière en funiculaire : Ada adorera. À midi, un bouchon près de la Saône."],
    ["user", "Parfait. La réunion de mardi est donc reportée à jeudi."],
    ["assistant", "C’est noté : la réunion est jeudi."],
  ] },
  { id: "birthday", title: "Ada's birthday", days: 3.4, turns: [
    ["user", "Ada turns seven on the third of March. She is mad about dinosaurs."],
    ["assistant", "Seven candles and a volcano cake, then. Shall I keep a list of what you need?"],
    ["user", "Yes. She cannot eat hazelnuts, that is important."],
    ["assistant", "No hazelnuts. I will keep that in mind for every recipe."],
  ] },
  { id: "rust", title: "Counting words in Rust", days: 4.6, turns: [
    ["user", "How do I count how often each word occurs in a text?"],
    ["assistant", "With a map from word to count:\n\n```rust\nlet mut counts = HashMap::new();\nfor word in text.split_whitespace() {\n    *counts.entry(word).or_insert(0) += 1;\n}\n```\n\n`entry` looks the word up once, whether it is there or not."],
  ] },
  { id: "garden", title: "What to sow in March", days: 6.3, turns: [
    ["user", "What can I sow outside in March?"],
    ["assistant", "| Week | Sow |\n|---|---|\n| 1 | broad beans, peas |\n| 2 | spinach, radishes |\n| 4 | carrots, beetroot |"],
  ] },
  { id: "verbs", title: "Le subjonctif, encore", session: "french", days: 8.5, turns: [
    ["user", "Pourquoi dit-on « il faut que je sois » ?"],
    ["assistant", "Parce que *il faut que* demande le subjonctif : que je sois, que tu sois, qu’il soit."],
  ] },
  { id: "knee", title: "Running with a bad knee", days: 17.2, turns: [
    ["user", "My left knee hurts after ten kilometres."],
    ["assistant", "Shorten the runs for two weeks, and see a physiotherapist if it swells."],
  ] },
  { id: "books", title: "Books for the train", days: 33.9, turns: [
    ["user", "Recommend a novel for a long train journey."],
    ["assistant", "*Austerlitz* by W. G. Sebald begins in a railway station, and does not let go."],
  ] },
]

const MEMORIES = [
  ["Ada turns seven on the third of March", "person", 0.9, 3],
  ["Ada cannot eat hazelnuts", "health", 1, 3],
  ["Ada is mad about dinosaurs", "preference", 0.6, 3],
  ["I bake sourdough on Saturdays", "preference", 0.5, 1],
  ["La réunion de l’équipe est le jeudi", "work", 0.7, 1],
  ["My left knee hurts after ten kilometres", "health", 0.6, 17],
  ["I am learning French, and like short examples", "preference", 0.7, 8],
  ["We live in Grenoble, near the park", "home", 0.8, 33],
]

const SESSION = { type: "session", id: "french", name: "French lessons", role: "a patient teacher of French", goals: "talk with my neighbours in Lyon" }

/** The items, with times that end at `now` (ms). */
export function example(now = Date.now()) {
  const at = (days, minutes = 0) => new Date(now - days * DAY_MS + minutes * MINUTE_MS).toISOString()
  const talks = [...TALKS, ...smallTalk()].flatMap(({ id, title, session, days, turns }) => [
    { type: "conversation", id, title, session_id: session, created_at: at(days) },
    ...turns.map(([role, content], index) => ({
      type: "message", id: `${id}-${index}`, parent_id: index > 0 ? `${id}-${index - 1}` : undefined, conversation_id: id, role, content,
      created_at: at(days, index), model: role === "assistant" ? "llama3.2" : undefined,
    })),
  ])
  const memories = MEMORIES.map(([content, category, importance, days], index) => ({ type: "memory", id: `m${index}`, content, category, importance, created_at: at(days, 5) }))
  return [SESSION, ...talks, ...memories]
}

/** What makes the weeks before look lived in: the same every time. */
function smallTalk() {
  const subjects = ["Tomorrow's weather", "A letter to the landlord", "Soup for six", "The word “serendipity”", "A present for Paul", "Packing for the mountains"]
  return Array.from({ length: 40 }, (_, index) => {
    const days = 2 + index * 1.6 + (index * 7 % 5) / 3
    const turns = Array.from({ length: 1 + (index * 5) % 4 }, (_, turn) => [
      ["user", `${subjects[index % subjects.length]}: what about part ${turn + 1}?`],
      ["assistant", `Here is what I would do about part ${turn + 1}, step by step.`],
    ]).flat()
    return { id: `talk-${index}`, title: subjects[index % subjects.length], days, turns }
  })
}
