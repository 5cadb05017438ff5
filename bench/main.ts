/**
 * Benches by name: `npm run bench -- NAME [--quick] [--json] [--write]`.
 *
 * Exits with 1 when a bench finds that a table does not hold what it should, never for being slow.
 */
import { parseArgs } from 'node:util'

export interface BenchFlags {
  /** Fewer rows and rounds, in seconds: to see that a change did no harm. */
  readonly quick: boolean
  /** Results as one JSON object instead of tables. */
  readonly json: boolean
  /** Puts the results into RESULTS.md. */
  readonly write: boolean
}

/** Each answers whether its checks held. */
const BENCHES: Readonly<Record<string, () => Promise<(flags: BenchFlags) => Promise<boolean>>>> = {
  engine: async () => (await import('./engine/bench.ts')).benchEngine,
  cache: async () => (await import('./cache/bench.ts')).benchCache,
  expiry: async () => (await import('./expiry/bench.ts')).benchExpiry,
  journal: async () => (await import('./journal/bench.ts')).benchJournal,
  router: async () => (await import('./router/bench.ts')).benchRouter,
  sessions: async () => (await import('./sessions/bench.ts')).benchSessions,
  'hit-ratio': async () => (await import('./hit-ratio/bench.ts')).benchHitRatio,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})

const [name = ''] = positionals
if (!Object.hasOwn(BENCHES, name)) {
  console.error(`usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [--quick] [--json] [--write]`)
  process.exit(2)
}
const bench = await BENCHES[name]?.()
if (!(await bench?.(values))) process.exitCode = 1
