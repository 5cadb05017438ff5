/** Tables whose owners are Durable Objects: finds the process by the table's name and calls it. */
import type { Operation } from '../engine/database.ts'
import { EtsError } from '../engine/error.ts'
import type { TableProcess } from '../process/table-process.ts'
import { DEFAULT_TIMEOUT_MS } from '../protocol/limits.ts'
import { globalName, processOf } from '../protocol/names.ts'
import { checkCallOptions, checkOperations } from '../protocol/operation.ts'
import { ANYWHERE, objectNamed, type Placement } from '../protocol/placement.ts'
import { type Reply, unwrap } from '../protocol/reply.ts'
import { type ShardMap, shardName } from '../protocol/shard-map.ts'
import type { Answer, CallOptions, Tables } from '../protocol/tables.ts'
import { refusalOfFailure } from './failure.ts'
import type { CallOwner } from './owners.ts'
import { ShardedTables } from './sharded-tables.ts'

interface ProcessStub {
  run(operations: readonly Operation[], options: CallOptions, map?: ShardMap): Promise<Reply<Answer>>
}

export function durableTables(
  namespace: DurableObjectNamespace<TableProcess>,
  placementOf: (process: string) => Placement = () => ANYWHERE,
): Tables {
  const call: CallOwner = async ({ process, shard, placement }, operations, { untilMs, ...options }) => {
    // Clocks of two machines differ: what goes over is the time that is left.
    const leftMs = untilMs - Date.now()
    if (leftMs <= 0) throw new EtsError('deadline_exceeded', { timeoutMs: options.timeoutMs })
    const name = shardName(globalName(options.caller?.tenant ?? '', process), shard)
    // A fresh stub a call: after a failure a stub may stay broken.
    const stub = objectNamed<ProcessStub>(namespace, placement, name)
    try {
      const { map } = placement
      return unwrap(await stub.run(operations, { ...options, timeoutMs: leftMs }, map))
    } catch (error) {
      throw refusalOfFailure(error)
    }
  }
  const sharded = new ShardedTables(call)
  return {
    async run(raw, callOptions) {
      const operations = checkOperations(raw)
      const { timeoutMs = DEFAULT_TIMEOUT_MS, ...options } = checkCallOptions(callOptions)
      const process = processOf((operations[0] as Operation).table)
      const untilMs = Date.now() + timeoutMs
      return await sharded.run(process, placementOf(process), operations, { ...options, timeoutMs, untilMs })
    },
  }
}
