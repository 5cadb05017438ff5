import { runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { sign } from 'hono/jwt'
import parse from 'parse-prometheus-text-format'
import { describe, expect, it } from 'vitest'
import type { MadeKey } from '../../src/protocol/keys.ts'
import type { ProcessEntry } from '../../src/protocol/processes.ts'

interface Answered {
  readonly status: number
  readonly body: { readonly value?: unknown; readonly values?: unknown; readonly code?: string }
}

async function send(key: string, method: string, path: string, body?: unknown): Promise<Answered> {
  const response = await exports.default.fetch(`https://ets.test${path}`, {
    method,
    headers: { authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const type = response.headers.get('content-type')
  return {
    status: response.status,
    body: type === 'application/x-ndjson' ? { value: await response.text() } : await response.json(),
  }
}

async function make(grants: string[], more: object = {}): Promise<MadeKey> {
  const made = await send(env.ADMIN_KEY, 'POST', '/v1/keys', { name: 'test', grants, ...more })
  return made.body.value as MadeKey
}

describe('keys of the Worker', () => {
  it('[APK1] a key works through every layer, and its object knows the hash alone', async () => {
    const { key, id } = await make(['write'])
    expect((await send(key, 'PUT', '/v1/tables/keyed.t')).status).toBe(201)
    const record = await env.KEY_RING.getByName('keys').find(id)
    expect(record?.secrets[0]?.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(JSON.stringify(record)).not.toContain(key.slice(14))
  })

  it('[APK3] rotates, [APK7] revokes', async () => {
    const { key, id } = await make(['read'])
    const next = (await send(env.ADMIN_KEY, 'POST', `/v1/keys/${id}/rotate`, {})).body.value as MadeKey
    for (const each of [key, next.key]) expect((await send(each, 'GET', '/v1/tables/no')).status).toBe(404)
    expect((await send(env.ADMIN_KEY, 'DELETE', `/v1/keys/${id}`)).status).toBe(200)
    for (const each of [key, next.key]) expect((await send(each, 'GET', '/v1/tables/no')).status).toBe(401)
  })

  it('[JWT1] tokens are minted and read, [JWT3] and end with their key', async () => {
    const { key, id } = await make(['write'])
    const minted = await send(key, 'POST', '/v1/tokens', { grants: ['read:no'] })
    const { token } = minted.body.value as { token: string }
    expect((await send(token, 'GET', '/v1/tables/no')).status).toBe(404)
    expect((await send(token, 'DELETE', '/v1/tables/no')).status).toBe(403)
    expect((await send(token, 'GET', '/v1/tables/yes')).status).toBe(403)
    await send(env.ADMIN_KEY, 'DELETE', `/v1/keys/${id}`)
    expect((await send(token, 'GET', '/v1/tables/no')).status).toBe(401)
  })
})

describe('credentials that get nowhere', () => {
  it('[JWT5] an ended token, alg none, another audience, another secret; [SEC3] a key in the URL', async () => {
    const { key } = await make(['read'])
    const minted = await send(key, 'POST', '/v1/tokens', { grants: ['read'], ttlMs: 1_000 })
    const { token } = minted.body.value as { token: string }
    const status = async (credential: string) => (await send(credential, 'GET', '/v1/tables/no')).status
    expect(await status(token)).toBe(404)
    const [, payload = '', signature = ''] = token.split('.')
    const text = (part: object) => btoa(JSON.stringify(part)).replaceAll('=', '')
    const claims = JSON.parse(atob(payload)) as Record<string, unknown>
    for (const credential of [
      `${text({ alg: 'none', typ: 'JWT' })}.${payload}.`,
      `${text({ alg: 'HS256', typ: 'JWT' })}.${text({ ...claims, aud: 'elsewhere' })}.${signature}`,
      await sign({ ...claims, aud: 'elsewhere' }, env.ADMIN_KEY, 'HS256'),
      await sign(claims, env.ADMIN_KEY, 'HS256'),
    ]) {
      expect(await status(credential)).toBe(401)
    }
    const inUrl = await exports.default.fetch(`https://ets.test/v1/tables/no?key=${env.ADMIN_KEY}`)
    expect(inUrl.status).toBe(401)
    expect(await inUrl.text()).not.toContain(env.ADMIN_KEY)
    await new Promise((passed) => setTimeout(passed, 2_100))
    expect(await status(token)).toBe(401)
  })
})

describe('rates that are kept by their owner', () => {
  it('[RAT3] are exact, however many ask at once: sixty tokens of a key, twenty failures of a client', async () => {
    const ring = env.KEY_RING.getByName('rates')
    const allowed = async (asked: () => PromiseLike<{ readonly allowed: boolean }>) =>
      (await Promise.all(Array.from({ length: 200 }, asked))).filter((each) => each.allowed).length
    const startMs = Date.now()
    const minted = await allowed(() => ring.mint('abcdefgh'))
    const failed = await allowed(() => ring.failed('192.0.2.1'))
    const passedMs = Date.now() - startMs
    expect(minted).toBeGreaterThanOrEqual(60)
    expect(minted).toBeLessThanOrEqual(60 + passedMs / 500 + 1)
    expect(failed).toBeGreaterThanOrEqual(20)
    expect(failed).toBeLessThanOrEqual(20 + passedMs / 3_000 + 1)
    expect((await ring.mint('another1')).allowed).toBe(true)
  })
})

describe('tenants of the Worker', () => {
  it('[SEC10] share nothing: tables, exports, imports, processes, keys', async () => {
    const [acme, bolt] = await Promise.all([
      make(['admin'], { tenant: 'acme' }),
      make(['admin'], { tenant: 'bolt' }),
    ])
    await send(acme.key, 'PUT', '/v1/tables/shop.t', { journal: 'sync' })
    await send(acme.key, 'PUT', '/v1/tables/shop.t/rows/a', ['a', 'of acme'])
    const file = (await send(acme.key, 'GET', '/v1/tables/shop.t/export')).body.value as string
    expect(file).toContain('"table":"shop.t"')

    for (const stranger of [bolt.key, env.ADMIN_KEY]) {
      const there = await send(stranger, 'GET', '/v1/tables/shop.t')
      const nowhere = await send(stranger, 'GET', '/v1/tables/shop.u')
      expect(JSON.stringify(there.body).replaceAll(/"instance":"[^"]*"/g, '')).toBe(
        JSON.stringify(nowhere.body)
          .replaceAll(/"instance":"[^"]*"/g, '')
          .replaceAll('shop.u', 'shop.t'),
      )
      for (const [method, path] of [
        ['GET', '/v1/tables/shop.t/rows/a'],
        ['DELETE', '/v1/tables/shop.t'],
        ['GET', '/v1/tables/shop.t/export'],
      ] as const) {
        expect((await send(stranger, method, path)).body.code).toBe('no_such_table')
      }
    }
    expect((await send(bolt.key, 'POST', '/v1/tables/shop.t/import', file)).status).toBe(201)
    await send(bolt.key, 'PUT', '/v1/tables/shop.t/rows/a', ['a', 'of bolt'])
    expect((await send(acme.key, 'GET', '/v1/tables/shop.t/rows/a')).body.value).toEqual([['a', 'of acme']])

    await send(acme.key, 'PUT', '/v1/tables/depot')
    const names = async (key: string) =>
      ((await send(key, 'GET', '/v1/processes')).body.value as { process: string }[]).map((p) => p.process)
    expect(await names(acme.key)).toEqual(['depot', 'shop'])
    expect(await names(bolt.key)).toEqual(['shop'])
    expect(await names(env.ADMIN_KEY)).not.toContain('depot')
    expect((await send(bolt.key, 'GET', '/v1/processes/depot')).body.code).toBe('no_such_process')
    expect((await send(acme.key, 'GET', '/v1/processes/shop')).body.value).toMatchObject({ process: 'shop' })
  })

  it('[SEC11] a private table is for its key alone, export and import too', async () => {
    const [mine, other] = await Promise.all([make(['write']), make(['write'])])
    await send(mine.key, 'PUT', '/v1/tables/own.t', { access: 'private', journal: 'sync' })
    const file = (await send(mine.key, 'GET', '/v1/tables/own.t/export')).body.value as string
    expect(file).toContain('"access":"private"')
    for (const [method, path, body] of [
      ['GET', '/v1/tables/own.t/export', undefined],
      ['POST', '/v1/tables/own.t/import?replace=true', file],
      ['GET', '/v1/tables/own.t', undefined],
    ] as const) {
      expect((await send(other.key, method, path, body)).status).toBe(403)
    }
    expect((await send(other.key, 'POST', '/v1/tables/own.u/import', file)).status).toBe(201)
    expect((await send(mine.key, 'GET', '/v1/tables/own.u')).status).toBe(403)
  })
})

describe('the tables of a process', () => {
  it('[TEN2] are a thousand at most; when one goes, another may come', async () => {
    const made = Array.from({ length: 1_000 }, (_, i) => ({ table: `full.t${i}`, op: 'new' }))
    const path = '/v1/processes/full/transactions'
    expect((await send(env.ADMIN_KEY, 'POST', path, made)).status).toBe(200)
    expect(await send(env.ADMIN_KEY, 'PUT', '/v1/tables/full.more')).toMatchObject({
      status: 413,
      body: { code: 'too_large', what: 'tables of one process', limit: 1_000 },
    })
    expect((await send(env.ADMIN_KEY, 'PUT', '/v1/tables/other.more')).status).toBe(201)
    await send(env.ADMIN_KEY, 'DELETE', '/v1/tables/full.t7')
    expect((await send(env.ADMIN_KEY, 'PUT', '/v1/tables/full.more')).status).toBe(201)
  })
})

describe('the keys of a tenant', () => {
  it('[APK10] are a thousand at most, and those of another tenant apart', async () => {
    const ring = env.KEY_RING.getByName('crowded')
    const record = (id: number, tenant: string) => ({
      id: String(id).padStart(8, '0'),
      name: 'k',
      tenant,
      grants: ['read'],
      createdAtMs: 0,
      expiresAtMs: null,
      lastUsedAtMs: null,
      secrets: [],
    })
    await Promise.all(Array.from({ length: 999 }, (_, i) => ring.create(record(i, 'crowd'))))
    expect(await ring.create(record(999, 'crowd'))).toEqual({ ok: true, value: null })
    expect(await ring.create(record(1_000, 'crowd'))).toMatchObject({
      ok: false,
      error: { code: 'too_large', details: { what: 'keys of one tenant', limit: 1_000 } },
    })
    expect(await ring.create(record(1_001, 'calm'))).toMatchObject({ ok: true })
    await ring.revoke('00000007')
    expect(await ring.create(record(1_002, 'crowd'))).toMatchObject({ ok: true })
  })
})

describe('the processes of a tenant', () => {
  it('[TEN1] are as many as it may have, and the table of one more is refused', async () => {
    const { key } = await make(['write'], { tenant: 'small' })
    const supervisor = env.SUPERVISOR.getByName('supervisor')
    await send(key, 'PUT', '/v1/tables/one.t')
    const [entry] = await supervisor.list('small', null)
    expect(entry?.process).toBe('one')
    expect(await supervisor.enlist('small:two', { ...(entry as ProcessEntry), process: 'two' }, 2)).toBe(true)
    expect(await supervisor.enlist('small:three', { ...(entry as ProcessEntry), process: 'three' }, 2)).toBe(
      false,
    )
    expect(await supervisor.enlist('small:two', entry as ProcessEntry, 2)).toBe(true)
    await runInDurableObject(env.TABLE_PROCESS.getByName('small:four'), async (process) => {
      Object.assign(process, { env: { ...env, PROCESSES_PER_TENANT: 2 } })
    })
    expect(await send(key, 'PUT', '/v1/tables/four.t')).toMatchObject({
      status: 413,
      body: { code: 'too_large', what: 'processes of one tenant', limit: 2 },
    })
    expect((await send(key, 'PUT', '/v1/tables/one.u')).status).toBe(201)
  })
})

describe('metrics', () => {
  it('[MET1] are those of the tenant, and for the tenant without a name of all', async () => {
    const { key } = await make(['admin'], { tenant: 'measured' })
    await send(key, 'PUT', '/v1/tables/meter.t')
    await send(key, 'PUT', '/v1/tables/meter.t/rows/a', ['a'])
    await send(key, 'PUT', '/v1/tables/meter.t')
    const stats = (await send(key, 'GET', '/v1/stats')).body.value
    expect(stats).toMatchObject({
      asked: 1,
      isComplete: true,
      processes: [
        {
          process: 'meter',
          tenant: 'measured',
          incarnation: 1,
          calls: 3,
          operations: 3,
          refused: { table_exists: 1 },
          tables: 1,
          rows: 1,
          largest: [{ table: 'meter.t', rows: 1 }],
        },
      ],
    })
    const all = (await send(env.ADMIN_KEY, 'GET', '/v1/stats?process=mete*')).body.value
    expect(all).toMatchObject({ asked: 1, processes: [{ tenant: 'measured' }] })
    const other = await make(['admin'], { tenant: 'unmeasured' })
    expect((await send(other.key, 'GET', '/v1/stats')).body.value).toMatchObject({ asked: 0, processes: [] })
    const reader = await make(['read'], { tenant: 'measured' })
    expect((await send(reader.key, 'GET', '/v1/stats')).status).toBe(403)
    const text = await exports.default.fetch('https://ets.test/metrics', {
      headers: { authorization: `Bearer ${key}` },
    })
    expect(text.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const rows = parse(await text.text()).find(({ name }) => name === 'ets_table_rows')
    expect(rows?.metrics).toEqual([
      { labels: { tenant: 'measured', process: 'meter', table: 'meter.t' }, value: '1' },
    ])
  })

  it('[MET2] of twelve tables the ten largest have labels, in text that a parser of Prometheus reads', async () => {
    const { key } = await make(['admin'], { tenant: 'labelled' })
    for (let i = 0; i < 12; i++) {
      await send(key, 'PUT', `/v1/tables/many.t${i}`)
      await send(key, 'POST', `/v1/tables/many.t${i}/ops`, {
        op: 'insert_list',
        args: [Array.from({ length: i + 1 }, (_, k) => [k])],
      })
    }
    const text = await exports.default.fetch('https://ets.test/metrics', {
      headers: { authorization: `Bearer ${key}` },
    })
    const families = parse(await text.text())
    const tables = families.find(({ name }) => name === 'ets_table_rows')?.metrics ?? []
    expect(tables.map(({ labels, value }) => [labels?.table, Number(value)])).toEqual([
      ...Array.from({ length: 10 }, (_, i) => [`many.t${11 - i}`, 12 - i]),
      ['(other)', 3],
    ])
    const names = families.flatMap(({ metrics }) =>
      metrics.flatMap(({ labels }) => Object.keys(labels ?? {})),
    )
    expect(new Set(names)).toEqual(new Set(['tenant', 'process', 'table']))
  })
})
