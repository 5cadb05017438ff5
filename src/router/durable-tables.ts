/** Tables whose owners are Durable Objects: finds the process by the table's name and calls it. */
import type { Operation } from '../engine/database.ts'
import type { TableProcess } from '../process/table-process.ts'
import { DEFAULT_TIMEOUT_MS } from '../protocol/limits.ts'
import { globalName, processOf } from '../protocol/names.ts'
import { checkCallOptions, checkOperations } from '../protocol/operation.ts'
import { ANYWHERE, objectNamed, type Placement } from '../protocol/placement.ts'
import type { Reply } from '../protocol/reply.ts'
import { type ShardMap, shardName } from '../protocol/shard-map.ts'
import type { Answer, CallOptions, Tables } from '../protocol/tables.ts'
import { Lanes, type OwnerObject } from './lanes.ts'
import { ShardedTables } from './sharded-tables.ts'

/** The methods of a process as seen through its stub; see `objectNamed`. */
interface ProcessStub {
  run(operations: readonly Operation[], options: CallOptions, map: ShardMap): Promise<Reply<Answer>>
  runMany(
    calls: readonly { readonly operations: readonly Operation[]; readonly options: CallOptions }[],
    map: ShardMap,
  ): Promise<Reply<readonly Reply<Answer>[]>>
}

/**
 * The ways to the owners of a namespace, for all requests of an isolate.
 *
 * `background` lets the work of a request go on behind its answer. Without it every call goes by itself: where the
 * runtime does not let requests wake each other, there may be none.
 */
export function lanesTo(
  namespace: DurableObjectNamespace<TableProcess>,
  background?: (work: Promise<void>) => void,
): Lanes {
  const stubOf = ({ name, placement }: OwnerObject): ProcessStub =>
    objectNamed<ProcessStub>(namespace, placement, name)
  return new Lanes({
    clock: Date.now,
    later: (work, delayMs) => {
      const timer = setTimeout(work, delayMs)
      return () => clearTimeout(timer)
    },
    background,
    random: Math.random,
    runOne: (object, operations, options) => stubOf(object).run(operations, options, object.placement.map),
    runMany: (object, calls) => stubOf(object).runMany(calls, object.placement.map),
  })
}

export function durableTables(
  lanes: Lanes,
  placementOf: (process: string) => Placement = () => ANYWHERE,
): Tables {
  const sharded = new ShardedTables(({ process, shard, placement }, operations, options) => {
    const { untilMs, timeoutMs, ...rest } = options
    const name = shardName(globalName(options.caller?.tenant ?? '', process), shard)
    return lanes.run({ name, placement }, operations, rest, { untilMs, timeoutMs })
  })
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
