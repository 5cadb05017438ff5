/**
 * A table as a plain array that is filtered on every read: what the engine is held against.
 *
 * Nothing is clever here and nothing is shared with the engine: equality is Node's, and the order of keys is
 * their place in a list. It answers the verbs of `run`, with `{ refused: why }` for a `badarg`.
 */
import { isDeepStrictEqual } from 'node:util'
import type { TableType } from '../../src/engine/options.ts'
import type { Term } from '../../src/engine/term.ts'

export type NaiveRow = readonly Term[]

/** A row and when it ends; `Infinity` for never, 0 for no idle time. */
export interface NaiveEntry {
  row: NaiveRow
  expiresAtMs: number
  hardExpiresAtMs: number
  idleTtlMs: number
}

interface Timing {
  readonly ttlMs?: number
  readonly expiresAtMs?: number
  readonly idleTtlMs?: number
}

type Where = (row: NaiveRow) => boolean
const END = '$end_of_table'
const FOREVER = { expiresAtMs: Infinity, hardExpiresAtMs: Infinity, idleTtlMs: 0 }

export class NaiveTable {
  readonly #type: TableType
  readonly #keypos: number
  /** Every key that occurs, in term order. */
  readonly #keysInOrder: readonly Term[]
  /** In the order in which rows came; a row that was replaced keeps its place. */
  #entries: NaiveEntry[] = []

  constructor(type: TableType, keypos: number, keysInOrder: readonly Term[]) {
    this.#type = type
    this.#keypos = keypos
    this.#keysInOrder = keysInOrder
  }

  /** What is there at a moment; of an `ordered_set` in the order of its keys. */
  entries(nowMs: number): NaiveEntry[] {
    this.#entries = this.#entries.filter(({ expiresAtMs }) => nowMs < expiresAtMs)
    const entries = [...this.#entries]
    if (this.#type === 'ordered_set') entries.sort((a, b) => this.#rank(a) - this.#rank(b))
    return entries
  }

  rows(nowMs: number): NaiveRow[] {
    return this.entries(nowMs).map(({ row }) => row)
  }

  under(key: Term, nowMs: number): NaiveEntry[] {
    return this.entries(nowMs).filter(({ row }) => same(this.#keyOf(row), key))
  }

  keys(nowMs: number): Term[] {
    return this.#keysInOrder.filter((key) => this.under(key, nowMs).length > 0)
  }

  /** Moments at which something ends, those that reading may still move among them. */
  deadlines(nowMs: number): number[] {
    const moments = this.entries(nowMs).flatMap((each) => [each.expiresAtMs, each.hardExpiresAtMs])
    return [...new Set(moments)].filter(Number.isFinite).sort((a, b) => a - b)
  }

  run(op: string, args: readonly Term[], nowMs: number): unknown {
    const [first, second, third] = args as [Term, Term, Term]
    switch (op) {
      case 'insert':
        return this.#insert([first as NaiveRow], second as Timing | undefined, nowMs)
      case 'insert_list':
        return this.#insert(first as NaiveRow[], second as Timing | undefined, nowMs)
      case 'insert_new':
        return this.#insertNew([first as NaiveRow], second as Timing | undefined, nowMs)
      case 'insert_new_list':
        return this.#insertNew(first as NaiveRow[], second as Timing | undefined, nowMs)
      case 'lookup':
        return this.#read(first, nowMs).map(({ row }) => row)
      case 'lookup_element':
        return this.#lookupElement(first, second as number, third, nowMs)
      case 'member':
        return this.under(first, nowMs).length > 0
      case 'delete':
        this.#remove((row) => same(this.#keyOf(row), first), nowMs)
        return true
      case 'take':
        return this.#remove((row) => same(this.#keyOf(row), first), nowMs)
      case 'delete_object':
        this.#remove((row) => same(row, first), nowMs)
        return true
      case 'delete_all_objects':
        this.#remove(() => true, nowMs)
        return true
      case 'traverse_delete': {
        const keys = this.keys(nowMs)
        this.#remove(() => true, nowMs)
        return keys
      }
      case 'update_counter':
        return this.#updateCounter(first, second as [number, number], third as NaiveRow | undefined, nowMs)
      case 'update_element':
        return this.#updateElement(first, second as [number, Term], third as NaiveRow | undefined, nowMs)
      case 'expire':
        return this.#expire(first, nowMs + (second as number), conditionOf(third), nowMs)
      case 'expire_at':
        return this.#expire(first, second as number, conditionOf(third), nowMs)
      case 'persist':
        return (
          this.under(first, nowMs).filter((entry) => {
            const had = entry.expiresAtMs !== Infinity
            Object.assign(entry, FOREVER)
            return had
          }).length > 0
        )
      case 'touch':
        return this.#read(first, nowMs).length > 0
      case 'ttl': {
        const [entry] = this.under(first, nowMs)
        if (entry === undefined) return -1
        return entry.expiresAtMs === Infinity ? null : entry.expiresAtMs - nowMs
      }
      case 'row_info':
        return this.under(first, nowMs).map(({ expiresAtMs, idleTtlMs }) => ({
          expiresAtMs: expiresAtMs === Infinity ? null : expiresAtMs,
          idleTtlMs: idleTtlMs === 0 ? null : idleTtlMs,
        }))
      case 'first':
        return orEnd(this.keys(nowMs)[0])
      case 'last':
        return orEnd(this.keys(nowMs).at(-1))
      case 'next':
        return orEnd(this.keys(nowMs).find((key) => this.#rankOf(key) > this.#rankOf(first)))
      case 'prev':
        return orEnd(this.keys(nowMs).findLast((key) => this.#rankOf(key) < this.#rankOf(first)))
      case 'slot': {
        const rows = this.rows(nowMs)
        if ((first as number) > rows.length) return { refused: 'slot' }
        return first === rows.length ? END : [rows[first as number]]
      }
      case 'info':
        return this.rows(nowMs).length
      default:
        throw new Error(`the naive table does not know ${op}`)
    }
  }

  /** The rows of a query, whose pattern or specification is given as the function it stands for. */
  where(accepts: Where, nowMs: number): NaiveRow[] {
    return this.rows(nowMs).filter(accepts)
  }

  removeWhere(accepts: Where, nowMs: number): number {
    return this.#remove(accepts, nowMs).length
  }

  replaceWhere(accepts: Where, replacement: (row: NaiveRow) => NaiveRow, nowMs: number): number {
    const entries = this.entries(nowMs).filter(({ row }) => accepts(row))
    for (const entry of entries) entry.row = replacement(entry.row)
    return entries.length
  }

  #keyOf(row: NaiveRow): Term {
    return row[this.#keypos - 1] as Term
  }

  #rank({ row }: NaiveEntry): number {
    return this.#rankOf(this.#keyOf(row))
  }

  #rankOf(key: Term): number {
    return this.#keysInOrder.findIndex((each) => same(each, key))
  }

  #insert(rows: readonly NaiveRow[], timing: Timing | undefined, nowMs: number): true {
    for (const row of rows) {
      const fresh = { row, ...timingOf(timing ?? {}, nowMs) }
      const inItsPlace = this.under(this.#keyOf(row), nowMs).find(
        (entry) => this.#type === 'set' || this.#type === 'ordered_set' || same(entry.row, row),
      )
      if (inItsPlace === undefined || this.#type === 'duplicate_bag') this.#entries.push(fresh)
      else Object.assign(inItsPlace, fresh)
    }
    return true
  }

  #insertNew(rows: readonly NaiveRow[], timing: Timing | undefined, nowMs: number): boolean {
    if (rows.some((row) => this.under(this.#keyOf(row), nowMs).length > 0)) return false
    return this.#insert(rows, timing, nowMs)
  }

  /** Idling rows live on, but never past their hard deadline. */
  #read(key: Term, nowMs: number): NaiveEntry[] {
    const entries = this.under(key, nowMs)
    for (const entry of entries) {
      if (entry.idleTtlMs !== 0) entry.expiresAtMs = Math.min(nowMs + entry.idleTtlMs, entry.hardExpiresAtMs)
    }
    return entries
  }

  #lookupElement(key: Term, position: number, fallback: Term | undefined, nowMs: number): unknown {
    if (position < 1) return { refused: 'position' }
    const present = this.under(key, nowMs)
    if (present.length === 0) return fallback === undefined ? { refused: 'key' } : fallback
    if (present.some(({ row }) => row.length < position)) return { refused: 'position' }
    const elements = this.#read(key, nowMs).map(({ row }) => row[position - 1])
    return this.#isBag ? elements : elements[0]
  }

  #remove(accepts: Where, nowMs: number): NaiveRow[] {
    const gone = this.entries(nowMs).filter(({ row }) => accepts(row))
    this.#entries = this.#entries.filter((entry) => !gone.includes(entry))
    return gone.map(({ row }) => row)
  }

  get #isBag(): boolean {
    return this.#type === 'bag' || this.#type === 'duplicate_bag'
  }

  #updateCounter(key: Term, update: [number, number], row: NaiveRow | undefined, nowMs: number): unknown {
    const [position, increment] = update
    return this.#update(key, row, nowMs, 'key', (next) => {
      if (position < 1 || position > next.length) return 'position'
      if (position === this.#keypos) return 'keypos'
      if (typeof next[position - 1] !== 'number') return 'counter_value'
      next[position - 1] = (next[position - 1] as number) + increment
      return { answer: next[position - 1] as number }
    })
  }

  #updateElement(key: Term, update: [number, Term], row: NaiveRow | undefined, nowMs: number): unknown {
    const [position, value] = update
    return this.#update(key, row, nowMs, undefined, (next) => {
      if (position < 1 || position > next.length) return 'position'
      if (position === this.#keypos) return 'keypos'
      next[position - 1] = value
      return { answer: true }
    })
  }

  /** Changes the row under `key`, or the default row in its stead; `change` gives an answer or a cause. */
  #update(
    key: Term,
    row: NaiveRow | undefined,
    nowMs: number,
    whenMissing: string | undefined,
    change: (next: Term[]) => string | { readonly answer: Term },
  ): unknown {
    if (this.#isBag) return { refused: 'table_type' }
    const [entry] = this.under(key, nowMs)
    const start = entry?.row ?? row?.with(this.#keypos - 1, key)
    if (start === undefined) return whenMissing === undefined ? false : { refused: whenMissing }
    const next = [...start]
    const outcome = change(next)
    if (typeof outcome === 'string') return { refused: outcome }
    if (entry === undefined) this.#entries.push({ row: next, ...FOREVER })
    else entry.row = next
    return outcome.answer
  }

  #expire(key: Term, moment: number, condition: string | undefined, nowMs: number): boolean {
    const moved = this.under(key, nowMs).filter(({ hardExpiresAtMs: from }) => {
      if (condition === 'NX') return from === Infinity
      if (condition === 'XX') return from !== Infinity
      if (condition === 'GT') return moment > from
      if (condition === 'LT') return moment < from
      return true
    })
    for (const entry of moved) {
      entry.hardExpiresAtMs = moment
      entry.expiresAtMs = entry.idleTtlMs === 0 ? moment : Math.min(nowMs + entry.idleTtlMs, moment)
    }
    return moved.length > 0
  }
}

export const same = (a: unknown, b: unknown): boolean => isDeepStrictEqual(a, b)

const orEnd = (key: Term | undefined): Term => (key === undefined ? END : key)

const conditionOf = (options: Term | undefined): string | undefined =>
  (options as { condition?: string } | undefined)?.condition

function timingOf({ ttlMs, expiresAtMs, idleTtlMs = 0 }: Timing, nowMs: number): Omit<NaiveEntry, 'row'> {
  const hardExpiresAtMs = Math.min(ttlMs === undefined ? Infinity : nowMs + ttlMs, expiresAtMs ?? Infinity)
  const fromIdling = idleTtlMs === 0 ? Infinity : nowMs + idleTtlMs
  return { expiresAtMs: Math.min(fromIdling, hardExpiresAtMs), hardExpiresAtMs, idleTtlMs }
}
