/** `edge-ets serve`: the built Worker on workerd, until SIGINT or SIGTERM. */
import { adminKey } from '../admin-key.ts'
import { CliError } from '../error.ts'
import { parsePort } from '../port.ts'
import { readWorkerConfig } from '../worker-config.ts'
import { startWorkerd } from '../workerd.ts'

export interface ServeFlags {
  readonly port: string
  readonly host: string
  readonly persist: string
  readonly faults?: boolean
  readonly testClock?: boolean
}

/** Prints one line of JSON when it answers: `{"ready":true,"url":…,"key":…,"pid":…}`. */
export async function serve({ port, host, persist, faults, testClock }: ServeFlags): Promise<void> {
  const key = adminKey()
  const configured = readWorkerConfig()
  const switches = { ...(faults ? { FAULTS: 'on' } : {}), ...(testClock ? { TEST_CLOCK: 'on' } : {}) }
  const config = { ...configured, vars: { ...configured.vars, ...switches } }
  const worker = await startWorkerd({
    config,
    adminKey: key,
    host,
    port: parsePort(port),
    persistDir: persist,
  })
  let stopping = false
  const stop = (): void => {
    stopping = true
    void worker.stop()
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  process.stdout.write(`${JSON.stringify({ ready: true, url: worker.url, key, pid: worker.pid })}\n`)
  await worker.ended
  if (!stopping) throw new CliError('workerd ended by itself')
}
