/** The built Worker on workerd under drill, in a folder of its own: killed, and started again on it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateApiKey } from '../../security/api-key.ts'
import { readWorkerConfig } from '../worker-config.ts'
import { startWorkerd } from '../workerd.ts'
import type { Answer, Exchange } from './exchange.ts'
import type { Service } from './service.ts'

const HOST = '127.0.0.1'

export async function workerdService(): Promise<Service> {
  const persistDir = mkdtempSync(join(tmpdir(), 'edge-ets-chaos-'))
  const adminKey = generateApiKey()
  const start = () => startWorkerd({ config: readWorkerConfig(), adminKey, host: HOST, port: 0, persistDir })
  const clean = (): void => rmSync(persistDir, { recursive: true, force: true })
  let worker = await start().catch((error: unknown) => {
    clean()
    throw error
  })
  return {
    send: (exchange) => sendTo(worker.url, adminKey, exchange),
    async suffer({ kind }) {
      const beganMs = performance.now()
      process.kill(worker.pid, 'SIGKILL')
      await worker.ended
      const goneMs = performance.now()
      worker = await start()
      return { kind, beganMs, goneMs, backMs: performance.now() }
    },
    async stop() {
      await worker.stop()
      clean()
    },
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
