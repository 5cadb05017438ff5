/** Requests of drills, answered by a database of the engine. */
import { createRequest, type Request } from '../../../src/cli/chaos/exchange.ts'
import type { Target } from '../../../src/cli/chaos/history.ts'
import { Database, type Operation } from '../../../src/engine/database.ts'
import type { Term } from '../../../src/engine/term.ts'
import type { EpochMs } from '../../../src/engine/time.ts'

const NOW = 0 as EpochMs

export class FakeTables {
  readonly #database = new Database()

  create(target: Target): void {
    this.run(createRequest(target))
  }

  /** The body of the answer. Errors: the refusals of the engine. */
  run(request: Request): { value: Term | undefined } {
    return { value: this.#database.run([operationOf(request)], NOW)[0] }
  }
}

export function operationOf({ method, path, body }: Request): Operation {
  const [, , , table = '', part, key = ''] = path.split('/')
  if (part === undefined) return { table, op: 'new', args: [body as Term] }
  if (part === 'ops') return { table, ...(body as Pick<Operation, 'op' | 'args'>) }
  return method === 'PUT'
    ? { table, op: 'insert', args: [body as Term] }
    : { table, op: 'delete', args: [key] }
}
