// SVG elements, made one by one as `h()` makes those of HTML.

const SPACE = "http://www.w3.org/2000/svg"

export function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SPACE, tag)
  for (const [name, value] of Object.entries(attributes ?? {})) if (value != null) element.setAttribute(name, value)
  element.append(...children.flat().filter((child) => child != null))
  return element
}
