import { ask } from "./client.js"

/** How everything is doing, also when it is not well: {status, version, uptime_secs, memory_usage, services, timestamp}. */
export const health = async (signal) => (await ask("GET", "/health", { signal, also: [503] })).json()
