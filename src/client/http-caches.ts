/** Which caches there are, over HTTP. One of them is a `Cache` over `httpTables`. */
import type { CachePage, Caches } from '../protocol/caches.ts'
import { type HttpOptions, httpCaller } from './http-call.ts'

/** Errors: those of `httpCaller`. */
export function httpCaches(options: HttpOptions): Caches {
  const send = httpCaller(options)
  return {
    async list(after) {
      const query = after === undefined ? '' : `?after=${encodeURIComponent(after)}`
      const response = await send({ method: 'GET', path: `/v1/caches${query}` })
      return ((await response.json()) as { readonly value: CachePage }).value
    },
  }
}
