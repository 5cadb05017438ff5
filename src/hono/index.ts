/** `edge-ets/hono`: sessions for applications that are made with Hono. */
export type { CookieOptions } from './cookie.ts'
export { CSRF_FIELD, CSRF_HEADER } from './csrf.ts'
export { type SessionBindings, sessionsOfEnv } from './env-sessions.ts'
export { type SessionEnv, type SessionOptions, sessions } from './middleware.ts'
export { Session } from './session.ts'
