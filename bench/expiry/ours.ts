/** A `sync` table of the service on workerd. */
import { JOURNAL_WORKER } from '../journal/bench-worker.ts'
import { Service } from '../journal/service.ts'
import { type Contender, keyOf, ROWS_OF_A_FILL } from './contender.ts'
import type { Load } from './lag.ts'

const TABLE = 'ends.t'

export async function ours(): Promise<Contender> {
  const service = await Service.start(JOURNAL_WORKER)
  let bytesOfARow = 1
  const bytes = (): Promise<number> => service.call<number>(TABLE, 'info', 'bytes')
  return {
    name: 'edge-ets, one `sync` table',
    async fill(load: Load) {
      await service.create(TABLE, 'sync')
      for (let from = 0; from < load.rows; from += ROWS_OF_A_FILL) {
        const count = Math.min(ROWS_OF_A_FILL, load.rows - from)
        await service.ask(`/timed/${TABLE}/${from}/${count}/${load.firstMs}/${load.spanMs}/${load.rows}`)
      }
      bytesOfARow = (await bytes()) / load.rows
    },
    held: async () => Math.round((await bytes()) / bytesOfARow),
    has: (row) => service.call<boolean>(TABLE, 'member', keyOf(row)),
    async cost() {
      const { written, alarmsSet } = await service.meter(TABLE)
      return { rowsWritten: written, alarmsSet }
    },
    stop: () => service.stop(),
  }
}
