import { ApiError, ask } from "./client.js"

/** How everything is doing: {status, version, uptime_secs, memory_usage, services, timestamp}; also when it is unhealthy. */
export async function health(signal) {
  try {
    return await (await ask("GET", "/health", { signal })).json()
  } catch (error) {
    if (error instanceof ApiError && error.answer?.services) return error.answer
    throw error
  }
}
