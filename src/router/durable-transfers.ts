/** Transfers with processes that are Durable Objects: each step is one call of the owner, or of each shard's. */
import type { Operation } from '../engine/database.ts'
import type { TableProcess } from '../process/table-process.ts'
import type { Caller } from '../protocol/caller.ts'
import { globalName, processOf } from '../protocol/names.ts'
import { ANYWHERE, objectNamed, type Placement } from '../protocol/placement.ts'
import { type Reply, unwrap } from '../protocol/reply.ts'
import { type ShardMap, shardName } from '../protocol/shard-map.ts'
import type { Answer, CallOptions } from '../protocol/tables.ts'
import type { Imported, OwnerTransfers, PageArguments, PartPage, Transfers } from '../protocol/transfers.ts'
import { refusalOfFailure } from './failure.ts'
import { ShardedTransfers } from './sharded-transfers.ts'

/** The methods through the stub, written out for the same reason as in `durable-tables`. */
interface ProcessStub {
  exportPage(...args: PageArguments): Promise<Reply<PartPage>>
  beginImport(
    ...args: [...Parameters<Transfers['beginImport']>, caller?: Caller, map?: ShardMap]
  ): Promise<Reply<string>>
  importRows(...args: Parameters<Transfers['importRows']>): Promise<Reply<void>>
  finishImport(...args: [...Parameters<Transfers['finishImport']>, caller?: Caller]): Promise<Reply<Imported>>
  dropImport(...args: Parameters<Transfers['dropImport']>): Promise<Reply<void>>
  run(operations: readonly Operation[], options: CallOptions, map: ShardMap): Promise<Reply<Answer>>
}

/** Transfers in the name of a caller, with the processes of its tenant. */
export function durableTransfers(
  namespace: DurableObjectNamespace<TableProcess>,
  caller?: Caller,
  placementOf: (process: string) => Placement = () => ANYWHERE,
): Transfers {
  /** The process of a table, as one. */
  const at = (table: string): Transfers => {
    const process = processOf(table)
    const placement = placementOf(process)
    const { map } = placement
    const name = globalName(caller?.tenant ?? '', process)
    /** Calls one of its owners, through a fresh stub: after a failure a stub may stay broken. */
    const called = async <T>(shard: number, step: (stub: ProcessStub) => Promise<Reply<T>>): Promise<T> => {
      try {
        return unwrap(await step(objectNamed<ProcessStub>(namespace, placement, shardName(name, shard))))
      } catch (error) {
        throw refusalOfFailure(error)
      }
    }
    const owner = (shard: number): OwnerTransfers => ({
      exportPage: (...[of, cursor, part]) =>
        called(shard, (stub) => stub.exportPage(of, cursor, caller, map, part)),
      beginImport: (...args) => called(shard, (stub) => stub.beginImport(...args, caller, map)),
      importRows: (...args) => called(shard, (stub) => stub.importRows(...args)),
      finishImport: (...args) => called(shard, (stub) => stub.finishImport(...args, caller)),
      dropImport: (...args) => called(shard, (stub) => stub.dropImport(...args)),
    })
    if (map.shards === 1) return owner(0)
    const drop = (shard: number, dropped: string): Promise<unknown> =>
      called(shard, (stub) => stub.run([{ table: dropped, op: 'delete_table', args: [] }], {}, map))
    return new ShardedTransfers({ process, map, owner, drop })
  }
  return {
    exportPage: (table, cursor) => at(table).exportPage(table, cursor),
    beginImport: (table, ...rest) => at(table).beginImport(table, ...rest),
    importRows: (table, ...rest) => at(table).importRows(table, ...rest),
    finishImport: (table, ...rest) => at(table).finishImport(table, ...rest),
    dropImport: (table, ...rest) => at(table).dropImport(table, ...rest),
  }
}
