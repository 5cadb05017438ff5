/**
 * Metrics as text that Prometheus reads.
 *
 * A process has `MAX_TABLES_MEASURED` tables with labels of their own; the rest are together under `(other)`, which is
 * no name of a table.
 *
 * Source: Prometheus, "Exposition formats", version 0.0.4.
 */
import type { ProcessMetrics, Scrape } from '../protocol/metrics.ts'

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** What stands for the tables that have no label of their own. No name begins with `(`. */
const OTHER = '(other)'

type Labels = Readonly<Record<string, string>>
type Sample = readonly [labels: Labels, value: number]

interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  samples(process: ProcessMetrics): readonly Sample[]
}

const one =
  (value: (process: ProcessMetrics) => number) =>
  (process: ProcessMetrics): readonly Sample[] => [[{}, value(process)]]

/** The numbers of each table with a label, and of the others together. */
const byTable =
  (of: 'rows' | 'bytes') =>
  (process: ProcessMetrics): readonly Sample[] => {
    const own = process.largest.map((each): Sample => [{ table: each.table }, each[of]])
    const rest = process[of] - process.largest.reduce((sum, each) => sum + each[of], 0)
    return process.tables > process.largest.length ? [...own, [{ table: OTHER }, rest]] : own
  }

const FAMILIES: readonly Family[] = [
  {
    name: 'ets_process_incarnation',
    type: 'gauge',
    help: 'How many times the process has started.',
    samples: one(({ incarnation }) => incarnation),
  },
  {
    name: 'ets_process_start_time_seconds',
    type: 'gauge',
    help: 'When the process started last.',
    samples: one(({ startedAtMs }) => startedAtMs / 1000),
  },
  {
    name: 'ets_changes_total',
    type: 'counter',
    help: 'Changes of the tables of the process.',
    samples: one(({ seq }) => seq),
  },
  {
    name: 'ets_calls_total',
    type: 'counter',
    help: 'Calls of the process since its start.',
    samples: one(({ calls }) => calls),
  },
  {
    name: 'ets_operations_total',
    type: 'counter',
    help: 'Operations of those calls.',
    samples: one(({ operations }) => operations),
  },
  {
    name: 'ets_refusals_total',
    type: 'counter',
    help: 'Calls that were refused, by code.',
    samples: ({ refused }) => Object.entries(refused).map(([code, count]) => [{ code }, count]),
  },
  {
    name: 'ets_process_tables',
    type: 'gauge',
    help: 'Tables of the process.',
    samples: one(({ tables }) => tables),
  },
  { name: 'ets_table_rows', type: 'gauge', help: 'Rows of a table.', samples: byTable('rows') },
  {
    name: 'ets_table_bytes',
    type: 'gauge',
    help: 'About how much memory the rows of a table take.',
    samples: byTable('bytes'),
  },
]

export function exposition({ asked, processes, isComplete }: Scrape): string {
  const lines = [
    ...head('ets_processes_asked', 'gauge', 'Processes that were asked for this.'),
    `ets_processes_asked ${asked}`,
    ...head('ets_processes_answered', 'gauge', 'Processes that have answered.'),
    `ets_processes_answered ${processes.length}`,
    ...head('ets_scrape_complete', 'gauge', '1 if every process there is was asked and has answered.'),
    `ets_scrape_complete ${isComplete ? 1 : 0}`,
  ]
  for (const { name, type, help, samples } of FAMILIES) {
    lines.push(...head(name, type, help))
    for (const process of processes) {
      const { tenant } = process
      const whose = { ...(tenant === '' ? {} : { tenant }), process: process.process }
      for (const [labels, value] of samples(process)) {
        lines.push(`${name}${labelsText({ ...whose, ...labels })} ${value}`)
      }
    }
  }
  return `${lines.join('\n')}\n`
}

const head = (name: string, type: Family['type'], help: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
]

const labelsText = (labels: Labels): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
