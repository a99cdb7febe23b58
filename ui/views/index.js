// The views of the page, in the order of the menu. README.md tells how to add one.

export const VIEWS = [
  { name: "chat", title: "Chat", icon: "chat", paths: ["/", "/c/:id"], key: "g c", load: () => import("../chat/view.js") },
  { name: "search", title: "Search", icon: "search", paths: ["/search"], key: "g s", load: () => import("../search/view.js") },
  { name: "memories", title: "Memories", icon: "memory", paths: ["/memories", "/memories/:id"], key: "g m", load: () => import("../memories/view.js") },
  { name: "stats", title: "Statistics", icon: "stats", paths: ["/stats"], key: "g t", load: () => import("../stats/view.js") },
  { name: "data", title: "Your data", icon: "data", paths: ["/data"], key: "g d", load: () => import("../data/view.js") },
  { name: "about", title: "About", icon: "info", paths: ["/about"], key: "g a", load: () => import("../about/view.js") },
]
