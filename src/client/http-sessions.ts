/** Sessions over HTTP: for back ends that are not Workers of the same account. */
import type { CallOrigin, SessionCall, Sessions } from '../protocol/sessions.ts'
import { type HttpOptions, httpCaller } from './http-call.ts'

export interface HttpSessionsOptions extends HttpOptions {
  readonly realm: string
}

/** Errors: as `Sessions`, and those of `httpCaller`. */
export function httpSessions({ realm, ...options }: HttpSessionsOptions): Sessions {
  const send = httpCaller(options)
  const at = `/v1/sessions/${encodeURIComponent(realm)}`
  const ofUser = (user: string): string => `${at}/users/${encodeURIComponent(user)}`
  const ask = async <T>(method: string, path: string, { token, body, call = {} }: Asked = {}): Promise<T> => {
    const { origin, ...rest } = call
    const headers = { ...(token === undefined ? {} : { 'session-token': token }), ...headersOf(origin) }
    const response = await send({ method, path, headers, ...rest, ...(body === undefined ? {} : { body }) })
    return ((await response.json()) as { readonly value: T }).value
  }
  const current = `${at}/current`
  return {
    create: (start, call) => ask('POST', at, { body: start ?? {}, call }),
    get: (token, call) => ask('GET', current, { token, call }),
    patch: (token, body, call) => ask('PATCH', current, { token, body, call }),
    touch: (token, call) => ask('POST', `${current}/touch`, { token, call }),
    rotate: (token, call) => ask('POST', `${current}/rotate`, { token, call }),
    login: (token, start, call) =>
      token === undefined
        ? ask('POST', at, { body: start, call })
        : ask('POST', `${current}/rotate`, { token, body: start, call }),
    authenticate: (token, call) => ask('POST', `${current}/authenticate`, { token, call }),
    take: async (token, field, call) =>
      (await ask<readonly never[]>('POST', `${current}/take`, { token, body: { field }, call }))[0],
    flash: (token, call) => ask('POST', `${current}/flash`, { token, call }),
    destroy: async (token, call) => {
      await ask('DELETE', current, { token, call })
    },
    list: (user, own) => ask('GET', ofUser(user), { token: own }),
    revoke: async (user, id, call) => {
      await ask('DELETE', `${ofUser(user)}/sessions/${encodeURIComponent(id)}`, { call })
    },
    revokeUser: async (user, { own, spec } = {}, call) => {
      if (spec === undefined) await ask('DELETE', ofUser(user), { token: own, call })
      else await ask('POST', `${ofUser(user)}/revoke`, { token: own, body: { spec }, call })
    },
    epoch: (user) => ask('GET', `${ofUser(user)}/epoch`),
    audit: (user) => ask('GET', `${ofUser(user)}/audit`),
    inspect: (token) => ask('GET', `${current}/state`, { token }),
  }
}

interface Asked {
  readonly token?: string | undefined
  readonly body?: unknown
  readonly call?: SessionCall | undefined
}

const headersOf = ({ address, userAgent, by }: CallOrigin = {}): Record<string, string> => ({
  ...(address === undefined ? {} : { 'session-address': printable(address) }),
  ...(userAgent === undefined ? {} : { 'session-user-agent': printable(userAgent) }),
  ...(by === undefined ? {} : { 'session-by': printable(by) }),
})

/** A header has printable characters of ASCII; what others a user agent has is of no use to anybody. */
const printable = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 1024)
