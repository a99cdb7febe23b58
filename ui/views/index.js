// The views of the page, in the order of the menu. README.md tells how to add one.

export const VIEWS = [
  { name: "chat", title: "Chat", icon: "chat", paths: ["/", "/c/:id"], key: "g c", load: () => import("../chat/view.js") },
]
