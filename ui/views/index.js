// The views of the page, in the order of the menu. README.md tells how to add one.

import * as login from "../access/login.js"

export const VIEWS = [
  { name: "chat", title: "Chat", icon: "chat", paths: ["/", "/c/:id"], key: "g c", load: () => import("../chat/view.js") },
  { name: "search", title: "Search", icon: "search", paths: ["/search"], key: "g s", load: () => import("../search/view.js") },
  { name: "memories", title: "Memories", icon: "memory", paths: ["/memories", "/memories/:id"], key: "g m", load: () => import("../memories/view.js") },
  { name: "stats", title: "Statistics", icon: "stats", paths: ["/stats"], key: "g t", load: () => import("../stats/view.js") },
  { name: "data", title: "Your data", icon: "data", paths: ["/data"], key: "g d", load: () => import("../data/view.js") },
  { name: "about", title: "About", icon: "info", paths: ["/about"], key: "g a", load: () => import("../about/view.js") },
  { name: "account", title: "Account", icon: "session", paths: ["/account"], key: "g p", needs: "login", load: () => import("../account/view.js") },
  { name: "keys", title: "API keys", icon: "key", paths: ["/keys"], key: "g k", needs: "login", load: () => import("../keys/view.js") },
  { name: "users", title: "Users", icon: "people", paths: ["/users"], key: "g u", needs: "admin", load: () => import("../users/view.js") },
  { name: "audit", title: "Audit trail", icon: "trail", paths: ["/audit"], key: "g l", needs: "admin", load: () => import("../audit/view.js") },
]

/** Whether whoever is here may open a view: `needs` is "login" where people log in, "admin" for administrators. */
export const mayOpen = ({ needs }) => !needs || (login.isRequired && (needs !== "admin" || login.administers()))
