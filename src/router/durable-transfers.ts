/** Transfers with processes that are Durable Objects: each step is one call of the owner. */

import { EtsError } from '../engine/error.ts'
import type { TableProcess } from '../process/table-process.ts'
import type { Caller } from '../protocol/caller.ts'
import { globalName, processOf } from '../protocol/names.ts'
import { ANYWHERE, objectNamed, type Placement } from '../protocol/placement.ts'
import { type Reply, unwrap } from '../protocol/reply.ts'
import type { Transfers } from '../protocol/transfers.ts'
import { refusalOfFailure } from './failure.ts'

/** The methods through the stub, written out for the same reason as in `durable-tables`. */
type ProcessStub = {
  [Step in keyof Transfers]: (
    ...args: [...Required<Parameters<Transfers[Step]>>, Caller?]
  ) => Promise<Reply<Awaited<ReturnType<Transfers[Step]>>>>
}

/** Transfers in the name of a caller, with the processes of its tenant. */
export function durableTransfers(
  namespace: DurableObjectNamespace<TableProcess>,
  caller?: Caller,
  placementOf: (process: string) => Placement = () => ANYWHERE,
): Transfers {
  /** Calls the owner of a table, through a fresh stub: after a failure a stub may stay broken. */
  const at = async <T>(table: string, step: (stub: ProcessStub) => Promise<Reply<T>>): Promise<T> => {
    const process = processOf(table)
    const placement = placementOf(process)
    if (placement.map.shards > 1) {
      const message = 'tables over several shards are not exported or imported; copy them with scan'
      throw new EtsError('cross_shard', { processes: [process], message })
    }
    try {
      const name = globalName(caller?.tenant ?? '', process)
      return unwrap(await step(objectNamed<ProcessStub>(namespace, placement, name)))
    } catch (error) {
      throw refusalOfFailure(error)
    }
  }
  return {
    exportPage: (table, cursor) => at(table, (stub) => stub.exportPage(table, cursor as string, caller)),
    beginImport: (table, ...rest) => at(table, (stub) => stub.beginImport(table, ...rest, caller)),
    importRows: (table, ...rest) => at(table, (stub) => stub.importRows(table, ...rest)),
    finishImport: (table, ...rest) => at(table, (stub) => stub.finishImport(table, ...rest, caller)),
    dropImport: (table, id) => at(table, (stub) => stub.dropImport(table, id)),
  }
}
