/**
 * What a process costs, seen from inside: rows written as the platform counts them, and its longest turns.
 *
 * Every statement goes through `storage.sql.exec`, whose cursor tells the rows it wrote; that is what is billed.
 * Work that a process puts off goes through `setTimeout`.
 */
export interface Meter {
  noteTurn(durationMs: number): void
  /** The counts since the start; the longest times since they were last read. */
  read(): {
    /** Rows written, by the cursors. */
    readonly written: number
    /** Rows inserted, changed or deleted, by SQLite itself: for comparison. */
    readonly changed: number
    readonly pagesWritten: number
    readonly alarmsSet: number
    readonly longestTurnMs: number
    readonly longestTimerMs: number
  }
}

/** Meters the storage of an object from now on. */
export function metered({ storage }: DurableObjectState): Meter {
  const { sql } = storage
  let written = 0
  let pagesWritten = 0
  let longestTurnMs = 0
  let alarmsSet = 0
  const setAlarm = storage.setAlarm.bind(storage)
  storage.setAlarm = (...args) => {
    alarmsSet++
    return setAlarm(...args)
  }
  const exec = sql.exec.bind(sql)
  sql.exec = ((query: string, ...bindings: SqlStorageValue[]) => {
    const cursor = exec(query, ...bindings)
    // A write is done when it is executed; a read has written nothing.
    written += cursor.rowsWritten
    if (cursor.rowsWritten > 0 && bindings[0] === 'page') pagesWritten++
    return cursor
  }) as SqlStorage['exec']
  return {
    noteTurn(durationMs) {
      longestTurnMs = Math.max(longestTurnMs, durationMs)
    },
    read() {
      const { changed } = exec<{ changed: number }>('SELECT total_changes() AS changed').one()
      const figures = {
        written,
        changed,
        pagesWritten,
        alarmsSet,
        longestTurnMs,
        longestTimerMs: timers.longestMs,
      }
      longestTurnMs = 0
      timers.longestMs = 0
      return figures
    },
  }
}

/** Timers of all objects of the isolate, of which a bench has one busy at a time. */
const timers = { longestMs: 0 }
const { setTimeout: set } = globalThis
globalThis.setTimeout = ((work: () => void, delayMs?: number) =>
  set(() => {
    const beganMs = performance.now()
    work()
    timers.longestMs = Math.max(timers.longestMs, performance.now() - beganMs)
  }, delayMs)) as typeof setTimeout
