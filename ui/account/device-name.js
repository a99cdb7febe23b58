// What a client calls itself, in words.

const BROWSERS = [[/Firefox\//, "Firefox"], [/Edg\//, "Edge"], [/OPR\//, "Opera"], [/(Headless)?Chrome\//, "Chrome"], [/Safari\//, "Safari"]]
const SYSTEMS = [[/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Windows/, "Windows"], [/Mac OS X/, "macOS"], [/CrOS/, "ChromeOS"], [/Linux/, "Linux"]]
const MOST_CHARS = 60

/** "Firefox on Linux" for a browser; for a program what it says, or that it says nothing. */
export function deviceName(label) {
  if (!label) return "A program without a name"
  const first = (known) => known.find(([pattern]) => pattern.test(label))?.[1]
  const [browser, system] = [first(BROWSERS), first(SYSTEMS)]
  if (label.startsWith("Mozilla/") && browser) return system ? `${browser} on ${system}` : browser
  return label.length > MOST_CHARS ? `${label.slice(0, MOST_CHARS)}…` : label
}
