import { describe, expect, it } from 'vitest'
import { Grants } from '../../src/security/grants.ts'
import { anApp } from '../support/an-app.ts'

interface Answered {
  readonly status: number
  readonly body: { readonly code?: string; readonly needs?: string; readonly value?: unknown }
}

/** An app where a credential says itself what it stands for: `tenant/key/grant,grant`. */
function aService() {
  const { request } = anApp({
    access: {
      authenticate(credential) {
        const [tenant = '', key = '', words = ''] = credential.split('/')
        return { tenant, key, grants: new Grants(words.split(',')) }
      },
    },
  })
  return async (credential: string, method: string, path: string, body?: unknown): Promise<Answered> => {
    const response = await request(method, path, body === undefined ? undefined : JSON.stringify(body), {
      authorization: `Bearer ${credential}`,
    })
    return { status: response.status, body: (await response.json()) as Answered['body'] }
  }
}

const ops = (...names: string[]) => names.map((op) => ({ op, args: op === 'lookup' ? ['a'] : [] }))

describe('grants over HTTP', () => {
  it('[SEC8] a key that only reads posts operations that only read', async () => {
    const send = aService()
    await send('/w/write', 'PUT', '/v1/tables/t')
    const path = '/v1/tables/t/ops'
    expect((await send('/r/read', 'POST', path, ops('lookup', 'tab2list'))).status).toBe(200)
    expect(await send('/r/read', 'POST', path, ops('lookup', 'delete_all_objects'))).toMatchObject({
      status: 403,
      body: { code: 'forbidden', needs: 'write:t' },
    })
    expect((await send('/r/read:other', 'POST', path, ops('lookup'))).body.needs).toBe('read:t')
  })

  it('[SEC8] in a transaction each table needs its own grant', async () => {
    const send = aService()
    const path = '/v1/processes/shop/transactions'
    const made = [
      { table: 'shop.a', op: 'new' },
      { table: 'shop.b', op: 'new' },
    ]
    expect((await send('/k/write:shop.a', 'POST', path, made)).body).toMatchObject({ needs: 'write:shop.b' })
    expect((await send('/k/write:shop.?'.replace('?', '*'), 'POST', path, made)).status).toBe(200)
  })

  it('[SEC8] a table is renamed only with the grant for both names', async () => {
    const send = aService()
    await send('/w/write', 'PUT', '/v1/tables/shop.a')
    const rename = { op: 'rename', args: ['shop.b'] }
    expect((await send('/k/write:shop.a', 'POST', '/v1/tables/shop.a/ops', rename)).body.needs).toBe(
      'write:shop.b',
    )
  })

  it.each([
    ['PUT', '/v1/tables/t'],
    ['DELETE', '/v1/tables/t'],
    ['PUT', '/v1/tables/t/rows/a'],
    ['DELETE', '/v1/tables/t/rows/a'],
    ['POST', '/v1/tables/t/import'],
    ['GET', '/v1/processes'],
    ['DELETE', '/v1/processes/t/quarantine'],
    ['POST', '/v1/processes/t/faults'],
  ])('[SEC7] %s %s is not for a key that only reads', async (method, path) => {
    expect(await aService()('/r/read', method, path)).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    })
  })

  it('[SEC7] the refusal is the same whether or not the table exists', async () => {
    const send = aService()
    await send('/w/write', 'PUT', '/v1/tables/there')
    const [there, nowhere] = await Promise.all(
      ['there', 'nowhere'].map((table) => send('/k/read:else', 'GET', `/v1/tables/${table}`)),
    )
    const mask = (answer: unknown) => JSON.stringify(answer).replaceAll(/there|nowhere|request:[\w-]+/g, '')
    expect(mask(there)).toBe(mask(nowhere))
  })
})

describe('tenants', () => {
  it('[SEC10] tables of the same name are different tables', async () => {
    const send = aService()
    for (const tenant of ['acme', 'bolt', '']) {
      expect((await send(`${tenant}/k/write`, 'PUT', '/v1/tables/shop.t')).status).toBe(201)
      await send(`${tenant}/k/write`, 'PUT', '/v1/tables/shop.t/rows/x', ['x', tenant])
    }
    for (const tenant of ['acme', 'bolt', '']) {
      expect((await send(`${tenant}/k/read`, 'GET', '/v1/tables/shop.t/rows/x')).body.value).toEqual([
        ['x', tenant],
      ])
    }
  })

  it('[SEC10] no name in a request is one of another tenant, not even of the admin', async () => {
    const send = aService()
    await send('acme/k/write', 'PUT', '/v1/tables/shop')
    for (const name of ['acme:shop', 'acme.shop', 'acme%3Ashop']) {
      expect([400, 404]).toContain((await send('/k/admin', 'GET', `/v1/tables/${name}`)).status)
    }
    const ops = [{ table: 'acme:shop', op: 'tab2list' }]
    expect((await send('/k/admin', 'POST', '/v1/processes/shop/transactions', ops)).status).toBe(422)
    expect((await send('bolt/k/admin', 'GET', '/v1/tables/shop')).body.code).toBe('no_such_table')
  })
})

describe('access modes', () => {
  const row = ['a', 1]

  it.each([
    ['public', 200, 200],
    ['protected', 200, 403],
    ['private', 403, 403],
  ])(
    '[SEC11] a %s table answers other keys %i to reading and %i to writing',
    async (access, reading, writing) => {
      const send = aService()
      expect((await send('t/owner/write', 'PUT', '/v1/tables/x', { access })).status).toBe(201)
      expect((await send('t/owner/write', 'PUT', '/v1/tables/x/rows/a', row)).status).toBe(200)
      for (const [key, read, write] of [
        ['t/other/write', reading, writing],
        ['t/boss/admin', 200, 200],
        ['t/owner/write', 200, 200],
      ] as const) {
        expect((await send(key, 'GET', '/v1/tables/x/rows/a')).status).toBe(read)
        expect((await send(key, 'GET', '/v1/tables/x')).status).toBe(read)
        expect((await send(key, 'PUT', '/v1/tables/x/rows/a', row)).status).toBe(write)
      }
      expect((await send('t/other/write', 'DELETE', '/v1/tables/x')).status).toBe(writing)
    },
  )

  it('[SEC11] nobody says whose a table is', async () => {
    const send = aService()
    expect((await send('/k/write', 'PUT', '/v1/tables/x', { owner: 'me' })).status).toBe(400)
    await send('/k/write', 'PUT', '/v1/tables/x', { access: 'private' })
    expect(
      (await send('/k/write', 'POST', '/v1/tables/x/ops', { op: 'info' })).body.value,
    ).not.toHaveProperty('owner')
  })
})
