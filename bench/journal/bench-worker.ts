/** The Worker of the journal bench: the service, and naive objects beside it. */
import type { BenchWorker } from './service.ts'

export const JOURNAL_WORKER: BenchWorker = {
  main: 'bench/journal/worker/worker.ts',
  objects: [
    { binding: 'PUT_FLOOR', className: 'PutFloor' },
    { binding: 'SQL_FLOOR', className: 'SqlFloor' },
    { binding: 'NOTHING', className: 'Nothing' },
  ],
}
