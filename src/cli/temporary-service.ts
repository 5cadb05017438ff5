/** A service for one purpose: the built Worker on workerd with a key and a folder of its own, gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateApiKey } from '../security/api-key.ts'
import { readWorkerConfig } from './worker-config.ts'
import { startWorkerd } from './workerd.ts'

export interface TemporaryService {
  /** Where it listens: another place after each crash. */
  readonly url: string
  readonly key: string
  /** The process id of workerd. */
  readonly pid: number
  /** Kills workerd as a crash of the machine would, and starts it again. Returns when it was gone, on `performance`. */
  crash(): Promise<number>
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

/** Starts a service that is silent. `vars` are added to those of `wrangler.toml`. */
export async function temporaryService(
  vars: Readonly<Record<string, unknown>> = {},
): Promise<TemporaryService> {
  const configured = readWorkerConfig()
  const config = { ...configured, vars: { ...configured.vars, LOG_LEVEL: 'off', ...vars } }
  const persistDir = mkdtempSync(join(tmpdir(), 'edge-ets-'))
  const key = generateApiKey()
  const clean = (): void => rmSync(persistDir, { recursive: true, force: true })
  const start = () => startWorkerd({ config, adminKey: key, host: '127.0.0.1', port: 0, persistDir })
  let starting = start()
  let worker = await starting.catch((error: unknown) => {
    clean()
    throw error
  })
  return {
    get url() {
      return worker.url
    },
    key,
    get pid() {
      return worker.pid
    },
    async crash() {
      process.kill(worker.pid, 'SIGKILL')
      await worker.ended
      const goneMs = performance.now()
      starting = start()
      worker = await starting
      return goneMs
    },
    // What is being started just then is waited for, so that it can be ended, too.
    stop: () => starting.then((started) => started.stop()).finally(clean),
  }
}
