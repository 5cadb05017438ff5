/** `edge-ets cache list|stats|events`: the caches of a running service. What is printed is a line of JSON each. */
import type { CachePage } from '../../protocol/caches.ts'
import { MAX_TIMEOUT_MS, MAX_WAIT_MS } from '../../protocol/limits.ts'
import { askService, printJson, type ServiceFlags } from '../transfer/service.ts'

const CACHES = '/v1/caches'

export async function listCaches(flags: ServiceFlags): Promise<void> {
  let after: string | null = null
  do {
    const path: string = after === null ? CACHES : `${CACHES}?after=${after}`
    const page = (await askService(flags, 'GET', path)) as CachePage
    for (const each of page.caches) printJson(each)
    for (const process of page.unanswered) console.error(`edge-ets: process ${process} does not answer`)
    after = page.after
  } while (after !== null)
}

export async function cacheStats(cache: string, flags: ServiceFlags): Promise<void> {
  printJson(await askService(flags, 'GET', `${CACHES}/${encodeURIComponent(cache)}/stats`))
}

export interface EventsFlags extends ServiceFlags {
  readonly follow?: true
}

/** Prints the events that are kept and, to follow them, those that come, until it is stopped. */
export async function cacheEvents(cache: string, { follow, ...flags }: EventsFlags): Promise<void> {
  const path = `${CACHES}/${encodeURIComponent(cache)}/events?limit=1000`
  let after: string | undefined
  for (;;) {
    const where =
      after === undefined ? path : `${path}&after=${after}${follow ? `&waitMs=${MAX_WAIT_MS}` : ''}`
    const { events, cursor, missed } = (await askService(flags, 'GET', where, undefined, WAITING)) as Events
    for (const each of events) printJson(each)
    if (missed) console.error('edge-ets: there may have been others that are not known any more')
    if (events.length === 0 && !follow) return
    after = cursor
  }
}

interface Events {
  readonly events: readonly unknown[]
  readonly cursor: string
  readonly missed: boolean
}

const WAITING = { 'request-timeout-ms': String(MAX_TIMEOUT_MS) }
