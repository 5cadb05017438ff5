import { describe, expect, it } from 'vitest'
import type { TableInfo } from '../../src/client/shapes.ts'
import { DEFAULT_OPTIONS } from '../../src/engine/options.ts'
import { EMPTY_TALLY, endLine, tallyOf } from '../../src/protocol/table-file.ts'
import type { Transfers } from '../../src/protocol/transfers.ts'
import { anApp, type TestApp } from '../support/an-app.ts'
import { TestOwner } from '../support/an-owner.ts'

/** The app over one owner that can end and come back. */
function aService(): { readonly process: TestOwner; readonly app: TestApp; readonly transfers: Transfers } {
  const process = new TestOwner()
  const transfers: Transfers = {
    exportPage: (...args) => process.owner.exportPage(...args),
    beginImport: (...args) => process.owner.beginImport(...args),
    importRows: (...args) => process.owner.importRows(...args),
    finishImport: (...args) => process.owner.finishImport(...args),
    dropImport: (...args) => process.owner.dropImport(...args),
  }
  return {
    process,
    transfers,
    app: anApp({ transfers, tables: { run: (operations) => process.call(operations) } }),
  }
}

const linesOf = (text: string): string[] => text.split('\n').slice(0, -1)
const exported = async (app: TestApp, table = 'p.t'): Promise<string> =>
  (await app.request('GET', `/v1/tables/${table}/export`)).text()
const imported = (app: TestApp, table: string, file: string | Uint8Array | ReadableStream, query = '') =>
  app.request('POST', `/v1/tables/${table}/import${query}`, file)
const detailOf = async (response: Response): Promise<unknown[]> => {
  const { code, detail } = (await response.json()) as { code: string; detail?: string }
  return [response.status, code, detail]
}

describe('an export', () => {
  it('[EXP6] is a header, a row a line, and an end with count and checksum', async () => {
    const { process, app } = aService()
    await process.create('p.t', { type: 'ordered_set' })
    await process.run('p.t', 'insert_list', [
      ['a', 1],
      ['b', { x: [null] }],
    ])
    await process.run('p.t', 'insert', ['c'], { ttlMs: 500 })
    await process.run('p.t', 'insert', ['d'], { idleTtlMs: 100 })
    const response = await app.request('GET', '/v1/tables/p.t/export')
    expect(['content-type', 'ets-seq', 'ets-incarnation'].map((name) => response.headers.get(name))).toEqual([
      ...['application/x-ndjson', '5', '1'],
    ])
    expect(linesOf(await response.text())).toEqual([
      '{"format":2,"table":"p.t","options":{"type":"ordered_set","keypos":1,"journal":"async","access":"public","maxRows":null,"maxBytes":null,"eviction":"none","defaultTtlMs":null,"maxTtlMs":null,"ttlJitter":0,"statistics":false,"events":false},"seq":5,"incarnation":1}',
      '["a",1]',
      '["b",{"x":[null]}]',
      '{"row":["c"],"expiresAtMs":1000500}',
      '{"row":["d"],"expiresAtMs":1000100,"hardExpiresAtMs":null,"idleTtlMs":100}',
      expect.stringMatching(/^{"end":true,"rows":4,"checksum":\d+}$/),
    ])
  })

  it('[HTP5] HEAD answers as GET and begins none, so that nobody is kept from theirs', async () => {
    const { process, app } = aService()
    await process.create('p.t', {})
    await process.run(
      'p.t',
      'insert_list',
      Array.from({ length: 9_000 }, (_, i) => [i, 'x'.repeat(60)]),
    )
    const fields = ({ status, headers }: Response) => [
      status,
      [...headers].filter(([name]) => name !== 'x-request-id'),
    ]
    const heads: Response[] = []
    for (let i = 0; i < 10; i++) heads.push(await app.request('HEAD', '/v1/tables/p.t/export'))
    const got = await app.request('GET', '/v1/tables/p.t/export')
    for (const head of heads) expect([fields(head), await head.text()]).toEqual([fields(got), ''])
    expect((await app.request('HEAD', '/v1/tables/p.none/export')).status).toBe(404)
  })

  const many = Array.from({ length: 9_000 }, (_, i) => [i, 'x'.repeat(60)])

  it('[EXP7] behind any cursor it goes on as if it had not been broken, changes in between or not', async () => {
    const { process, app } = aService()
    await process.create('p.t', {})
    await process.run('p.t', 'insert_list', many)
    const whole = linesOf(await exported(app))
    const cursors = whole.flatMap((line, i) => (line.startsWith('{"cursor"') ? [i] : []))
    expect(cursors.length).toBeGreaterThan(1)
    await process.run('p.t', 'delete_all_objects')
    await process.run('p.t', 'insert', [1, 'new'])
    for (const i of cursors) {
      const { cursor } = JSON.parse(whole[i] as string)
      const rest = await app.request('GET', `/v1/tables/p.t/export?cursor=${cursor}`)
      expect(linesOf(await rest.text())).toEqual(whole.slice(i + 1))
    }
  })

  it('[EXP8] is gone after a restart, after two minutes without a page, and under another table', async () => {
    const { process, app } = aService()
    await process.create('p.t', {})
    await process.run('p.t', 'insert_list', many)
    const begin = async () => (await process.owner.exportPage('p.t')).cursor
    const goOn = async (cursor: unknown, table = 'p.t') =>
      (await app.request('GET', `/v1/tables/${table}/export?cursor=${cursor}`)).status
    const idle = await begin()
    await process.pass(119_999)
    expect(await goOn(idle)).toBe(200)
    await process.pass(240_000)
    expect(await goOn(idle)).toBe(410)
    const cursor = await begin()
    expect(await goOn(cursor, 'p.u')).toBe(410)
    process.restart()
    expect(await goOn(cursor)).toBe(410)
    expect(await goOn('1-1.2')).toBe(400)
  })

  it('[EXP9] four are under way in a process; one more is refused, unless another is done', async () => {
    const { process, app } = aService()
    await process.create('p.t', {})
    await process.run('p.t', 'insert_list', many)
    for (let i = 0; i < 3; i++) await process.owner.exportPage('p.t')
    await exported(app)
    expect((await app.request('GET', '/v1/tables/p.t/export')).status).toBe(200)
    const refused = await app.request('GET', '/v1/tables/p.t/export')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30'])
  })

  it('[EXP5] that can keep no more ends with a line that says so', async () => {
    const { process, app } = aService()
    await process.create('p.t', {})
    const rows = Array.from({ length: 50_000 }, (_, i) => [i, 0])
    await process.run('p.t', 'insert_list', rows)
    const reader = (await app.request('GET', '/v1/tables/p.t/export')).body?.getReader()
    await process.run('p.t', 'insert_list', rows)
    let text = ''
    for (let each = await reader?.read(); each?.done === false; each = await reader?.read()) {
      text += new TextDecoder().decode(each.value)
    }
    expect(linesOf(text).at(-1)).toMatch(/^{"refused":{"code":"gone","message":"too many rows changed/)
    expect(await detailOf(await imported(app, 'p.new', text))).toEqual([
      ...[400, 'bad_request', expect.stringMatching(/line \d+: the export ended here with a refusal/)],
    ])
  })
})

const TYPES = ['set', 'ordered_set', 'bag', 'duplicate_bag'] as const

describe('an import', () => {
  it.each(TYPES)(
    '[IMP1] of an exported %s is that table: options, rows, their order, deadlines',
    async (type) => {
      const { process, app } = aService()
      await process.create('p.t', { type, keypos: 2, journal: 'sync' })
      await process.run('p.t', 'insert_list', [
        [1, 'a'],
        [3, 'b'],
        [2, 'a'],
        [1, 'c'],
      ])
      await process.run('p.t', 'insert', [4, 'a'], { ttlMs: 60_000 })
      await process.run('p.t', 'insert', [5, 'd'], { ttlMs: 90_000, idleTtlMs: 50_000 })
      const file = await exported(app)
      const response = await imported(app, 'q.copy', file)
      const rows = Number(JSON.parse(linesOf(file).at(-1) as string).rows)
      expect([response.status, await response.json()]).toEqual([201, { value: { rows, ended: 0 } }])
      const shown = async (table: string) => {
        const {
          name: _,
          incarnation,
          recovery,
          ...info
        } = (await process.run(table, 'info')) as unknown as TableInfo
        const kept = await Promise.all(['a', 'b', 'c', 'd'].map((key) => process.run(table, 'row_info', key)))
        const deadlines = (kept as { expiresAtMs: number; idleTtlMs: number }[][]).map((each) =>
          each.map(({ expiresAtMs, idleTtlMs }) => [expiresAtMs, idleTtlMs]),
        )
        return [
          info,
          deadlines,
          await Promise.all(['a', 'b', 'c', 'd'].map((k) => process.run(table, 'lookup', k))),
        ]
      }
      expect(await shown('q.copy')).toEqual(await shown('p.t'))
      const before = await shown('q.copy')
      process.restart()
      expect(await shown('q.copy')).toEqual(before)
    },
  )

  it('[TAG9] keeps pins, tags and what is stale, and leaves out what a tag took away', async () => {
    const { process, app } = aService()
    await process.create('p.t', { journal: 'sync' })
    await process.run('p.t', 'insert', ['a', 1], { tags: ['x', 'y'], pin: true })
    await process.run('p.t', 'insert', ['b', 1], { tags: ['x'], ttlMs: 60_000 })
    await process.run('p.t', 'insert', ['c', 1], { tags: ['z'] })
    await process.run('p.t', 'invalidate_tags', ['y'], { soft: true })
    await process.run('p.t', 'invalidate_tags', ['z'])
    const file = await exported(app)
    expect((await imported(app, 'q.copy', file)).status).toBe(201)
    const shown = async (key: string): Promise<unknown> => process.run('q.copy', 'row_info', key)
    expect(await shown('a')).toMatchObject([{ tags: ['x', 'y'], pinned: true, staleSinceMs: 1_000_000 }])
    expect(await shown('b')).toMatchObject([{ tags: ['x'], pinned: false, stale: false }])
    expect(await shown('c')).toEqual([])
    await process.run('q.copy', 'invalidate_tags', ['x'])
    expect(await process.run('q.copy', 'info', 'size')).toBe(0)
  })

  it('[IMP1] takes a row that idles without an end for one that stays, and so does who reads its export', async () => {
    const { process, app } = aService()
    await process.create('p.t', {})
    const [header] = linesOf(await exported(app))
    const lines = `${header}\n{"row":["z",1],"expiresAtMs":99999999}\n{"row":["a",1],"idleTtlMs":1000}\n`
    await imported(app, 'q.t', lines + endLine(tallyOf(EMPTY_TALLY, lines, 2)))
    expect(await process.run('q.t', 'row_info', 'a')).toMatchObject([{ expiresAtMs: null, idleTtlMs: null }])
    expect((await imported(app, 'q.again', await exported(app, 'q.t'))).status).toBe(201)
  })

  it('[TAG9] reads a file of format 1', async () => {
    const { process, app } = aService()
    const lines =
      '{"format":1,"table":"p.t","options":{"type":"set","keypos":1,"journal":"async"},"seq":5,"incarnation":1}\n' +
      '["a",1]\n{"row":["b",2],"expiresAtMs":1060000}\n'
    const { rows, checksum } = tallyOf(EMPTY_TALLY, lines, 2)
    expect((await imported(app, 'q.old', lines + endLine({ rows, checksum }))).status).toBe(201)
    expect(await process.run('q.old', 'tab2list')).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    expect(await process.run('q.old', 'ttl', 'b')).toBe(60_000)
  })

  it('[IMP2] takes no name that is there, unless it replaces the table', async () => {
    const { process, app } = aService()
    await process.create('p.t', {})
    await process.run('p.t', 'insert', ['a', 1])
    const file = await exported(app)
    await process.run('p.t', 'insert', ['b', 2])
    expect((await imported(app, 'p.t', file)).status).toBe(409)
    expect(await process.run('p.t', 'info', 'size')).toBe(2)
    expect((await imported(app, 'p.t', file, '?replace=true')).status).toBe(201)
    process.restart()
    expect(await process.run('p.t', 'tab2list')).toEqual([['a', 1]])
  })

  it('[IMP3] leaves rows out whose deadline has passed', async () => {
    const { process, app } = aService()
    await process.create('p.t', {})
    await process.run('p.t', 'insert', ['short'], { ttlMs: 1_000 })
    await process.run('p.t', 'insert', ['long'], { ttlMs: 9_000 })
    const file = await exported(app)
    await process.pass(1_000)
    const response = await imported(app, 'p.new', file)
    expect(await response.json()).toEqual({ value: { rows: 1, ended: 1 } })
    expect(await process.run('p.new', 'ttl', 'long')).toBe(8_000)
  })

  describe('of a damaged file', () => {
    const file = async (type: 'set' | 'bag' = 'set'): Promise<string[]> => {
      const { process, app } = aService()
      await process.create('p.t', { type })
      await process.run('p.t', 'insert_list', [
        ['a', 1],
        ['b', 2],
      ])
      await process.run('p.t', 'insert', ['c', 3], { ttlMs: 5_000 })
      return linesOf(await exported(app))
    }
    type Damage = (lines: string[]) => readonly string[]
    const at =
      (i: number, change: (line: string) => string): Damage =>
      (lines) =>
        lines.with(i, change(lines[i] as string))
    const cases: readonly (readonly [string, Damage, string])[] = [
      ['nothing', () => [], 'the file is empty'],
      ['no header', (lines) => lines.slice(1), 'line 1: '],
      ['no end', (lines) => lines.slice(0, -1), 'line 4: the file ends here, without its last line'],
      ['a row less', (lines) => lines.toSpliced(2, 1), 'line 4: the file had 3 rows, and 2 are there'],
      [
        'a row more',
        (lines) => lines.toSpliced(2, 0, '["x",1]'),
        'line 6: the file had 3 rows, and 4 are there',
      ],
      [
        'rows in another order',
        ([h, a, b, ...rest]) => [h, b, a, ...rest] as string[],
        'line 5: the checksum',
      ],
      ['another value', at(1, () => '["a",7]'), 'line 5: the checksum is wrong'],
      [
        'another deadline',
        at(3, (line) => line.replace('1005000', '1006000')),
        'line 5: the checksum is wrong',
      ],
      ['another option', at(0, (line) => line.replace('async', 'sync')), 'line 5: the checksum is wrong'],
      ['another checksum', at(4, (line) => line.replace(/\d}/, '}')), 'line 5: '],
      ['another end', at(4, (line) => line.replace('true', 'false')), 'line 5: end'],
      ['half a line', at(2, (line) => line.slice(0, 3)), 'line 3: it is not JSON'],
      ['an empty line', (lines) => lines.toSpliced(2, 0, ''), 'line 3: it is not JSON'],
      ['a row that is none', at(1, () => '7'), 'line 2: '],
      ['a row without a key', at(1, () => '[]'), 'line 2: the row has no element 1'],
      ['a lone surrogate', at(1, () => '["\\ud800"]'), 'line 2: found a string with a lone surrogate'],
      ['a number too large', at(1, () => '["a",1e999]'), 'line 2: found a number that is not finite'],
      [
        'deep nesting',
        at(1, () => `["a",${'['.repeat(70)}${']'.repeat(70)}]`),
        'line 2: found nesting deeper',
      ],
      ['a deadline that is none', at(3, (line) => line.replace('1005000', '"x"')), 'line 4: expiresAtMs'],
      ['something behind the end', (lines) => [...lines, '["z"]'], 'line 6: something follows'],
      [
        'a newer format',
        at(0, (line) => line.replace('"format":2', '"format":3')),
        'line 1: format 3 is newer',
      ],
      [
        'an unknown option',
        at(0, (line) => line.replace('"keypos"', '"colour":1,"keypos"')),
        'line 1: options.colour',
      ],
      ['a missing option', at(0, (line) => line.replace('"keypos":1,', '')), 'line 1: options.keypos'],
      [
        'an unknown member',
        at(3, (line) => line.replace('"row"', '"x":1,"row"')),
        'line 4: x: there is no such',
      ],
    ]

    it.each(cases)('[IMP4] with %s is refused and changes nothing', async (_, damage, message) => {
      const { process, app } = aService()
      await process.create('q.old', {})
      const damaged = damage(await file())
        .map((line) => `${line}\n`)
        .join('')
      const [status, code, detail] = await detailOf(await imported(app, 'q.t', damaged))
      expect([status, code]).toEqual([400, 'bad_request'])
      expect(String(detail).slice(0, message.length)).toBe(message)
      expect(await process.run('q.t', 'info')).toBe(null)
      for (let i = 0; i < 5; i++) await imported(app, 'q.t', damaged)
      expect((await imported(app, 'q.t', (await file()).join('\n'))).status).toBe(201)
    })

    it.each([
      ['set', 'line 3: its key was there before, and keys of this table have one row'],
      ['bag', 'line 4: an equal row was there before, and a bag has no two'],
    ] as const)(
      '[IMP4] whose %s has a row twice is refused, though its checksum is right',
      async (type, what) => {
        const { process, app } = aService()
        const [header] = await file(type)
        const lines = `${header}\n["a",1]\n["a",2]\n["a",1]\n`
        const damaged = lines + endLine(tallyOf(EMPTY_TALLY, lines, 3))
        expect((await detailOf(await imported(app, 'q.t', damaged)))[2]).toBe(what)
        expect(await process.run('q.t', 'info')).toBe(null)
      },
    )

    it('[IMP4] with the rows of a key in two places is refused', async () => {
      const { app } = aService()
      const [header] = await file('bag')
      const lines = `${header}\n["a",1]\n["b",1]\n["a",2]\n`
      const damaged = lines + endLine(tallyOf(EMPTY_TALLY, lines, 3))
      expect((await detailOf(await imported(app, 'q.t', damaged)))[2]).toBe(
        'line 4: the rows of its key do not stand together',
      )
    })

    it('[IMP4] with bytes that are not UTF-8, or a line without end, is refused', async () => {
      const { app } = aService()
      const [header] = await file()
      const bytes = new Uint8Array([...new TextEncoder().encode(`${header}\n["a`), 0xff, ...[34, 93, 10]])
      expect((await detailOf(await imported(app, 'q.t', bytes)))[2]).toBe('line 2: it is not UTF-8')
      const long = `${header}\n["${'x'.repeat(16 * 1024 * 1024)}"]\n`
      expect((await imported(app, 'q.t', long)).status).toBe(413)
    })
  })

  it('[IMP5] that never ends is dropped after two minutes, and at the next start of its process', async () => {
    const { process } = aService()
    const options = { ...DEFAULT_OPTIONS, journal: 'sync' } as const
    const row = {
      line: 2,
      row: ['a', 1],
      timing: { expiresAtMs: Infinity, hardExpiresAtMs: Infinity, idleTtlMs: 0 },
    }
    const begin = async () => {
      const id = await process.owner.beginImport('p.t', options, false)
      await process.owner.importRows('p.t', id, [row as never])
      return id
    }
    const idle = await begin()
    await process.pass(240_000)
    await expect(process.owner.finishImport('p.t', idle, false)).rejects.toMatchObject({ code: 'gone' })
    const id = await begin()
    process.restart()
    await expect(process.owner.finishImport('p.t', id, false)).rejects.toMatchObject({ code: 'gone' })
    expect(await process.run('p.t', 'info')).toBe(null)
    await process.create('p.t', { journal: 'sync' })
    process.restart()
    expect(process.owner.recovery.rows).toBe(0)
  })

  it('[IMP6] nobody sees a row before all are there, and cursors in the file are passed over', async () => {
    const { process, app } = aService()
    await process.create('p.t', { type: 'duplicate_bag' })
    const rows = Array.from({ length: 7_000 }, (_, i) => [i % 500, i, 'x'.repeat(50)])
    await process.run('p.t', 'insert_list', rows)
    const lines = linesOf(await exported(app)).map((line) => new TextEncoder().encode(`${line}\n`))
    let sent = 0
    const body = new ReadableStream({
      async pull(controller) {
        if (sent < lines.length) expect(await process.run('q.t', 'info')).toBe(null)
        const line = lines[sent++]
        if (line === undefined) controller.close()
        else controller.enqueue(line)
      },
    })
    expect((await imported(app, 'q.t', body)).status).toBe(201)
    expect(await process.run('q.t', 'lookup', 7)).toEqual(await process.run('p.t', 'lookup', 7))
    expect(await process.run('q.t', 'info', 'size')).toBe(7_000)
  })
})

describe('a table of 100,000 rows', () => {
  it('[EXP10] goes out and in by pieces, each asked for when the one before was taken', async () => {
    const { process, transfers } = aService()
    let pages = 0
    let longest = 0
    let mostRows = 0
    const app = anApp({
      transfers: {
        ...transfers,
        exportPage: async (...args) => {
          const page = await transfers.exportPage(...args)
          pages++
          longest = Math.max(longest, page.lines.length)
          return page
        },
        importRows: (table, id, rows) => {
          mostRows = Math.max(mostRows, rows.length)
          return transfers.importRows(table, id, rows)
        },
      },
    })
    await process.create('p.t', {})
    for (let from = 0; from < 100_000; from += 10_000) {
      await process.run(
        'p.t',
        'insert_list',
        Array.from({ length: 10_000 }, (_, i) => [from + i, { text: `row ${from + i} of many` }]),
      )
    }
    const { body } = await app.request('GET', '/v1/tables/p.t/export')
    let taken = 0
    const counting = new TransformStream({
      transform(chunk, controller) {
        taken++
        expect(pages - taken).toBeLessThan(4)
        controller.enqueue(chunk)
      },
    })
    const response = await imported(app, 'q.t', (body as ReadableStream).pipeThrough(counting))
    expect(await response.json()).toEqual({ value: { rows: 100_000, ended: 0 } })
    expect(pages).toBeGreaterThan(10)
    expect(longest).toBeLessThan(260_000)
    expect(mostRows).toBeLessThanOrEqual(1000)
    expect(await process.run('q.t', 'info', 'size')).toBe(100_000)
    expect(await process.run('q.t', 'lookup', 77_777)).toEqual(await process.run('p.t', 'lookup', 77_777))
  })
})
