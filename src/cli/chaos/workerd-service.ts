/** A temporary service under drill: killed and started again, or made to fail from within. */
import type { Fault } from '../../protocol/processes.ts'
import { temporaryService } from '../temporary-service.ts'
import type { Answer, Exchange } from './exchange.ts'
import type { Service } from './service.ts'
import { SYNC_PROCESS } from './workload.ts'

const FAULT_TIMEOUT_MS = 1000

export async function workerdService(): Promise<Service> {
  const service = await temporaryService({ FAULTS: 'on' })
  const send = (exchange: Exchange): Promise<Answer> => sendTo(service.url, service.key, exchange)
  /** A process that is away just then has trouble enough: no answer is as good as one. */
  const inject = async (fault: Fault): Promise<undefined> => {
    const path = `/v1/processes/${SYNC_PROCESS}/faults`
    await send({ method: 'POST', path, body: { fault }, timeoutMs: FAULT_TIMEOUT_MS }).catch(() => {})
  }
  return {
    send,
    async suffer(trouble) {
      if (trouble.kind === 'fault') return await inject(trouble.fault)
      const beganMs = performance.now()
      const goneMs = await service.crash()
      return { kind: 'kill', beganMs, goneMs, backMs: performance.now() }
    },
    stop: service.stop,
  }
}

async function sendTo(url: string, adminKey: string, exchange: Exchange): Promise<Answer> {
  const { method, path, body, idempotencyKey, timeoutMs } = exchange
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${adminKey}`,
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(timeoutMs),
  })
  return {
    status: response.status,
    body: await response.json(),
    replayed: response.headers.get('idempotency-replayed') === 'true',
  }
}
