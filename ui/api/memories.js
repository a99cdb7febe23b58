import { request } from "./client.js"

export const get = (id, signal) => request("GET", `/api/memory/${id}`, { signal })
