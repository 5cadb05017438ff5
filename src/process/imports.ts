/**
 * Imports: tables that are filled in many turns and seen in one.
 *
 * Rows go into a table whose name no caller can write, journaled as its options say. When all are there it is
 * given the name, in one turn. Until then whoever looks sees what was there before. What a process that ended
 * left behind is dropped at its next start.
 *
 * Cost: adding O(rows); finishing O(1), whatever the number of rows.
 */
import type { Database } from '../engine/database.ts'
import { EtsError } from '../engine/error.ts'
import { canonicalText } from '../engine/key.ts'
import { keyOf } from '../engine/row.ts'
import { endOf } from '../engine/store/slots.ts'
import type { Table } from '../engine/table.ts'
import { equalTerms, type Term } from '../engine/term.ts'
import { type EpochMs, isLive } from '../engine/time.ts'
import { demandAccess } from '../protocol/access.ts'
import type { Caller } from '../protocol/caller.ts'
import { damagedLine, type FileOptions, type FileRow } from '../protocol/table-file.ts'
import { UnderWay, type UnderWayParts } from './under-way.ts'

/** `$` is not a letter of table names. */
const PREFIX = '$import-'

interface Import {
  readonly table: string
  /** The table that is filled. */
  readonly staging: string
  rows: number
  ended: number
  last: LastKey | undefined
}

export class Imports {
  readonly #database: Database
  readonly #underWay: UnderWay<Import>
  #begun = 0

  /** Drops what imports of an earlier incarnation left. */
  constructor(database: Database, parts: Omit<UnderWayParts<Import>, 'end'>) {
    this.#database = database
    this.#underWay = new UnderWay({ ...parts, end: ({ staging }) => this.#drop(staging) })
    for (const name of [...database.tables.keys()]) if (name.startsWith(PREFIX)) this.#drop(name)
  }

  /** Begins to fill a table. Errors: `forbidden`, `table_exists` unless it `replaces`, `overloaded`, `too_large`. */
  begin(table: string, options: FileOptions, replaces: boolean, nowMs: EpochMs, caller?: Caller): string {
    this.#mayTake(table, replaces, caller)
    const staging = `${PREFIX}${++this.#begun}`
    return this.#underWay.begin(() => {
      const owned = { ...options, owner: caller?.key ?? '' }
      this.#database.run([{ table: staging, op: 'new', args: [owned] }], nowMs)
      return { table, staging, rows: 0, ended: 0, last: undefined }
    })
  }

  /** Adds rows in one turn; gives the table that was written. Errors: `bad_request` with the line, `gone`. */
  add(table: string, id: string, rows: readonly FileRow[], nowMs: EpochMs): string {
    const found = this.#find(table, id)
    const staging = this.#database.table(found.staging)
    const live = rows.filter(({ timing }) => isLive(endOf(timing), nowMs))
    this.#database.turn(() => {
      for (const each of live) {
        found.last = nextKey(staging, found.last, each, nowMs)
        staging.add(each.row, nowMs, each.timing, each.marks)
      }
    })
    found.rows += live.length
    found.ended += rows.length - live.length
    return found.staging
  }

  /** Lets everybody see the table. Errors: `forbidden`, `table_exists` unless it `replaces`, `gone`. */
  finish(
    table: string,
    id: string,
    replaces: boolean,
    nowMs: EpochMs,
    caller?: Caller,
  ): { readonly rows: number; readonly ended: number } {
    const { staging, rows, ended } = this.#find(table, id)
    this.#mayTake(table, replaces, caller)
    const isThere = this.#database.find(table) !== undefined
    this.#database.run(
      [
        ...(isThere ? [{ table, op: 'delete_table', args: [] } as const] : []),
        { table: staging, op: 'rename', args: [table] },
      ],
      nowMs,
    )
    this.#underWay.forget(id)
    return { rows, ended }
  }

  /** Forgets an import, and gives back what it took. */
  drop(table: string, id: string): void {
    const found = this.#underWay.find(id)
    if (found?.table !== table) return
    this.#underWay.forget(id)
    this.#drop(found.staging)
  }

  #find(table: string, id: string): Import {
    const found = this.#underWay.find(id)
    if (found?.table === table) return found
    throw new EtsError('gone', { message: 'this import has ended; nothing has changed' })
  }

  #mayTake(table: string, replaces: boolean, caller: Caller | undefined): void {
    demandAccess(this.#database, table, 'write', caller)
    if (!replaces && this.#database.find(table) !== undefined) throw new EtsError('table_exists', { table })
  }

  #drop(staging: string): void {
    if (this.#database.find(staging) !== undefined) this.#database.drop(staging)
  }
}

/** The key that was added last, and its rows in a `bag`, by their canonical texts. */
interface LastKey {
  readonly key: Term
  readonly texts: Set<string>
}

/**
 * The last key when `row` is added. Errors: `bad_request` for a row that a table of this type cannot have there.
 *
 * Rows of a key stand together in a file, so the rows of one key are all that has to be remembered.
 */
function nextKey(table: Table, last: LastKey | undefined, { line, row }: FileRow, nowMs: EpochMs): LastKey {
  const key = keyOf(row, table.keypos)
  const isSameKey = last !== undefined && equalTerms(last.key, key)
  if (!table.isBag && (isSameKey || table.find(key, nowMs) !== -1)) {
    throw damagedLine(line, 'its key was there before, and keys of this table have one row')
  }
  if (!isSameKey && table.find(key, nowMs) !== -1) {
    throw damagedLine(line, 'the rows of its key do not stand together')
  }
  const next = isSameKey ? last : { key, texts: new Set<string>() }
  if (table.options.type !== 'bag') return next
  const text = canonicalText(row)
  if (next.texts.has(text)) throw damagedLine(line, 'an equal row was there before, and a bag has no two')
  next.texts.add(text)
  return next
}
