import parse from 'parse-prometheus-text-format'
import { describe, expect, it } from 'vitest'
import { exposition } from '../../src/observe/exposition.ts'
import type { ProcessMetrics } from '../../src/protocol/metrics.ts'

const aProcess = (more: Partial<ProcessMetrics> = {}): ProcessMetrics => ({
  process: 'shop',
  tenant: '',
  incarnation: 3,
  startedAtMs: 1_500,
  seq: 17,
  calls: 4,
  operations: 9,
  refused: { badarg: 2 },
  tables: 2,
  rows: 12,
  bytes: 340,
  largest: [
    { table: 'shop.a', rows: 10, bytes: 300 },
    { table: 'shop.b', rows: 2, bytes: 40 },
  ],
  ...more,
})

/** What a parser of Prometheus makes of it: the values of each family with their labels. */
function parsed(processes: readonly ProcessMetrics[], isComplete = true) {
  const families = parse(exposition({ asked: processes.length, processes, isComplete }))
  return (name: string) => {
    const family = families.find((each) => each.name === name)
    return family?.metrics.map(({ labels, value }) => [labels ?? {}, Number(value)])
  }
}

describe('metrics as text', () => {
  it('[MET1] a parser finds every number with its labels', () => {
    const family = parsed([aProcess(), aProcess({ process: 'bank', tenant: 'acme' })])
    expect(family('ets_processes_asked')).toEqual([[{}, 2]])
    expect(family('ets_scrape_complete')).toEqual([[{}, 1]])
    expect(family('ets_changes_total')).toEqual([
      [{ process: 'shop' }, 17],
      [{ process: 'bank', tenant: 'acme' }, 17],
    ])
    expect(family('ets_process_start_time_seconds')?.[0]).toEqual([{ process: 'shop' }, 1.5])
    expect(family('ets_refusals_total')?.[0]).toEqual([{ process: 'shop', code: 'badarg' }, 2])
    expect(family('ets_table_rows')?.slice(0, 2)).toEqual([
      [{ process: 'shop', table: 'shop.a' }, 10],
      [{ process: 'shop', table: 'shop.b' }, 2],
    ])
  })

  it('[MET1] every family has help and a type, and counters end as counters do', () => {
    const text = exposition({ asked: 1, processes: [aProcess()], isComplete: true })
    for (const { name, type, help } of parse(text)) {
      expect(help).toMatch(/\.$/)
      expect([name, type === 'COUNTER']).toEqual([name, name.endsWith('_total')])
    }
    expect(text.endsWith('\n')).toBe(true)
  })

  it('[MET2] the tables without a label of their own are together', () => {
    const family = parsed([aProcess({ tables: 5, rows: 20, bytes: 400 })])
    expect(family('ets_table_rows')?.at(-1)).toEqual([{ process: 'shop', table: '(other)' }, 8])
    expect(family('ets_table_bytes')?.at(-1)).toEqual([{ process: 'shop', table: '(other)' }, 60])
  })

  it('[MET1] a label may have any characters', () => {
    const family = parsed([aProcess({ process: 'a"b\\c' })])
    expect(family('ets_calls_total')).toEqual([[{ process: 'a"b\\c' }, 4]])
  })

  it('[MET3] an incomplete scrape says so', () => {
    expect(parsed([], false)('ets_scrape_complete')).toEqual([[{}, 0]])
  })
})
