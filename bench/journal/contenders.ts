/** Who is measured, and how each is asked for one write. */

export const CALLERS = [1, 16, 64] as const
/** Rows that a caller within the Worker writes. */
export const DRIVEN_KEYS = 32

export interface Contender {
  readonly name: string
  /** Whose meter counts its rows; none where it writes none. */
  readonly meter?: string
  /** The table that it writes, if it writes one. */
  readonly table?: { readonly name: string; readonly journal: string }
  readonly path: (key: string, number: number) => string
  /** A request of the HTTP interface, which wants a key and a body. */
  readonly isHttp?: true
}

const oursBy = (journal: string, name: string): Contender => ({
  name,
  meter: `${journal}.t`,
  table: { name: `${journal}.t`, journal },
  path: (key, number) => `/ours/${journal}.t/${key}/${number}`,
})

/** What the platform takes for a call: no contender can do more. */
export const NOTHING = 'call that does nothing'

export const SYNC = 'ours, `sync`'
export const PUT = '`storage.put`'

export const CONTENDERS: readonly Contender[] = [
  oursBy('sync', SYNC),
  oursBy('async', 'ours, `async`'),
  { name: PUT, meter: 'put', path: (key, number) => `/put/one/${key}/${number}` },
  { name: 'SQL upsert', meter: 'sql', path: (key, number) => `/sql/one/${key}/${number}` },
  { name: NOTHING, path: () => '/nothing' },
  {
    name: 'ours, `sync`, whole HTTP app',
    meter: 'http.t',
    table: { name: 'http.t', journal: 'sync' },
    path: (key) => `/v1/tables/http.t/rows/${key}`,
    isHttp: true,
  },
]
