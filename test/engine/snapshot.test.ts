import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Operation } from '../../src/engine/database.ts'
import { MAX_KEPT_BYTES } from '../../src/engine/limits.ts'
import { TABLE_TYPES } from '../../src/engine/options.ts'
import type { SlotImage } from '../../src/engine/slot-image.ts'
import type { Snapshot } from '../../src/engine/snapshot.ts'
import { endOf } from '../../src/engine/store/slots.ts'
import type { Term } from '../../src/engine/term.ts'
import { aDatabase, at } from '../support/a-database.ts'
import { modelRuns, modelTimeout } from '../support/model-runs.ts'

/** The next piece, of about `rows` rows. */
function read(
  snapshot: Snapshot,
  from: number,
  rows: number,
  nowMs = 0,
): { images: SlotImage[]; next: number } {
  const images: SlotImage[] = []
  const next = snapshot.visit(from, 1_000_000, at(nowMs), (ofKey) => {
    images.push(...ofKey)
    return images.length < rows
  })
  return { images, next }
}

const rowsOf = (images: readonly SlotImage[]) => images.map(({ row }) => row)
const all = (snapshot: Snapshot, nowMs = 0) =>
  rowsOf(read(snapshot, 0, Number.POSITIVE_INFINITY, nowMs).images)

const KEYS = ['a', 'b', 'c', 1, [1], { x: 1 }] as const
const key = fc.constantFrom<Term>(...KEYS)
const row = fc.tuple(key, fc.nat(3))
const timing = fc
  .record({ ttlMs: fc.constantFrom(5, 20, 1000), idleTtlMs: fc.constantFrom(5, 20) }, { requiredKeys: [] })
  .map((each) => each as Term)
const call = (op: Operation['op'], ...args: fc.Arbitrary<Term>[]) =>
  fc.tuple(...args).map((given) => ({ table: 't', op, args: given }) as Operation)
const operation = fc.oneof(
  ...[call('insert', row), call('insert', row, timing), call('insert_list', fc.array(row, { maxLength: 4 }))],
  ...[call('delete', key), call('take', key), call('delete_object', row), call('lookup', key)],
  ...[call('expire', key, fc.constantFrom(5, 100)), call('persist', key), call('touch', key)],
  ...[call('delete_all_objects'), call('match_delete', fc.constant(['_', 1]))],
  call('safe_fixtable', fc.boolean()),
)
const turn = fc.record({
  operations: fc.array(operation, { minLength: 1, maxLength: 5 }),
  isRefused: fc.boolean(),
  laterMs: fc.constantFrom(0, 0, 1, 6),
})
const REFUSED: Operation = { table: 'nobody', op: 'tab2list', args: [] }

describe('a snapshot', () => {
  it.each(TABLE_TYPES)(
    '[EXP1] of a %s shows every row as it was, whatever turns do while it is read',
    modelTimeout,
    (type) => {
      fc.assert(
        fc.property(fc.array(turn), fc.array(turn), fc.nat(3), (before, during, size) => {
          const { database } = aDatabase({ type })
          const table = database.table('t')
          let nowMs = 0
          const play = ({ operations, isRefused, laterMs }: (typeof before)[number]): void => {
            nowMs += laterMs
            try {
              database.run(isRefused ? [...operations, REFUSED] : operations, at(nowMs))
            } catch {
              // Refused turns are as good as none.
            }
          }
          before.forEach(play)
          const snapshot = table.snapshot()
          const began = all(snapshot, nowMs)
          const images = read(snapshot, 0, Number.POSITIVE_INFINITY, nowMs).images
          const beganMs = nowMs
          let place = 0
          const given: SlotImage[] = []
          for (const each of during) {
            play(each)
            if (place === -1) continue
            const piece = read(snapshot, place, size, nowMs)
            expect(rowsOf(read(snapshot, place, size, nowMs).images)).toEqual(rowsOf(piece.images))
            given.push(...piece.images)
            place = piece.next
          }
          if (place !== -1) given.push(...read(snapshot, place, Number.POSITIVE_INFINITY, nowMs).images)
          // Rows that ended meanwhile may be left out, and reading lets idling ones live on; all else is as it was.
          const fixed = (list: readonly SlotImage[]) =>
            list
              .filter(({ timing }) => endOf(timing) > nowMs)
              .map(({ row, version, timing }) => [
                ...[row, version],
                ...(typeof timing === 'number' ? [timing] : [timing.hardExpiresAtMs, timing.idleTtlMs]),
              ])
          const stillThere = new Set(fixed(given).map((each) => JSON.stringify(each)))
          const wanted = fixed(images).map((each) => JSON.stringify(each))
          expect(wanted.filter((each) => !stillThere.has(each))).toEqual([])
          const known = began.map((each) => JSON.stringify(each))
          let position = -1
          for (const each of rowsOf(given)) {
            position = known.indexOf(JSON.stringify(each), position + 1)
            expect(position).not.toBe(-1)
          }
          if (nowMs === beganMs) expect(rowsOf(given)).toEqual(began)
          snapshot.close()
          table.check()
        }),
        modelRuns(300),
      )
    },
  )

  it('[EXP1] rows of a key of a bag come together and in their order, from before they were changed', () => {
    const { database, run } = aDatabase({ type: 'duplicate_bag' }, [
      ['a', 3],
      ['b', 1],
      ['a', 1],
      ['a', 2],
    ])
    const snapshot = database.table('t').snapshot()
    run('delete_object', ['a', 1])
    run('insert', ['a', 9])
    run('delete', 'b')
    expect(all(snapshot)).toEqual([
      ['a', 3],
      ['a', 1],
      ['a', 2],
      ['b', 1],
    ])
  })

  it('[EXP2] rows of a table that is cleared or dropped meanwhile are still read', () => {
    const { database, run } = aDatabase({}, [
      ['a', 1],
      ['b', 2],
    ])
    const snapshot = database.table('t').snapshot()
    run('delete_all_objects')
    run('insert', ['c', 3])
    run('delete_table')
    expect(all(snapshot)).toEqual([
      ['a', 1],
      ['b', 2],
    ])
  })

  it('[EXP3] a row that has ended before it is read is left out', () => {
    const { database, run } = aDatabase()
    run('insert', ['a', 1], { ttlMs: 10 })
    const snapshot = database.table('t').snapshot()
    expect([all(snapshot, 9), all(snapshot, 10)]).toEqual([[['a', 1]], []])
  })

  it('[EXP4] the last 32 pieces can be read again, and no earlier one', () => {
    const rows = Array.from({ length: 40 }, (_, i) => [i, 0])
    const { database, run } = aDatabase({}, rows)
    const snapshot = database.table('t').snapshot()
    for (let place = 0; place < 33; place++) read(snapshot, place, 1)
    run(
      'insert_list',
      rows.map(([k]) => [k as number, 'changed']),
    )
    expect([snapshot.reaches(0), snapshot.reaches(1)]).toEqual([false, true])
    expect(rowsOf(read(snapshot, 1, Number.POSITIVE_INFINITY).images)).toEqual(rows.slice(1))
  })

  it('[EXP5] it is lost when more changed than can be kept, and writers go on', () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => [i, 0])
    const { database, run } = aDatabase({}, rows)
    const snapshot = database.table('t').snapshot()
    const bytesKept = 200
    const enough = Math.ceil(MAX_KEPT_BYTES / bytesKept)
    run(
      'insert_list',
      rows.slice(0, enough - 100).map(([k]) => [k as number, 1]),
    )
    expect(snapshot.isLost).toBe(false)
    run(
      'insert_list',
      rows.map(([k]) => [k as number, 2]),
    )
    expect([snapshot.isLost, snapshot.reaches(0)]).toEqual([true, false])
    expect(run('select_count', [[['_', 2], [], [true]]])).toBe(60_000)
  })
})
