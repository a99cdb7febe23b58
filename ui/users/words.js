/** Roles as they are called. */
export const ROLES = { user: "User", admin: "Administrator" }
