import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Fault, ProcessEntry } from '../../src/protocol/processes.ts'
import { durableTables, lanesTo } from '../../src/router/durable-tables.ts'
import { sessionsOf } from '../../src/sessions/table-sessions.ts'

interface Answered {
  readonly status: number
  readonly body: { readonly value?: unknown; readonly code?: string; readonly retryAfterMs?: number }
  readonly headers: Headers
}

async function request(method: string, path: string, body?: unknown, key?: string): Promise<Answered> {
  const response = await exports.default.fetch(`https://ets.test/v1/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${env.ADMIN_KEY}`,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json(), headers: response.headers }
}

const createSync = (table: string) => request('PUT', `tables/${table}`, { journal: 'sync' })
const insert = (table: string, key: string) => request('PUT', `tables/${table}/rows/${key}`, [key, 1])
const count = (table: string, key?: string) =>
  request('POST', `tables/${table}/ops`, { op: 'update_counter', args: ['n', 1, ['', 0]] }, key)
const rows = async (table: string) =>
  (await request('POST', `tables/${table}/ops`, { op: 'tab2list' })).body.value
const inject = (process: string, fault: Fault) => request('POST', `processes/${process}/faults`, { fault })
const describeProcess = async (process: string) =>
  (await request('GET', `processes/${process}`)).body.value as ProcessEntry

describe('the directory of processes', () => {
  it('[SUP1] lists every process that started, and what its last start found', async () => {
    await createSync('dir-a.t')
    await createSync('dir-b.t')
    await insert('dir-b.t', 'k')
    const { body } = await request('GET', 'processes?after=dir-')
    expect((body.value as ProcessEntry[]).map(({ process }) => process)).toEqual(
      expect.arrayContaining(['dir-a', 'dir-b']),
    )
    expect(await describeProcess('dir-b')).toMatchObject({
      process: 'dir-b',
      incarnation: 1,
      quarantinedUntilMs: null,
      recovery: { rows: 0, changes: 0, setAside: [] },
      lastError: null,
    })
  })

  it('[SUP7] says after a restart of which tables something may have been lost', async () => {
    await request('PUT', 'tables/loss.none', { journal: 'none' })
    await request('PUT', 'tables/loss.async')
    await createSync('loss.sync')
    expect((await describeProcess('loss')).recovery?.mayHaveLost).toEqual([])
    await evictDurableObject(env.TABLE_PROCESS.getByName('loss'))
    const infoOf = async (table: string) => (await request('GET', `tables/${table}`)).body.value
    expect(await infoOf('loss.async')).toMatchObject({
      incarnation: 2,
      recovery: { rows: 0, changes: 0, durationMs: expect.any(Number), mayHaveLost: { lastMs: 200 } },
    })
    expect(await infoOf('loss.none')).toMatchObject({ recovery: { mayHaveLost: 'everything' } })
    expect(await infoOf('loss.sync')).toMatchObject({ recovery: { mayHaveLost: null } })
    expect((await describeProcess('loss')).recovery?.mayHaveLost).toEqual([
      { table: 'loss.none', lost: 'everything' },
      { table: 'loss.async', lost: { lastMs: 200 } },
    ])
  })

  it('[SUP7] and says so of the tables of sessions', async () => {
    const tables = durableTables(lanesTo(env.TABLE_PROCESS))
    const begin = () => sessionsOf(tables, 'lossy', { journal: 'none' }).create()
    await begin()
    await evictDurableObject(env.TABLE_PROCESS.getByName('sessions-lossy'))
    await begin()
    expect((await describeProcess('sessions-lossy')).recovery?.mayHaveLost).toContainEqual({
      table: '$sessions',
      lost: 'everything',
    })
  })

  it('[SUP8] asking for tables that are not there leaves nothing behind, neither on disk nor in the directory', async () => {
    expect((await request('GET', 'tables/nowhere.t')).status).toBe(404)
    expect((await rows('nowhere.t')) ?? 'none').toBe('none')
    expect((await insert('nowhere.t', 'k')).status).toBe(404)
    const made = await runInDurableObject(env.TABLE_PROCESS.getByName('nowhere'), (_, { storage }) =>
      storage.sql.exec('SELECT name FROM sqlite_master').toArray(),
    )
    expect(made).toEqual([])
    expect((await request('GET', 'processes/nowhere')).status).toBe(404)
    await createSync('nowhere.t')
    expect(await describeProcess('nowhere')).toMatchObject({ incarnation: 1 })
  })

  it('[SUP1] a process that never started is not made by asking for it', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', '/quarantine'],
    ] as const) {
      expect(await request(method, `processes/nobody${path}`)).toMatchObject({
        status: 404,
        body: { code: 'no_such_process' },
      })
    }
    expect(await inject('nobody', 'rebuild')).toMatchObject({ status: 404 })
  })
})

describe('a crash', () => {
  it('[SUP2] takes one process, and the others notice nothing', async () => {
    for (const table of ['one.t', 'two.t']) {
      await createSync(table)
      await insert(table, 'k')
    }
    await inject('one', 'before_append')
    expect((await insert('one.t', 'lost')).status).toBe(503)
    expect(await describeProcess('two')).toMatchObject({ incarnation: 1 })
    expect([await rows('one.t'), await rows('two.t')]).toEqual([[['k', 1]], [['k', 1]]])
    expect(await describeProcess('one')).toMatchObject({ incarnation: 2, recovery: { rows: 1 } })
  })

  it.each([
    ['before_append', 1],
    ['refuse_append', 1],
    ['before_reply', 1],
  ] as const)(
    '[SUP3] %s: the caller is told to try again, and trying again with its key counts once',
    async (fault, times) => {
      const table = `${fault.replace('_', '-')}.n`
      await createSync(table)
      await count(table)
      await inject(table.split('.')[0] as string, fault)
      const failed = await count(table, 'once')
      expect(failed).toMatchObject({ status: 503, body: { code: 'restarting' } })
      expect(failed.headers.get('retry-after')).toBe('1')
      expect((await count(table, 'once')).body.value).toBe(1 + times)
      expect((await count(table, 'once')).body.value).toBe(1 + times)
      expect(await rows(table)).toEqual([['n', 1 + times]])
    },
  )

  it('[SUP3] rebuild: the start after next rebuilds what the failed one could not', async () => {
    await createSync('rebuild.t')
    await insert('rebuild.t', 'k')
    await inject('rebuild', 'rebuild')
    await inject('rebuild', 'before_append')
    expect((await insert('rebuild.t', 'lost')).status).toBe(503)
    expect((await request('GET', 'tables/rebuild.t')).status).toBe(503)
    expect(await rows('rebuild.t')).toEqual([['k', 1]])
  })

  it('[SUP4] damage: what is before is served, what is lost is reported', async () => {
    await createSync('damage.t')
    await insert('damage.t', 'a')
    await insert('damage.t', 'b')
    await inject('damage', 'damage')
    await new Promise((resume) => setTimeout(resume, 50))
    expect(await rows('damage.t')).toEqual([['a', 1]])
    const { recovery } = await describeProcess('damage')
    expect(recovery?.setAside).toEqual(['log record 2'])
    expect((await insert('damage.t', 'c')).status).toBe(200)
  })
})

describe('a process that starts too often', () => {
  it('[SUP5] is refused with a time to wait, and goes on when it is lifted', async () => {
    await createSync('crashing.t')
    await insert('crashing.t', 'k')
    let refused = await insert('crashing.t', 'k')
    for (let i = 0; i < 12 && refused.body.code !== 'quarantined'; i++) {
      await inject('crashing', 'before_append')
      await insert('crashing.t', 'x')
      refused = await insert('crashing.t', 'k')
    }
    expect(refused).toMatchObject({ status: 503, body: { code: 'quarantined', process: 'crashing' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await describeProcess('crashing')).quarantinedUntilMs).toBeGreaterThan(Date.now())
    expect((await request('DELETE', 'processes/crashing/quarantine')).status).toBe(200)
    expect(await rows('crashing.t')).toEqual([['k', 1]])
  })
})
