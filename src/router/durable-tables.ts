/** Tables whose owners are Durable Objects: finds the process by the table's name and calls it. */
import type { Operation } from '../engine/database.ts'
import type { TableProcess } from '../process/table-process.ts'
import { globalName, processOf } from '../protocol/names.ts'
import { checkCallOptions, checkOperations } from '../protocol/operation.ts'
import { type Reply, unwrap } from '../protocol/reply.ts'
import type { Answer, CallOptions, Tables } from '../protocol/tables.ts'
import { refusalOfFailure } from './failure.ts'

/** The methods of a process as seen through its stub. Written out, as a recursive JSON type in a method of
 *  a Durable Object is too deep for TypeScript to map (TS2589); the one cast below goes with it. */
interface ProcessStub {
  run(operations: readonly Operation[], options: CallOptions): Promise<Reply<Answer>>
}

export function durableTables(namespace: DurableObjectNamespace<TableProcess>): Tables {
  return {
    async run(raw, callOptions) {
      const operations = checkOperations(raw)
      const options = checkCallOptions(callOptions)
      const process = processOf((operations[0] as Operation).table)
      const name = globalName(options.caller?.tenant ?? '', process)
      // A fresh stub a call: after a failure a stub may stay broken.
      const stub = namespace.getByName(name) as unknown as ProcessStub
      try {
        return unwrap(await stub.run(operations, options))
      } catch (error) {
        throw refusalOfFailure(error)
      }
    },
  }
}
