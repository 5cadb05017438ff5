/** The Worker of the router bench: the service as it is deployed, and beside it the least that a Worker can do. */
import { DurableObject } from 'cloudflare:workers'
import service, { type Env as ServiceEnv } from '../../../src/worker.ts'

export { KeyRing, Supervisor, TableProcess } from '../../../src/worker.ts'

/** Answers, and does nothing: what the platform takes for a call. */
export class Nothing extends DurableObject {
  call(): void {}
}

interface Env extends ServiceEnv {
  readonly NOTHING: DurableObjectNamespace<Nothing>
}

export default {
  async fetch(request, env, ctx) {
    if (request.url.endsWith('/floor/answer')) return new Response('')
    if (request.url.endsWith('/floor/call')) {
      await env.NOTHING.getByName('one').call()
      return new Response('')
    }
    return await service.fetch(request, env, ctx)
  },
} satisfies ExportedHandler<Env>
