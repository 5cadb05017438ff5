/**
 * Odd arguments for every verb: what each can be refused for is found by calling it with all of them.
 *
 * A list of arguments is right or wrong in as many ways as a verb can tell apart; the verb is called with every
 * combination, on tables of every type that hold a row of each awkward kind, with small limits and without.
 */
import type { DatabaseSettings } from '../../src/engine/database.ts'
import { EtsError } from '../../src/engine/error.ts'
import { MAX_NODES } from '../../src/engine/match/limits.ts'
import { TABLE_TYPES } from '../../src/engine/options.ts'
import type { Term } from '../../src/engine/term.ts'
import { type ArgumentName, VERBS, type Verb, type VerbName } from '../../src/engine/verbs/registry.ts'
import { localTables } from '../../src/router/local-tables.ts'

const nested = (depth: number, inner: Term): Term => (depth === 0 ? inner : [nested(depth - 1, inner)])
const tuples = (depth: number, inner: Term): Term =>
  depth === 0 ? inner : { tuple: [tuples(depth - 1, inner)] }

const ROWS: readonly Term[] = [
  ['a', 2],
  ['a', 1],
  ['text', 'x'],
  ['most', Number.MAX_SAFE_INTEGER],
  ['deep', nested(60, 1)],
]

const PATTERNS = ['_', ['a', '$1'], ['_', 'absent']]
const SPECS = [
  'x',
  [],
  [[['$1', '$2'], [], [{ tuple: ['$1', '$2'] }]]],
  [[['$1', '$2'], [], [{ tuple: ['$1', tuples(10, '$2')] }]]],
  [['_', [], ['$7']]],
  [[['_', 'absent'], [], [true]]],
]

/** What a verb may be given for each argument. */
const ODD: Readonly<Record<ArgumentName, readonly unknown[]>> = {
  row: [['a', 1], ['b'], [], 'a'],
  rows: [[['b', 1]], [[]], 'a'],
  key: ['a', 'none', 'text', 'most'],
  position: [1, 2, 9, 0, 'x'],
  update: [1, 'x', [2, 1], [1, 1], [9, 1], ['x', 1], [2, 1, 5], [[2, 1]], []],
  default: [['', 0], [], 'x'],
  index: [0, 99, 'x'],
  on: [true, false, 1],
  pattern: [...PATTERNS, new Array(MAX_NODES + 1).fill('_')],
  spec: SPECS,
  query: [...PATTERNS, ...SPECS],
  verb: ['match', 'select', 'match_object', 'lookup', 5],
  limit: [1, 0, 'x'],
  name: ['t', 't.other', 'u', 'no name', 5],
  cursor: ['open', 'none', '', 5],
  item: ['size', 'owner', 5],
  ttl_ms: [1, 0, 'x'],
  expires_at_ms: [0, -1, 'x'],
  options: [{}, { type: 'heap' }, { colour: 1 }],
  insert_options: [{ ttlMs: 1 }, { key: 'other' }, { colour: 1 }],
  insert_list_options: [{ ttlMs: 1 }, { key: 'a' }],
  tags: [['x'], [], [''], 'x'],
  invalidate_options: [{}, { soft: 1 }],
  expire_options: [{}, { condition: 'EQ' }],
  events_options: [{}, { limit: 0 }, { after: 'x' }, { after: 'token.9' }],
  scan_options: [
    {},
    { limit: 0 },
    { cursor: { slot: 0, of: 'another' } },
    { cursor: { key: 'a' } },
    { cursor: {} },
  ],
}

const SETTINGS: readonly DatabaseSettings[] = [{}, { maxVisited: 1, maxTables: 1 }]

/** The refusals that odd arguments provoke: codes, and for `badarg` its whys. */
export async function provoked(verb: VerbName): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  const lists = combinations(VERBS[verb])
  for (const settings of SETTINGS) {
    for (const type of TABLE_TYPES) {
      for (const args of lists) found.add(await refusalOf(settings, type, { table: 't', op: verb, args }))
      found.add(await refusalOf(settings, type, { table: 't.missing', op: verb, args: lists[0] ?? [] }))
    }
  }
  found.delete('none')
  return found
}

interface Attempt {
  readonly table: string
  readonly op: VerbName
  readonly args: readonly unknown[]
}

/** Every list of arguments, those that may be left out being there or not. */
function combinations({ args }: Verb): unknown[][] {
  let lists: unknown[][] = [[]]
  for (const [i, name] of args.entries()) {
    const values = ODD[name.replace('?', '') as ArgumentName]
    const complete = lists.filter((list) => list.length === i)
    const longer = complete.flatMap((list) => values.map((value) => [...list, value]))
    lists = name.endsWith('?') ? [...lists, ...longer] : longer
  }
  return lists
}

async function refusalOf(settings: DatabaseSettings, type: string, attempt: Attempt): Promise<string> {
  const tables = localTables(settings)
  await tables.run([
    { table: 't', op: 'new', args: [{ type, events: true }] },
    { table: 't', op: 'insert_list', args: [ROWS] },
  ])
  if (type === 'ordered_set' && attempt.op === 'cursor_next')
    await tables.run([{ table: 't', op: 'cursor_open', args: ['open', 'match', ['$1', 1], 1] }])
  try {
    await tables.run([attempt])
    return 'none'
  } catch (error) {
    if (!(error instanceof EtsError)) throw error
    return error.code === 'badarg' ? (error as EtsError<'badarg'>).details.why : error.code
  }
}
