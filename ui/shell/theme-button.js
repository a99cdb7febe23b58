import { iconButton, setIconButton } from "../core/controls.js"
import { setTheme, THEMES, theme } from "../core/theme.js"

const ICONS = { system: "system", light: "sun", dark: "moon" }
const NAMES = { system: "as the system", light: "light", dark: "dark" }

/** Goes from one theme to the next. */
export function themeButton() {
  const look = () => ({ label: `Theme: ${NAMES[theme()]}`, icon: ICONS[theme()] })
  const control = iconButton({
    ...look(),
    onClick: () => {
      setTheme(THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length])
      setIconButton(control, look())
    },
  })
  return control
}
