/** What a key may do: its name, and what that means. */
export const PERMISSIONS = {
  chat: ["Chat", "Conversations, sessions, answers, the live connection"],
  memory: ["Memory", "Read, add, change and forget memories"],
  search: ["Search", "Search everything that was said"],
  data: ["Data", "Export, import, statistics, and erasing everything"],
  admin: ["Administration", "Users, the audit trail, the server itself; nothing that lets somebody in"],
  metrics: ["Metrics", "What monitoring such as Prometheus reads, and nothing else"],
}
