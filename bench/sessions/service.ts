/** How many reads, patches and logins a second does the service do over HTTP, beside a call that does nothing? */
import { lasting, loop, quantile } from '../journal/callers.ts'
import type { Connection } from '../journal/connection.ts'
import type { Service } from '../journal/service.ts'
import { type Spread, spreadOf } from '../spread.ts'

export const CALLERS = 64
const REALM = '/v1/sessions/web'
const DATA = { theme: 'dark', visits: 1 }

export interface ServiceLine {
  readonly what: string
  readonly perSecond: Spread
  readonly p99Ms: number
  /** Rows written for a thousand of them; none where nobody counts. */
  readonly rowsPerThousand: number | undefined
}

export interface ServiceReport {
  readonly lines: readonly ServiceLine[]
  readonly faults: readonly string[]
}

interface Contender {
  readonly what: string
  readonly ask: (connection: Connection, caller: number, count: number) => Promise<{ status: number }>
  readonly isOurs: boolean
}

export async function measureService(service: Service, rounds: number, ms: number): Promise<ServiceReport> {
  const json = `${service.authorization}Content-Type: application/json\r\n`
  const tokens = await Promise.all(Array.from({ length: CALLERS }, (_, i) => begin(service, `caller-${i}`)))
  const withToken = tokens.map((token) => `${json}Session-Token: ${token}\r\n`)
  const patch = JSON.stringify({ set: { theme: 'light' }, increment: { visits: 1 } })
  await service.create('rows', 'sync')
  await service.call('rows', 'insert', ['k', DATA])
  const contenders: readonly Contender[] = [
    { what: 'call that does nothing', ask: (c) => c.send('GET', '/nothing'), isOurs: false },
    { what: 'row of a table', ask: (c) => c.send('GET', '/v1/tables/rows/rows/k', json), isOurs: false },
    { what: 'read', ask: (c, i) => c.send('GET', `${REALM}/current`, withToken[i]), isOurs: true },
    { what: 'patch', ask: (c, i) => c.send('PATCH', `${REALM}/current`, withToken[i], patch), isOurs: true },
    {
      what: 'login',
      ask: (c, i, n) => c.send('POST', REALM, json, JSON.stringify({ user: `u-${i}-${n % 100}` })),
      isOurs: true,
    },
  ]
  const figures = new Map(
    contenders.map(({ what }) => [what, { perSecond: [] as number[], p99Ms: 0, rows: 0, calls: 0 }]),
  )
  for (let round = 0; round <= rounds; round++) {
    for (const { what, ask, isOurs } of contenders) {
      const before = isOurs ? await service.meter('sessions-web') : undefined
      const run = await loop(service, CALLERS, lasting(ms), ask)
      const figure = figures.get(what)
      // The first round is for the compiler.
      if (round === 0 || figure === undefined) continue
      figure.perSecond.push(run.perSecond)
      figure.p99Ms = Math.max(figure.p99Ms, quantile(run.latenciesMs, 0.99))
      figure.calls += run.answered
      if (before !== undefined) figure.rows += (await service.meter('sessions-web')).written - before.written
    }
  }
  const lines = contenders.map(({ what, isOurs }) => {
    const { perSecond, p99Ms, rows, calls } = figures.get(what) as NonNullable<ReturnType<typeof figures.get>>
    const rowsPerThousand = isOurs ? (1000 * rows) / calls : undefined
    return { what, perSecond: spreadOf(perSecond), p99Ms, rowsPerThousand }
  })
  return { lines, faults: await faultsOf(service, tokens, json) }
}

async function begin(service: Service, user: string): Promise<string> {
  const { body } = await service
    .connect()
    .then((connection) =>
      connection
        .send(
          'POST',
          REALM,
          `${service.authorization}Content-Type: application/json\r\n`,
          JSON.stringify({ user }),
        )
        .finally(() => connection.close()),
    )
  return (JSON.parse(body) as { value: { token: string } }).value.token
}

/** Whether every patch is there, and fifty logins at once leave no more sessions than the realm allows. */
async function faultsOf(service: Service, tokens: readonly string[], json: string): Promise<string[]> {
  const faults: string[] = []
  const connection = await service.connect()
  try {
    let versions = 0
    for (const token of tokens) {
      const { body } = await connection.send('GET', `${REALM}/current`, `${json}Session-Token: ${token}\r\n`)
      const { version, data } = (JSON.parse(body) as { value: { version: number; data: { visits: number } } })
        .value
      if (data.visits !== version - 1) faults.push('a counter does not say how often it was counted')
      versions += version
    }
    if (versions <= tokens.length) faults.push('no session was patched')
    for (let again = 0; again < 3; again++) {
      await Promise.all(Array.from({ length: 50 }, () => begin(service, 'crowd')))
    }
    const { body } = await connection.send('GET', `${REALM}/users/crowd`, json)
    const sessions = (JSON.parse(body) as { value: unknown[] }).value.length
    // The realm of `wrangler.toml` allows a hundred; three times fifty have begun.
    if (sessions !== 100) faults.push(`150 logins, fifty at a time, left ${sessions} sessions`)
  } finally {
    connection.close()
  }
  return faults
}
