/**
 * Sessions as Hono middleware: `app.use(sessions({ realm: 'web' }))`, then `c.var.session` in every handler.
 *
 * A request with a cookie costs one call of the owner before the handler, and one after it if something changed; a
 * request without one costs nothing until the handler keeps something. Strict: a token that is of no session is never
 * adopted. It is left in the browser until there is another, or the handler ends the session: the answer to a request
 * that was under way during a login would else take the new one away.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { EtsError } from '../engine/error.ts'
import { PROBLEMS } from '../http/problem.ts'
import type { CallOrigin, SessionCall, Sessions } from '../protocol/sessions.ts'
import { Cookie, type CookieOptions } from './cookie.ts'
import { isOurs } from './csrf.ts'
import { sessionsOfEnv } from './env-sessions.ts'
import { isRefusal, Session } from './session.ts'

export interface SessionOptions {
  /** A realm of `[vars.SESSIONS.<realm>]`. */
  readonly realm: string
  readonly cookie?: CookieOptions
  /**
   * The sessions to use. Default: those of this Worker's own binding `TABLE_PROCESS`. For a service elsewhere
   * `(c) => httpSessions({ url, key, realm })`, with `fetch: (request) => c.env.ETS.fetch(request)` over a binding.
   */
  readonly service?: (c: Context) => Sessions
  /** Other origins whose pages may change something. Default: none. */
  readonly origins?: readonly string[]
  /** `false` leaves the check of unsafe requests to the application. */
  readonly csrf?: boolean
  /** From where a request comes. Default: `CF-Connecting-IP`, which the platform sets, and `User-Agent`. */
  readonly from?: (c: Context) => CallOrigin
}

export interface SessionEnv {
  Variables: { session: Session }
}

export function sessions(options: SessionOptions): MiddlewareHandler<SessionEnv> {
  const { realm, service = (c) => sessionsOfEnv(c.env, realm), origins = [], csrf = true } = options
  const cookie = new Cookie(options.cookie ?? {})
  return async (c, next) => {
    const call = { origin: (options.from ?? originOf)(c) }
    const had = cookie.read(c.req.header('cookie'))
    const session = await refusing(() => load(service(c), had, call))
    if (csrf && !(await isOurs(c, origins, session.token))) {
      throw new HTTPException(403, { message: 'this request does not come from our pages' })
    }
    c.set('session', session)
    await next()
    await refusing(async () => {
      // What a handler that failed had set is not kept; what it did at once is done.
      if (c.error === undefined) await session.save()
      await session.rotateIfDue()
    })
    const setCookie = cookieFor(session, cookie, had)
    if (setCookie !== undefined) c.header('set-cookie', setCookie, { append: true })
    protect(c, setCookie !== undefined, had !== undefined || session.exists)
  }
}

async function load(sessions: Sessions, token: string | undefined, call: SessionCall): Promise<Session> {
  if (token === undefined) return new Session(sessions, call)
  try {
    return new Session(sessions, call, { token, view: await sessions.get(token, call) })
  } catch (error) {
    if (isRefusal(error, 'no_such_session')) return new Session(sessions, call)
    throw error
  }
}

/** What the browser is to keep from now on, if that is something else. */
function cookieFor(
  { token, view, wasEnded }: Session,
  cookie: Cookie,
  had: string | undefined,
): string | undefined {
  if (token !== undefined && view !== undefined) {
    return token === had ? undefined : cookie.write(token, view.endsAtMs, Date.now())
  }
  return wasEnded ? cookie.clear() : undefined
}

/** Keeps answers that depend on a session out of caches, those with a cookie whatever the handler says. */
function protect(c: Context, hasCookie: boolean, usedSession: boolean): void {
  c.header('vary', 'Cookie', { append: true })
  if (hasCookie || (usedSession && !c.res.headers.has('cache-control'))) c.header('cache-control', 'no-store')
}

function originOf(c: Context): CallOrigin {
  const address = c.req.header('cf-connecting-ip')
  const userAgent = c.req.header('user-agent')
  return {
    ...(address === undefined ? {} : { address }),
    ...(userAgent === undefined ? {} : { userAgent }),
  }
}

/** Refusals of the service as the HTTP errors that they are. */
async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof EtsError)) throw error
    const { status, title } = PROBLEMS[(error as EtsError).code]
    throw new HTTPException(status, { message: title, cause: error })
  }
}
