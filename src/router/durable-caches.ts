/** The caches of a tenant, in Durable Objects: the supervisor knows which processes there are, each is asked. */
import type { Supervisor } from '../process/supervisor.ts'
import type { TableProcess } from '../process/table-process.ts'
import type { CacheSummary, Caches } from '../protocol/caches.ts'
import type { Caller } from '../protocol/caller.ts'
import { localName } from '../protocol/names.ts'
import { objectNamed, type Placement } from '../protocol/placement.ts'
import { type Reply, unwrap } from '../protocol/reply.ts'
import { shardOfName } from '../protocol/shard-map.ts'
import { cachePageOf } from './cache-pages.ts'
import { refusalOfFailure } from './failure.ts'

/** The methods through the stubs, written out for the same reason as in `durable-tables`. */
interface ProcessStub {
  caches(caller: Caller): Promise<Reply<readonly CacheSummary[]>>
}
interface SupervisorStub {
  names(tenant: string): Promise<string[]>
}

/** The caches that a caller may read. */
export function durableCaches(
  supervisors: DurableObjectNamespace<Supervisor>,
  processes: DurableObjectNamespace<TableProcess>,
  caller: Caller,
  placementOf: (process: string) => Placement,
): Caches {
  const ask = async (name: string): Promise<readonly CacheSummary[]> => {
    const placement = placementOf(shardOfName(localName(name)).process)
    return unwrap(await objectNamed<ProcessStub>(processes, placement, name).caches(caller))
  }
  return {
    async list(after) {
      const supervisor = supervisors.getByName('supervisor') as unknown as SupervisorStub
      const names = await supervisor.names(caller.tenant).catch((error: unknown) => {
        throw refusalOfFailure(error)
      })
      return cachePageOf(names, after, ask)
    },
  }
}
