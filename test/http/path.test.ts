import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pathOf } from '../../src/http/path.ts'
import { parseRowKey } from '../../src/http/row-key.ts'
import { anApp } from '../support/an-app.ts'

describe('a key in a path', () => {
  /** As HTP3 says it. */
  const asSaid = (text: string): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      return /^["[{]/.test(text) ? 'refused' : text
    }
  }
  const parsed = (text: string): unknown => {
    try {
      return parseRowKey(encodeURIComponent(text))
    } catch {
      return 'refused'
    }
  }

  it.each([
    ...['42', '-0.5e+3', '042', '-', '1.', '.5', '1e', '+1', 'NaN', 'true', 'truely', 'null', ' null', '1 2'],
    ...['', ' ', '\u00a0', '\u00a01', '\ufeff1', '"a"', '"a', '[1', '[1]', ' [1', '{}', 'u:1', '3f2a-7'],
  ])('[HTP3] %j is what JSON says, and else itself', (text) => {
    expect(parsed(text)).toEqual(asSaid(text))
  })

  it('[HTP3] the same for whatever letters JSON is made of', () => {
    const letters = [
      '0',
      '1',
      '9',
      '-',
      '+',
      '.',
      'e',
      'E',
      'true',
      'null',
      ' ',
      '\t',
      '"',
      '[',
      ']',
      '{',
      '}',
      'a',
    ]
    const text = fc.array(fc.constantFrom(...letters), { maxLength: 8 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, (each) => {
        expect(parsed(each)).toEqual(asSaid(each))
      }),
      { numRuns: 3000, seed: 1 },
    )
  })
})

describe('a path', () => {
  it.each([
    '/v1/tables/shop.carts/rows/u:1',
    '/v1/tables/t/rows/a%2Fb%25',
    '/v1/tables/t/rows/..',
    '/v1/tables/t/rows/%2e%2E/x',
    '/v1/tables/t/rows/.hidden',
    '/v1/tables/t/rows/a|b^c',
    '/v1/tables/t/rows/a b',
    '/v1/tables/t/rows/é',
    '/v1//tables',
    '/',
  ])('[HTP15] of %s is the one that a parser of URLs finds', (path) => {
    for (const origin of ['http://ets.test', 'https://[::1]:8787', 'http://user@ets.test']) {
      for (const end of ['', '?x=/y', '#z']) {
        const url = origin + path + end
        expect(pathOf(url).asSent).toBe(new URL(url).pathname)
      }
    }
  })

  it('[HTP15] is decoded to find the route, and a key in it is decoded once', async () => {
    const { request } = anApp()
    await request('PUT', '/v1/tables/t')
    await request('PUT', '/v1/tables/t/rows/a%252F', '["a%2F",1]')
    const answer = await request('GET', '/v1/t%61bles/t/rows/a%252F')
    expect(await answer.json()).toEqual({ value: [['a%2F', 1]] })
  })
})

describe('HEAD', () => {
  it('[HTP5] answers as GET does, without a body', async () => {
    const { request } = anApp()
    await request('PUT', '/v1/tables/t')
    await request('PUT', '/v1/tables/t/rows/a', '["a",1]')
    for (const path of ['/v1/tables/t/rows/a', '/v1/tables/t/rows/b', '/healthz', '/nowhere']) {
      const [get, head] = [await request('GET', path), await request('HEAD', path)]
      expect([path, head.status, await head.text()]).toEqual([path, get.status, ''])
      const fields = (response: Response) => [...response.headers].filter(([name]) => name !== 'x-request-id')
      expect(fields(head)).toEqual(fields(get))
    }
    expect((await request('HEAD', '/v1/tables/t/ops')).status).toBe(405)
  })
})
