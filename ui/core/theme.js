// Light, dark, or what the system says. theme-early.js applies the choice before the first paint.

import { read, write } from "./storage.js"

export const THEMES = ["system", "light", "dark"]

export function theme() {
  const chosen = read("theme")
  return THEMES.includes(chosen) ? chosen : "system"
}

export function setTheme(name) {
  write("theme", name === "system" ? null : name)
  if (name === "system") delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = name
}
