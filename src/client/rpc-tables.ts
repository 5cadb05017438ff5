/** Tables over a service binding: for other Workers of the same account, without HTTP and without a key. */
import type { RawOperation } from '../protocol/operation.ts'
import { type Reply, unwrap } from '../protocol/reply.ts'
import type { Answer, CallOptions, Tables } from '../protocol/tables.ts'

/** The entrypoint `TablesEntrypoint` of the service, as a binding gives it. */
export interface TablesBinding {
  run(operations: readonly RawOperation[], options?: CallOptions): Promise<Reply<Answer>>
}

/** Errors: refusals of the service as `EtsError`, which they are made into here: errors lose their class on the way. */
export const rpcTables = (binding: TablesBinding): Tables => ({
  run: async (operations, options) => unwrap(await binding.run(operations, options)),
})
