/**
 * Transfers of a process over several shards: an export goes shard by shard, an import splits the rows by their slots.
 *
 * The file is that of one table. Of each shard it shows the rows as they were at one moment, when its part began; what
 * another caller writes meanwhile may be seen on one shard and not on another.
 *
 * An import is seen on no shard before all have everything. Then each gives its part the name, the first one last, as
 * with it the table is there. If one cannot, the others take theirs back; what had the name before is gone where it
 * was replaced, which is told (`partial_failure`).
 */
import { EtsError } from '../engine/error.ts'
import { keyOf } from '../engine/row.ts'
import { type ShardMap, shardName, shardOf } from '../protocol/shard-map.ts'
import { slotOf } from '../protocol/slots.ts'
import { cursorLine, type FileRow, type FileTally } from '../protocol/table-file.ts'
import {
  type ExportPage,
  type Imported,
  type OwnerTransfers,
  type Transfers,
  WHOLE_FILE,
} from '../protocol/transfers.ts'

export interface ShardedTransferParts {
  readonly process: string
  readonly map: ShardMap
  readonly owner: (shard: number) => OwnerTransfers
  /** Drops a table of one shard, as far as it is there. */
  readonly drop: (shard: number, table: string) => Promise<unknown>
}

export class ShardedTransfers implements Transfers {
  readonly #parts: ShardedTransferParts
  readonly #all: readonly number[]

  constructor(parts: ShardedTransferParts) {
    this.#parts = parts
    this.#all = Array.from({ length: parts.map.shards }, (_, shard) => shard)
  }

  async exportPage(table: string, cursor?: string): Promise<ExportPage> {
    const { shards } = this.#parts.map
    const { shard, inner, before } = cursor === undefined ? BEGIN : placeOf(cursor, shards)
    const isLast = shard === shards - 1
    const part = { before, isFirst: shard === 0, isLast, prefix: `${shard}~` }
    const page = await this.#parts.owner(shard).exportPage(table, inner, part)
    const { lines, tally, seq, incarnation } = page
    if (page.cursor !== null || isLast) return { lines, cursor: page.cursor, seq, incarnation }
    const next = `${shard + 1}~begin.${tally.rows}.${tally.checksum}`
    return { lines: lines + cursorLine(next), cursor: next, seq, incarnation }
  }

  async beginImport(...[table, options, replaces]: Parameters<Transfers['beginImport']>): Promise<string> {
    const ids: string[] = []
    try {
      for (const shard of this.#all) {
        ids.push(await this.#parts.owner(shard).beginImport(table, options, replaces))
      }
    } catch (error) {
      await this.#dropAll(table, ids)
      throw error
    }
    // All that the other steps have to know.
    return [options.keypos, ...ids].join(' ')
  }

  async importRows(table: string, id: string, rows: readonly FileRow[]): Promise<void> {
    const { keypos, ids } = begun(id)
    const parts: FileRow[][] = this.#all.map(() => [])
    for (const each of rows) {
      parts[shardOf(this.#parts.map, slotOf(keyOf(each.row, keypos)))]?.push(each)
    }
    await everyOne(this.#all, async (shard) => {
      const part = parts[shard] as FileRow[]
      if (part.length > 0) await this.#parts.owner(shard).importRows(table, ids[shard] as string, part)
    })
  }

  async finishImport(table: string, id: string, replaces: boolean): Promise<Imported> {
    const { ids } = begun(id)
    const { owner, process } = this.#parts
    // Whoever has ended since has lost its part, and says so before anybody sees any.
    await everyOne(this.#all, (shard) => owner(shard).importRows(table, ids[shard] as string, []))
    const finish = (shard: number): Promise<Imported> =>
      owner(shard).finishImport(table, ids[shard] as string, replaces)
    const done = new Map<number, Imported>()
    let failure = await attempt(this.#all.slice(1), finish, done)
    failure ??= await attempt([0], finish, done)
    if (failure === undefined) return sumOf([...done.values()])
    const { shard: failed, reason } = failure
    const left = replaces ? [...done.keys()] : await this.#takeBack(table, [...done.keys()])
    if (left.length === 0 || !(reason instanceof EtsError)) throw reason
    throw new EtsError('partial_failure', {
      done: left.map((shard) => shardName(process, shard)),
      failed: shardName(process, failed),
      cause: reason.code,
      message: 'import the file again, with replace=true, to have it everywhere',
      ...('retryAfterMs' in reason.details ? { retryAfterMs: reason.details.retryAfterMs } : {}),
    })
  }

  dropImport(table: string, id: string): Promise<void> {
    return this.#dropAll(table, begun(id).ids)
  }

  /** Those of `shards` on which the table that was imported could not be dropped again. */
  async #takeBack(table: string, shards: readonly number[]): Promise<readonly number[]> {
    const dropped = await Promise.allSettled(shards.map((shard) => this.#parts.drop(shard, table)))
    return shards.filter((_, i) => dropped[i]?.status === 'rejected')
  }

  async #dropAll(table: string, ids: readonly string[]): Promise<void> {
    await Promise.allSettled(ids.map((id, shard) => this.#parts.owner(shard).dropImport(table, id)))
  }
}

interface Place {
  readonly shard: number
  /** The cursor within the part of the shard; `undefined` where it begins. */
  readonly inner: string | undefined
  readonly before: FileTally
}

const BEGIN: Place = { shard: 0, inner: undefined, before: WHOLE_FILE.before }

/** Errors: `bad_request`. */
function placeOf(cursor: string, shards: number): Place {
  const [, number = '', inner = ''] = /^(\d{1,2})~(.+)$/.exec(cursor) ?? []
  const shard = Number(number)
  if (number === '' || shard >= shards) {
    throw new EtsError('bad_request', { message: 'this is no cursor of an export', path: 'cursor' })
  }
  const [, rows, checksum] = /^begin\.(\d+)\.(\d+)$/.exec(inner) ?? []
  if (rows === undefined) return { shard, inner, before: WHOLE_FILE.before }
  return { shard, inner: undefined, before: { rows: Number(rows), checksum: Number(checksum) } }
}

function begun(id: string): { readonly keypos: number; readonly ids: readonly string[] } {
  const [keypos, ...ids] = id.split(' ')
  return { keypos: Number(keypos), ids }
}

interface Failure {
  readonly shard: number
  readonly reason: unknown
}

/** Has shards do their work at a time and waits for all; notes in `done` those that have, gives the first that has not. */
async function attempt<T>(
  shards: readonly number[],
  work: (shard: number) => Promise<T>,
  done: Map<number, T>,
): Promise<Failure | undefined> {
  const failures: Failure[] = []
  await Promise.all(
    shards.map((shard) =>
      work(shard).then(
        (value) => void done.set(shard, value),
        (reason: unknown) => void failures.push({ shard, reason }),
      ),
    ),
  )
  return failures.sort((a, b) => a.shard - b.shard)[0]
}

/** The same, where there is nothing to note. Errors: that of the first shard that failed. */
async function everyOne(shards: readonly number[], work: (shard: number) => Promise<void>): Promise<void> {
  const failure = await attempt(shards, work, new Map())
  if (failure !== undefined) throw failure.reason
}

const sumOf = (parts: readonly Imported[]): Imported => {
  const sum = (of: keyof Imported): number => parts.reduce((all, each) => all + each[of], 0)
  return { rows: sum('rows'), ended: sum('ended'), seq: sum('seq'), incarnation: sum('incarnation') }
}
