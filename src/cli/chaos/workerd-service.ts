/** The built Worker on workerd under drill, in a folder of its own: killed, and started again on it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Fault } from '../../protocol/processes.ts'
import { generateApiKey } from '../../security/api-key.ts'
import { readWorkerConfig } from '../worker-config.ts'
import { startWorkerd } from '../workerd.ts'
import type { Answer, Exchange } from './exchange.ts'
import type { Service } from './service.ts'
import { SYNC_PROCESS } from './workload.ts'

const HOST = '127.0.0.1'
const FAULT_TIMEOUT_MS = 1000

export async function workerdService(): Promise<Service> {
  const persistDir = mkdtempSync(join(tmpdir(), 'edge-ets-chaos-'))
  const adminKey = generateApiKey()
  const configured = readWorkerConfig()
  const config = { ...configured, vars: { ...configured.vars, FAULTS: 'on' } }
  const start = () => startWorkerd({ config, adminKey, host: HOST, port: 0, persistDir })
  const clean = (): void => rmSync(persistDir, { recursive: true, force: true })
  let starting = start()
  const stop = async (): Promise<void> => {
    // What is being started when the drill is ended is waited for, so that it can be ended, too.
    await starting.then((started) => started.stop()).finally(clean)
  }
  let worker = await starting.catch((error: unknown) => {
    clean()
    throw error
  })
  const send = (exchange: Exchange): Promise<Answer> => sendTo(worker.url, adminKey, exchange)
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
      process.kill(worker.pid, 'SIGKILL')
      await worker.ended
      const goneMs = performance.now()
      starting = start()
      worker = await starting
      return { kind: 'kill', beganMs, goneMs, backMs: performance.now() }
    },
    stop,
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
