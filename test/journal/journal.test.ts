import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_OPTIONS } from '../../src/engine/options.ts'
import { MemoryStore } from '../../src/journal/memory-store.ts'
import { RecordError } from '../../src/journal/record.ts'
import type { LogEntry } from '../../src/journal/record-store.ts'
import { JournaledSlots, type Opened, reopen } from '../support/journaled-slots.ts'

/** A store with one table `t`, open. */
function fresh(store = new MemoryStore()): Opened & { store: MemoryStore; t: JournaledSlots } {
  const opened = reopen(store)
  const t = new JournaledSlots('t', opened.journal.track({ ...DEFAULT_OPTIONS, journal: 'sync' }))
  opened.tables.set('t', t)
  opened.journal.putCatalog([t], 0)
  return { ...opened, store, t }
}

const rowsOf = (opened: Opened, name = 't'): unknown[] =>
  [...(opened.tables.get(name)?.slots.values() ?? [])].sort((a, b) => a[0] - b[0])

const logOf = (store: MemoryStore): LogEntry[] => [...store.readLog()]

describe('the journal', () => {
  it('[JRN1] a record has the state of every slot that changed, once, and costs one row', () => {
    const { journal, store, t } = fresh()
    const before = store.rowsWritten
    for (let i = 0; i < 1000; i++) t.set(i % 10, i)
    journal.append([t], 1000)
    expect(store.rowsWritten - before).toBe(1)
    journal.append([t], 1000)
    expect(store.rowsWritten - before).toBe(1)
    const { recovery, ...again } = reopen(store)
    expect(recovery).toMatchObject({ incarnation: 2, seq: 1000, rows: 10, changes: 10, setAside: [] })
    expect(rowsOf({ recovery, ...again })).toEqual(rowsOf({ journal, recovery, tables: new Map([['t', t]]) }))
  })

  it('[JRN2] a checkpoint moves what is in the log into pages, and the log is written over', () => {
    const { journal, store, t } = fresh()
    const filler = 'x'.repeat(300)
    for (let round = 0; round < 12; round++) {
      for (let slot = 0; slot < 512; slot++) {
        t.slots.set(slot, [slot, round, round, [slot, filler]])
        t.tracker?.mark(slot)
      }
      journal.append([t], round)
      while (journal.checkpoint([t], 50_000)) journal.append([t], round)
    }
    expect(journal.length.log).toBeLessThan(1_200_000)
    expect(logOf(store).length).toBeLessThan(10)
    expect([...store.readPages()]).toHaveLength(2)
    expect(rowsOf(reopen(store))).toEqual([...t.slots.values()])
  })

  it('[JRN3] contents that were cleared or dropped are forgotten, their pages deleted in steps', () => {
    const { journal, store, t } = fresh()
    for (let slot = 0; slot < 3000; slot++) t.set(slot, 1)
    journal.append([t], 1)
    forcePages(journal, t)
    t.slots.clear()
    t.tracker = journal.track(t.options)
    t.set(7, 7)
    journal.putCatalog([t], 2)
    journal.append([t], 2)
    while (journal.checkpoint([t], 1)) {}
    expect([...store.readPages()].every(({ contents }) => contents === t.tracker?.contents)).toBe(true)
    expect(rowsOf(reopen(store))).toEqual([[7, 7, 7, [7, 7]]])
  })

  it('[JRN4] histories with checkpoints and crashes at any point come back as they were appended', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ set: fc.nat(900), value: fc.nat() }) },
      { weight: 2, arbitrary: fc.record({ remove: fc.nat(900) }) },
      { weight: 4, arbitrary: fc.constant('append' as const) },
      { weight: 3, arbitrary: fc.constant('checkpoint' as const) },
      { weight: 1, arbitrary: fc.constant('clear' as const) },
      { weight: 1, arbitrary: fc.constant('crash' as const) },
    )
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
        const store = new MemoryStore()
        let { journal, t } = fresh(store)
        let seq = 0
        let durable = new Map(t.slots)
        for (const each of steps) {
          if (each === 'append' || each === 'checkpoint' || each === 'clear') {
            if (each === 'clear') {
              t.slots.clear()
              t.tracker = journal.track(t.options)
              journal.putCatalog([t], ++seq)
            }
            journal.append([t], ++seq)
            durable = new Map(t.slots)
            if (each === 'checkpoint') forcePages(journal, t, 1)
          } else if (each === 'crash') {
            const opened = reopen(store)
            t = opened.tables.get('t') as JournaledSlots
            journal = opened.journal
            expect(t.slots).toEqual(durable)
          } else if ('set' in each) t.set(each.set, each.value)
          else t.delete(each.remove)
        }
        expect(reopen(store).tables.get('t')?.slots).toEqual(durable)
      }),
      { seed: 1, numRuns: 300 },
    )
  })
})

/** Checkpoints `pages` pages, or all, although the log is still short. */
function forcePages(journal: Opened['journal'], t: JournaledSlots, pages = Infinity): void {
  for (let i = 0; i < pages && journal.checkpointOldest([t]); i++) {}
}

describe('damage', () => {
  /** Three records, each setting one slot; `damage` changes what is stored. */
  function damaged(damage: (log: LogEntry[], store: MemoryStore) => void): {
    opened: Opened
    store: MemoryStore
  } {
    const { journal, store, t } = fresh()
    for (const slot of [1, 2, 3]) {
      t.set(slot, slot)
      journal.append([t], slot)
    }
    damage(logOf(store), store)
    return { opened: reopen(store), store }
  }

  const breakText = ({ record, ...entry }: LogEntry): LogEntry => ({
    ...entry,
    record: { ...record, text: record.text.replace('"seq"', '"sex"') },
  })

  it.each([0, 1, 2])(
    '[JRN5] a damaged log record %i ends the log: what is before is served, the rest set aside',
    (i) => {
      const { opened, store } = damaged((log, to) => to.putLog(breakText(log[i] as LogEntry)))
      expect(rowsOf(opened)).toEqual([1, 2, 3].slice(0, i).map((slot) => [slot, slot, slot, [slot, slot]]))
      expect(opened.recovery.setAside).toEqual([1, 2, 3].slice(i).map((number) => `log record ${number}`))
      expect(store.readSetAside()).toHaveLength(3 - i)
    },
  )

  it('[JRN5] after damage the journal goes on, and what it then writes is found again', () => {
    const { opened, store } = damaged((log, to) => to.putLog(breakText(log[1] as LogEntry)))
    const t = opened.tables.get('t') as JournaledSlots
    t.set(9, 9)
    opened.journal.append([t], 4)
    const again = reopen(store)
    expect(again.recovery.setAside).toEqual([])
    expect(rowsOf(again).map((image) => (image as number[])[0])).toEqual([1, 9])
  })

  it('[JRN5] a missing log record ends the log like a damaged one', () => {
    const { opened } = damaged((log, to) => to.deleteLog((log[1] as LogEntry).place))
    expect(rowsOf(opened)).toHaveLength(1)
    expect(opened.recovery.setAside).toEqual(['log record 3'])
  })

  it('[JRN6] a damaged page is set aside, and the other pages are served', () => {
    const { journal, store, t } = fresh()
    t.set(1, 1)
    t.set(300, 300)
    journal.append([t], 2)
    forcePages(journal, t)
    t.set(301, 301)
    journal.append([t], 3) // over the record that had slot 1
    const [first] = store.readPages()
    if (first === undefined) throw new Error('there is no page')
    store.putPage(first, { ...first.record, checksum: 0 })
    const opened = reopen(store)
    expect(rowsOf(opened).map((image) => (image as number[])[0])).toEqual([300, 301])
    expect(opened.recovery.setAside).toEqual(['page 0 of contents 1'])
  })

  it('[JRN8] records of format 1, which knew no marks, are read', () => {
    const { journal, store, t } = fresh()
    t.set(1, 1)
    journal.append([t], 1)
    forcePages(journal, t)
    t.set(2, 2)
    journal.append([t], 2)
    makeOf(store, 'log', 1)
    makeOf(store, 'page', 1)
    makeOf(store, 'catalog', 1)
    expect(rowsOf(reopen(store))).toHaveLength(2)
  })

  it('[JRN7] a record of a newer format is refused, and nothing is written', () => {
    for (const kind of ['log', 'page', 'catalog']) {
      const { journal, store, t } = fresh()
      t.set(1, 1)
      journal.append([t], 1)
      forcePages(journal, t)
      t.set(2, 2)
      journal.append([t], 2)
      makeOf(store, kind, 99)
      const before = store.rowsWritten
      expect(() => reopen(store)).toThrowError(RecordError)
      expect(store.rowsWritten).toBe(before)
    }
  })
})

function makeOf(store: MemoryStore, kind: string, format: number): void {
  const [entry] = logOf(store).slice(-1)
  const [page] = store.readPages()
  const catalog = store.readCatalog()
  if (kind === 'log' && entry) store.putLog({ ...entry, record: { ...entry.record, format } })
  if (kind === 'page' && page) store.putPage(page, { ...page.record, format })
  if (kind === 'catalog' && catalog) store.putCatalog({ ...catalog, format })
}
