/**
 * Making room in a table with bounds: rows that have ended or were taken away go first, then those that the policy gives up.
 *
 * Where neither suffices, or no row may be given up, the new row is refused. Each row that goes counts as one that
 * the turn looked at, so that no turn gives up rows for longer than it may work.
 */
import type { Allowance } from '../allowance.ts'
import type { Contents } from '../contents.ts'
import { EtsError } from '../error.ts'
import type { TableOptions } from '../options.ts'
import type { Row } from '../row.ts'
import { Slots } from '../store/slots.ts'
import { TagIndex } from '../tags/tag-index.ts'
import type { EpochMs } from '../time.ts'

/** The table that needs room, and how a row is taken out of it, in a way that can be taken back. */
export interface RoomParts {
  readonly contents: Contents
  readonly options: TableOptions
  readonly allowance: Allowance
  /** Takes out a row that has ended or was taken away. */
  reclaim(slot: number, nowMs: EpochMs): void
  evict(slot: number, nowMs: EpochMs): void
}

/**
 * How many rows a table may hold without anything having to be weighed: where rows alone are bounded that is known by
 * a comparison, which is all that most writes need (bench/cache).
 */
export function rowsWithoutWeighing({ maxRows, maxBytes }: TableOptions): number {
  return maxBytes === null ? (maxRows ?? Number.POSITIVE_INFINITY) : -1
}

const NOBODY = -1
const NO_TAGS = new TagIndex(new Slots(1))

/**
 * Makes room for a row of `bytes`, in the place of the one in slot `of` or, with -1, beside all.
 *
 * Errors: `too_large` for a row that would not fit into the empty table; `table_full`, at once where it would not
 *         fit beside the pinned rows, before anything is given up for it.
 */
export function makeRoom(
  parts: RoomParts,
  row: Row,
  bytes: number,
  tags: readonly string[],
  of: number,
  nowMs: EpochMs,
): void {
  const { contents, allowance, options } = parts
  if (options.maxBytes === null) {
    if (of === NOBODY) makeRoomForOne(parts, nowMs)
    return
  }
  const moreRows = of === NOBODY ? 1 : 0
  const { residents } = contents
  const maxRows = options.maxRows ?? Number.POSITIVE_INFINITY
  const { maxBytes } = options
  const size = residents.bytesOf(row, bytes)
  if (size > maxBytes)
    throw new EtsError('too_large', { what: 'bytes of a row of this table', limit: maxBytes })
  const moreBytes = of === NOBODY ? size : size - residents.bytesAt(of)
  const isPinned = of !== NOBODY && contents.slots.isPinned(of)
  const stayingRows = residents.pinnedRows + (isPinned ? 0 : 1)
  const stayingBytes = residents.pinnedBytes + (isPinned ? moreBytes : size)
  if (stayingRows > maxRows || stayingBytes > maxBytes) throw full(options, stayingRows, stayingBytes)
  for (;;) {
    const rows = contents.held + moreRows
    const tagBytes = tagBytesFor(contents, tags, of)
    const all = contents.bytes + moreBytes + tagBytes
    if (rows <= maxRows && (all <= maxBytes || moreBytes + tagBytes <= 0)) return
    allowance.visit()
    if (!giveUp(parts, of, nowMs)) throw full(options, rows, all)
  }
}

/** As {@link makeRoom}, where nothing has to be weighed. */
function makeRoomForOne(parts: RoomParts, nowMs: EpochMs): void {
  const { contents, allowance, options } = parts
  const maxRows = options.maxRows ?? Number.POSITIVE_INFINITY
  const { pinnedRows } = contents.residents
  if (pinnedRows >= maxRows) throw full(options, pinnedRows + 1, 0)
  while (contents.held >= maxRows) {
    allowance.visit()
    if (!giveUp(parts, NOBODY, nowMs)) throw full(options, contents.held + 1, 0)
  }
}

/** What tags add that a row is given. Which are new is another question after each row that went. */
const tagBytesFor = ({ tags }: Contents, names: readonly string[], of: number): number =>
  names.length === 0 ? 0 : (tags ?? NO_TAGS).bytesFor(names, of)

/** Takes out a row that has ended or that the policy gives up, but not `spared`; says whether there was one. */
function giveUp(parts: RoomParts, spared: number, nowMs: EpochMs): boolean {
  const { contents } = parts
  const ended = contents.firstGone(nowMs)
  if (ended !== NOBODY && ended !== spared) {
    parts.reclaim(ended, nowMs)
    return true
  }
  const victim = contents.residents.victim(spared)
  if (victim === NOBODY) return false
  parts.evict(victim, nowMs)
  return true
}

function full({ maxRows, maxBytes }: TableOptions, rows: number, bytes: number): EtsError {
  return maxRows !== null && rows > maxRows
    ? new EtsError('table_full', { limit: 'maxRows', max: maxRows, used: rows })
    : new EtsError('table_full', { limit: 'maxBytes', max: maxBytes as number, used: bytes })
}
