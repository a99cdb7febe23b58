// A small set of line icons, 20 by 20, in the colour of the text around them.

const PATHS = {
  chat: "M4 5.5A1.5 1.5 0 0 1 5.5 4h9A1.5 1.5 0 0 1 16 5.5v6a1.5 1.5 0 0 1-1.5 1.5H9l-3.5 3v-3A1.5 1.5 0 0 1 4 11.5z",
  memory: "M10 3.5l6 3.2-6 3.2-6-3.2zM4 10l6 3.2 6-3.2M4 13.3l6 3.2 6-3.2",
  search: "M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zM12.7 12.7L16.5 16.5",
  stats: "M4 16V9.5M8 16V5M12 16v-8M16 16V3.5",
  data: "M10 3v8m0 0L6.8 7.8M10 11l3.2-3.2M4 12.5v3A1.5 1.5 0 0 0 5.5 17h9a1.5 1.5 0 0 0 1.5-1.5v-3",
  plus: "M10 4.5v11M4.5 10h11",
  menu: "M3.5 6h13M3.5 10h13M3.5 14h13",
  close: "M5 5l10 10M15 5L5 15",
  send: "M10 16V4.5M5 9.3l5-5 5 5",
  stop: "M6 6h8v8H6z",
  copy: "M7.5 7.5V5A1.5 1.5 0 0 1 9 3.5h6A1.5 1.5 0 0 1 16.5 5v6a1.5 1.5 0 0 1-1.5 1.5h-2.5M5 7.5h6A1.5 1.5 0 0 1 12.5 9v6a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 15V9A1.5 1.5 0 0 1 5 7.5z",
  check: "M4.5 10.5l3.7 3.7 7.3-8",
  edit: "M4 16l.8-3.3 8-8a1.6 1.6 0 0 1 2.3 0l.2.2a1.6 1.6 0 0 1 0 2.3l-8 8zM11.5 6l2.5 2.5",
  again: "M16 4.5V8h-3.5M15.6 8A6 6 0 1 0 16 11.5",
  left: "M12 5l-5 5 5 5",
  right: "M8 5l5 5-5 5",
  down: "M5 8l5 5 5-5",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  archive: "M3.5 5h13v3h-13zM4.8 8v7.5h10.4V8M8 11h4",
  bin: "M4 6h12M8 6V4.2h4V6M5.3 6l.7 10h8l.7-10M8.5 9v4.5M11.5 9v4.5",
  restore: "M4 4.5V8h3.5M4.4 8A6 6 0 1 1 4 11.5",
  sun: "M10 6.7a3.3 3.3 0 1 0 0 6.6 3.3 3.3 0 0 0 0-6.6zM10 2.5v1.6M10 15.9v1.6M2.5 10h1.6M15.9 10h1.6M4.7 4.7l1.1 1.1M14.2 14.2l1.1 1.1M15.3 4.7l-1.1 1.1M5.8 14.2l-1.1 1.1",
  moon: "M16 11.7A6.4 6.4 0 0 1 8.3 4 6.4 6.4 0 1 0 16 11.7z",
  system: "M4 4.5h12v8.5H4zM7.5 16h5M10 13v3",
  keyboard: "M3 6h14v8.5H3zM6 9h.01M9 9h.01M12 9h.01M14.5 9h.01M6.5 11.8h7",
  session: "M10 4a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM4 16.5c.6-3 3-4.6 6-4.6s5.4 1.6 6 4.6",
  warning: "M10 4l7 12H3zM10 8.5v3.5M10 14h.01",
  info: "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM10 9v4.5M10 6.5h.01",
  link: "M8.5 11.5l3-3M9 6l1.5-1.5a3.2 3.2 0 0 1 5 5L14 11M11 14l-1.5 1.5a3.2 3.2 0 0 1-5-5L6 9",
  pin: "M7.2 3.5h5.6M8 3.5l-.5 5L5 11h10l-2.5-2.5-.5-5M10 11v5.5",
  download: "M10 3.5v8.5m0 0l-3.2-3.2M10 12l3.2-3.2M4 13v2.5A1.5 1.5 0 0 0 5.5 17h9a1.5 1.5 0 0 0 1.5-1.5V13",
  upload: "M10 12.5V4m0 0L6.8 7.2M10 4l3.2 3.2M4 13v2.5A1.5 1.5 0 0 0 5.5 17h9a1.5 1.5 0 0 0 1.5-1.5V13",
  table: "M3.5 4.5h13v11h-13zM3.5 8.3h13M3.5 12h13M8.5 8.3v7.2",
  heart: "M3 10h3.2l1.8-4.5 3.5 9 1.8-4.5H17",
  key: "M12.8 3.5a3.7 3.7 0 1 0 0 7.4 3.7 3.7 0 0 0 0-7.4zM10.2 9.8L4 16M6.2 13.8l2 2M13.4 6.8h.01",
  people: "M7.5 4.5a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2zM2.5 16c.5-2.7 2.5-4.1 5-4.1s4.5 1.4 5 4.1M12.6 4.8a2.5 2.5 0 0 1 0 4.7M14.3 12.3c1.7.5 2.8 1.7 3.2 3.7",
  trail: "M5 3.5h10v13H5zM7.5 7h5M7.5 10h5M7.5 13h3",
  leave: "M8 4H4.5v12H8M8.5 10H17m0 0l-3.2-3.2M17 10l-3.2 3.2",
  eye: "M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5zM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  eyeOff: "M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5zM4.5 15.5l11-11",
  filter: "M3.5 5h13l-5 6v4.5l-3-1.5v-3z",
}

/** An icon as an element; decoration, so whoever carries it needs a name of its own. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("viewBox", "0 0 20 20")
  svg.setAttribute("aria-hidden", "true")
  svg.classList.add("icon", `icon-${name}`)
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path")
  path.setAttribute("d", PATHS[name])
  svg.append(path)
  return svg
}
