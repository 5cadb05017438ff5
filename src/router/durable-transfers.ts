/** Transfers with processes that are Durable Objects: each step is one call of the owner. */
import type { TableProcess } from '../process/table-process.ts'
import type { Caller } from '../protocol/caller.ts'
import { globalName, processOf } from '../protocol/names.ts'
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
): Transfers {
  /** Calls the owner of a table, through a fresh stub: after a failure a stub may stay broken. */
  const at = async <T>(table: string, step: (stub: ProcessStub) => Promise<Reply<T>>): Promise<T> => {
    try {
      const name = globalName(caller?.tenant ?? '', processOf(table))
      return unwrap(await step(namespace.getByName(name) as unknown as ProcessStub))
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
