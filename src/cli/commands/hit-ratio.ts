/** `edge-ets hit-ratio`: what part of the reads of a trace finds its row, by policy and number of rows. */
import { resolve } from 'node:path'
import { CliError } from '../error.ts'
import { type HitRatio, hitRatioOf, POLICIES, type PolicyName } from '../hit-ratio/replay.ts'
import { readTrace, type Trace } from '../hit-ratio/trace.ts'

/** Parts of its keys that a table holds where no capacity is given. */
const DEFAULT_PARTS = [0.05, 0.2, 0.5]

/**
 * Prints a line of JSON for each policy and capacity, then a table of them beside the optimum.
 *
 * Errors: `CliError` for a file that is no trace, a policy that there is none of, a capacity that is no number of rows.
 */
export function hitRatio(
  path: string,
  wanted: readonly string[],
  { json }: { readonly json?: boolean },
): void {
  const { policies, capacities } = wantedOf(wanted)
  const trace = readTrace(resolve(path))
  const rows = capacities.length > 0 ? capacities : defaultCapacities(trace)
  const found: HitRatio[] = []
  for (const capacity of rows) {
    for (const policy of policies) {
      process.stderr.write(`${trace.name}: ${policy} with ${capacity} rows …\n`)
      const each = hitRatioOf(trace, policy, capacity)
      console.log(JSON.stringify(each))
      found.push(each)
    }
  }
  if (!json) console.log(`\n${tableOf(found, withOptimum(trace, found))}`)
}

/** The words are policies and capacities, in any order. Without a policy all are wanted. */
function wantedOf(words: readonly string[]): {
  policies: readonly PolicyName[]
  capacities: readonly number[]
} {
  const policies = new Set<PolicyName>()
  const capacities = new Set<number>()
  for (const word of words.flatMap((each) => each.split(','))) {
    if (isPolicy(word)) policies.add(word)
    else if (/^[1-9]\d{0,8}$/.test(word)) capacities.add(Number(word))
    else throw new CliError(`${word} is neither a policy (${POLICIES.join(', ')}) nor a number of rows`)
  }
  return { policies: policies.size > 0 ? [...policies] : POLICIES, capacities: [...capacities] }
}

const isPolicy = (word: string): word is PolicyName => (POLICIES as readonly string[]).includes(word)

const defaultCapacities = ({ keyCount }: Trace): number[] => [
  ...new Set(DEFAULT_PARTS.map((part) => Math.max(1, Math.round(part * keyCount)))),
]

/** The optimum by capacity: measured where it was not asked for. */
function withOptimum(trace: Trace, found: readonly HitRatio[]): ReadonlyMap<number, number> {
  const optimum = new Map<number, number>()
  for (const { capacity, policy, hitRatio } of found) {
    if (policy === 'belady') optimum.set(capacity, hitRatio)
    else if (!optimum.has(capacity)) optimum.set(capacity, hitRatioOf(trace, 'belady', capacity).hitRatio)
  }
  return optimum
}

function tableOf(found: readonly HitRatio[], optimum: ReadonlyMap<number, number>): string {
  const rows = found
    .filter(({ policy }) => policy !== 'belady')
    .map(({ trace, policy, capacity, hitRatio }) => {
      const best = optimum.get(capacity) as number
      return [
        trace,
        String(capacity),
        policy,
        percent(hitRatio),
        percent(best),
        best === 0 ? '–' : (hitRatio / best).toFixed(3),
      ]
    })
  const head = ['trace', 'capacity', 'policy', 'hits %', 'optimum %', 'of optimum']
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => (row[i] as string).length)))
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const percent = (ratio: number): string => (100 * ratio).toFixed(2)
