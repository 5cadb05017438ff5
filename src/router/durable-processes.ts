/** Processes that are Durable Objects: the supervisor knows which there are, each tells of itself. */
import { EtsError } from '../engine/error.ts'
import type { Supervisor } from '../process/supervisor.ts'
import type { TableProcess } from '../process/table-process.ts'
import { globalName } from '../protocol/names.ts'
import { ANYWHERE, objectNamed, type Placement } from '../protocol/placement.ts'
import type { ClockChange, Fault, ProcessEntry, Processes } from '../protocol/processes.ts'
import { type Reply, unwrap } from '../protocol/reply.ts'
import { shardOfName } from '../protocol/shard-map.ts'
import { refusalOfFailure } from './failure.ts'
import type { Lanes } from './lanes.ts'

/** The methods through the stubs, written out for the same reason as in `durable-tables`. */
interface SupervisorStub {
  list(tenant: string, after: string | null): Promise<ProcessEntry[]>
  find(name: string): Promise<ProcessEntry | null>
}
interface ProcessStub {
  describe(): Promise<ProcessEntry>
  lift(): Promise<void>
  setClock(change: ClockChange | null): Promise<Reply<number>>
  inject(fault: Fault): Promise<Reply<null>>
}

/** The processes of a tenant. */
export function durableProcesses(
  supervisors: DurableObjectNamespace<Supervisor>,
  processes: DurableObjectNamespace<TableProcess>,
  tenant = '',
  placementOf: (process: string) => Placement = () => ANYWHERE,
  lanes?: Lanes,
): Processes {
  const supervisor = (): SupervisorStub => supervisors.getByName('supervisor') as unknown as SupervisorStub
  /** A process that has started before: asking for another one would make it. */
  const known = async (process: string): Promise<ProcessStub> => {
    const name = globalName(tenant, process)
    if ((await called(supervisor().find(name))) === null) throw new EtsError('no_such_process', { process })
    return objectNamed<ProcessStub>(processes, placementOf(shardOfName(process).process), name)
  }
  return {
    list: (after) => called(supervisor().list(tenant, after ?? null)),
    find: async (process) => called((await known(process)).describe()),
    lift: async (process) => {
      await called((await known(process)).lift())
      lanes?.forgive(globalName(tenant, process))
    },
    setClock: async (process, change) => unwrap(await called((await known(process)).setClock(change))),
    inject: async (process, fault) => {
      unwrap(await called((await known(process)).inject(fault)))
    },
  }
}

/** What a call gives, its failures as refusals: a process may end while it is asked. */
const called = <T>(call: Promise<T>): Promise<T> =>
  call.catch((error: unknown) => {
    throw refusalOfFailure(error)
  })
