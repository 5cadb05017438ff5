import { describe, expect, it } from 'vitest'
import type { Bounds } from '../../src/engine/allowance.ts'
import { Database, type Operation } from '../../src/engine/database.ts'
import { MAX_ROW_BYTES } from '../../src/engine/limits.ts'
import type { TableOptions } from '../../src/engine/options.ts'
import type { Term } from '../../src/engine/term.ts'
import { at } from '../support/a-database.ts'
import { expectRefusal } from '../support/refusal.ts'

type Call = readonly [op: Operation['op'], ...args: Term[]]

function bounded(bounds: Partial<Bounds>, options: Partial<TableOptions> = {}) {
  const database = new Database(bounds)
  let nowMs = at(0)
  const batch = (calls: readonly Call[]): readonly Term[] =>
    database.run(
      calls.map(([op, ...args]) => ({ table: 't', op, args })),
      nowMs,
    )
  const run = (...call: Call): Term => batch([call])[0] as Term
  run('new', { ...options })
  const now = (ms: number): void => {
    nowMs = at(ms)
  }
  return { run, batch, now, size: () => run('info', 'size') }
}

const EACH: Term = [['_', [], ['$_']]]

describe('rows that one call may look at', () => {
  const WALKS: readonly Call['0'][] = [
    ...(['tab2list', 'foldl', 'foldr'] as const),
    ...(['traverse', 'traverse_back', 'traverse_lookup', 'traverse_delete'] as const),
  ]

  it.each(['set', 'ordered_set', 'bag', 'duplicate_bag'] as const)(
    '[BND1] a walk over as many as allowed is answered, over one more refused, and changes nothing (%s)',
    async (type) => {
      for (const op of WALKS) {
        // It looks at the keys of a bag, and then at the rows that it removes.
        const maxVisited = op === 'traverse_delete' && type.endsWith('bag') ? 12 : 6
        const { run, size } = bounded({ maxVisited }, { type })
        for (let k = 0; k < 6; k++) run('insert', [k])
        expect(run(op), op).toHaveLength(6)
        if (op === 'traverse_delete') for (let k = 0; k < 6; k++) run('insert', [k])
        run('insert', [6])
        await expectRefusal(() => run(op), 'too_large', { limit: maxVisited })
        expect(size()).toBe(7)
      }
    },
  )

  it('[BND1] the rows under a key of a bag count, whatever is done with them', async () => {
    const calls: Call[] = [
      ['lookup', 'k'],
      ['lookup_element', 'k', 2],
      ['delete', 'k'],
      ['take', 'k'],
      ['delete_object', ['k', 1]],
      ['row_info', 'k'],
      ['touch', 'k'],
      ['expire', 'k', 5],
      ['persist', 'k'],
    ]
    for (const call of calls) {
      const { run, size } = bounded({ maxVisited: 3 }, { type: 'duplicate_bag' })
      for (let i = 0; i < 4; i++) run('insert', ['k', i])
      await expectRefusal(() => run(...call), 'too_large', { limit: 3 })
      expect(size()).toBe(4)
    }
  })

  it('[BND1] storing into a bag compares with no more rows than that allows', async () => {
    const { run, size } = bounded({ maxVisited: 10 }, { type: 'bag' })
    const rows = Array.from({ length: 20 }, (_, i) => ['k', i])
    await expectRefusal(() => run('insert_list', rows), 'too_large', { limit: 10 })
    expect(size()).toBe(0)
  })

  it('[BND1] the operations of a batch share what there is', async () => {
    const { run, batch } = bounded({ maxVisited: 10 })
    for (let k = 0; k < 5; k++) run('insert', [k])
    expect(batch([['tab2list'], ['select', EACH]])).toHaveLength(2)
    await expectRefusal(() => batch([['tab2list'], ['select', EACH], ['tab2list']]), 'too_large', {
      index: 2,
    })
  })

  it('[BND1] clearing a fixed table counts its rows', async () => {
    const { run, size } = bounded({ maxVisited: 3 })
    for (let k = 0; k < 4; k++) run('insert', [k])
    run('safe_fixtable', true)
    await expectRefusal(() => run('delete_all_objects'), 'too_large', { limit: 3 })
    run('safe_fixtable', false)
    run('delete_all_objects')
    expect(size()).toBe(0)
  })

  it('[BND1] a scan of a bag key with more rows than that gives all of them, page by page', () => {
    const { run } = bounded({ maxVisited: 4 }, { type: 'duplicate_bag' })
    for (let i = 0; i < 11; i++) run('insert', [i % 2 === 0 ? 'k' : 'other', i])
    const met: Term[] = []
    for (let cursor: Term = null, page = 0; page === 0 || cursor !== null; page++) {
      const answer = run('scan', 'match', ['k', '$1'], { limit: 3, cursor }) as {
        rows: Term[][]
        cursor: Term
      }
      met.push(...answer.rows.flat())
      cursor = answer.cursor
    }
    expect(met).toEqual([0, 2, 4, 6, 8, 10])
  })
})

describe('rows that are dead and places that are empty', () => {
  it.each(['set', 'ordered_set', 'bag'] as const)(
    '[BND1] passing over them counts, so that a batch cannot do it again and again (%s)',
    async (type) => {
      const { run, batch, now } = bounded({ maxVisited: 200 }, { type })
      run(
        'insert_list',
        Array.from({ length: 1_000 }, (_, k) => [k]),
        { ttlMs: 5 },
      )
      run('insert', [1_000])
      now(5)
      const [size, first] = [['info', 'size'] as const, ['first'] as const]
      expect(batch([size, first])).toEqual([1, 1_000])
      await expectRefusal(() => batch(new Array(10).fill(first)), 'too_large', { limit: 200 })
    },
  )
})

describe('the length of answers', () => {
  it('[BND2] what is read many times in one answer counts each time', async () => {
    const { run, batch } = bounded({ maxAnswerLength: 1_000 })
    run('insert', ['k', 'x'.repeat(400)])
    const twice: Term = [['_', [], [{ tuple: ['$_', '$_'] }]]]
    const thrice: Term = [['_', [], [{ tuple: ['$_', '$_', '$_'] }]]]
    expect(run('select', twice)).toHaveLength(1)
    await expectRefusal(() => run('select', thrice), 'too_large', { limit: 1_000 })
    expect(
      batch([
        ['lookup', 'k'],
        ['lookup', 'k'],
      ]),
    ).toHaveLength(2)
    await expectRefusal(
      () =>
        batch([
          ['lookup', 'k'],
          ['lookup', 'k'],
          ['lookup', 'k'],
        ]),
      'too_large',
      { index: 2 },
    )
    await expectRefusal(
      () =>
        batch([
          ['take', 'k'],
          ['insert', ['k', 1]],
          ['select', [[['$1', '$2'], [], [{ const: 'x'.repeat(2_000) }]]]],
        ]),
      'too_large',
      {},
    )
    expect(run('member', 'k')).toBe(true)
  })

  it('[BND2] a page of a scan ends where it would grow too long', () => {
    const { run } = bounded({ maxAnswerLength: 1_000 }, { type: 'ordered_set' })
    for (let k = 0; k < 5; k++) run('insert', [k, 'x'.repeat(400)])
    const sizes: number[] = []
    for (let cursor: Term = null, page = 0; page === 0 || cursor !== null; page++) {
      const answer = run('scan', 'match_object', '_', { cursor }) as { rows: Term[]; cursor: Term }
      sizes.push(answer.rows.length)
      cursor = answer.cursor
    }
    expect(sizes).toEqual([2, 2, 1])
  })

  it('[BND2] chunks and cursors, whose pages have to be full, are refused', async () => {
    const { run } = bounded({ maxAnswerLength: 1_000 }, { type: 'ordered_set' })
    for (let k = 0; k < 5; k++) run('insert', [k, 'x'.repeat(400)])
    await expectRefusal(() => run('match_object_chunks', '_', 1), 'too_large', { limit: 1_000 })
    await expectRefusal(() => run('cursor_open', 'c', 'match_object', '_', 3), 'too_large', { limit: 1_000 })
    expect(run('cursor_open', 'c', 'match_object', '_', 2)).toHaveLength(2)
  })
})

describe('what one call may write', () => {
  it('[BND3] changes of a large row again and again are refused together', async () => {
    const { run, batch } = bounded({ maxWrittenBytes: 10_000 })
    const wide = ['k', 0, ...new Array<number>(498).fill(0)]
    run('insert', wide)
    expect(
      batch([
        ['update_counter', 'k', 1],
        ['update_counter', 'k', 1],
      ]),
    ).toEqual([1, 2])
    await expectRefusal(
      () =>
        batch([
          ['update_counter', 'k', 1],
          ['update_counter', 'k', 1],
          ['update_counter', 'k', 1],
        ]),
      'too_large',
      { index: 2 },
    )
    expect(run('lookup_element', 'k', 2)).toBe(2)
  })

  it('[BND3] a row that doubles with each replacement stops at the limit of a row', async () => {
    const { run } = bounded({})
    run('insert', ['k', 1])
    const doubling: Term = [[['$1', '$2'], [], [{ tuple: ['$1', { tuple: ['$2', '$2'] }] }]]]
    let times = 0
    await expectRefusal(
      () => {
        for (; times < 62; times++) run('select_replace', doubling)
      },
      'too_large',
      { limit: MAX_ROW_BYTES },
    )
    expect(times).toBeGreaterThan(15)
    expect(run('select_count', [[['k', '_'], [], [true]]])).toBe(1)
  })

  it('[BND3] a row that is too large leaves the place of its key under a fixation', async () => {
    const { run } = bounded({})
    run('insert', ['k'])
    run('safe_fixtable', true)
    run('delete', 'k')
    const large = ['k', new Array(1_000).fill('x'.repeat(20_000))]
    await expectRefusal(() => run('insert', large), 'too_large', { limit: MAX_ROW_BYTES })
    expect(run('next', 'k')).toBe('$end_of_table')
  })
})

describe('the cost of a query on one row', () => {
  const rows = (n: number): Term[] => Array.from({ length: n }, (_, k) => [k, k])

  it('[BND4] a query of ordinary size counts a row once, one of a thousand parts many times', async () => {
    const { run } = bounded({ maxVisited: 100 })
    run('insert_list', rows(50))
    const guarded = (guards: number): Term => [
      [['$1', '$2'], [['or', ...Array.from({ length: guards }, (_, i) => ['<', '$1', i])]], [true]],
    ]
    expect(run('select_count', guarded(5))).toBe(4)
    await expectRefusal(() => run('select_count', guarded(1_000)), 'too_large', { limit: 100 })
  })

  it('[BND4] going through large values counts, looking at their elements does not', async () => {
    const { run } = bounded({ maxVisited: 90 })
    run('insert', ['a', 'x'.repeat(50_000), 'x'.repeat(50_000)])
    const where = (...guards: Term[]): Term => [[['$1', '$2', '$3'], guards, [true]]]
    expect(run('select_count', where(['==', '$1', 'a'], ['is_binary', '$2']))).toBe(1)
    expect(run('select_count', where(['==', '$2', 'b']))).toBe(0)
    for (const guard of [
      ['==', '$2', '$3'],
      ['>', ['byte_size', '$2'], 5],
      ['==', ['element', 2, '$_'], '$3'],
      ['<', { tuple: ['$2'] }, { tuple: ['$3'] }],
      ['>', ['size', ['max', '$2', 'b']], 5],
    ]) {
      await expectRefusal(() => run('select_count', where(guard)), 'too_large', { limit: 90 })
    }
    await expectRefusal(() => run('match', ['_', '$1', '$1']), 'too_large', { limit: 90 })
    const copies: Term = [['_', [], [{ tuple: new Array(20).fill(['element', 2, '$_']) }]]]
    await expectRefusal(() => run('select', copies), 'too_large', { limit: 90 })
    expect(run('select', [['_', [], [{ tuple: ['$_', '$_'] }]]])).toHaveLength(1)
  })
})
