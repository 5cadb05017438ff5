/** Metrics of processes that are Durable Objects: the supervisor knows which there are, each is asked. */
import type { Supervisor } from '../process/supervisor.ts'
import type { TableProcess } from '../process/table-process.ts'
import type { Metrics, ProcessMetrics } from '../protocol/metrics.ts'
import { localName } from '../protocol/names.ts'
import { objectNamed, type Placement } from '../protocol/placement.ts'
import { shardOfName } from '../protocol/shard-map.ts'
import { refusalOfFailure } from './failure.ts'
import { scrapeOf } from './scrape.ts'

/** The methods through the stubs, written out for the same reason as in `durable-tables`. */
interface ProcessStub {
  measure(): Promise<ProcessMetrics>
}
interface SupervisorStub {
  names(tenant: string | null): Promise<string[]>
}

/** The metrics of a tenant's processes; for the tenant without a name, of all. */
export function durableMetrics(
  supervisors: DurableObjectNamespace<Supervisor>,
  processes: DurableObjectNamespace<TableProcess>,
  tenant: string,
  placementOf: (process: string) => Placement,
): Metrics {
  const ask = (name: string): Promise<ProcessMetrics> =>
    objectNamed<ProcessStub>(processes, placementOf(shardOfName(localName(name)).process), name).measure()
  return {
    async scrape(pattern) {
      const supervisor = supervisors.getByName('supervisor') as unknown as SupervisorStub
      const names = await supervisor.names(tenant === '' ? null : tenant).catch((error: unknown) => {
        throw refusalOfFailure(error)
      })
      return scrapeOf(names, pattern, ask)
    },
  }
}
