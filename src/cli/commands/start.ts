/** `edge-ets start`: `wrangler dev` with a key of its own, state kept under `.wrangler`. */
import { spawn } from 'node:child_process'
import { devVarsKey } from '../admin-key.ts'
import { CliError } from '../error.ts'
import { assertPortIsFree, parsePort } from '../port.ts'
import { PROJECT_DIR } from '../project.ts'
import { readWorkerConfig } from '../worker-config.ts'

/** How long wrangler has to end by itself after Ctrl-C before it is told to. */
const INTERRUPT_GRACE_MS = 1000

export async function start({ port }: { readonly port: string }): Promise<void> {
  devVarsKey()
  readWorkerConfig()
  await assertPortIsFree('127.0.0.1', parsePort(port))
  console.log(`edge-ets: starting on http://127.0.0.1:${port}; the key is ADMIN_KEY in .dev.vars`)
  const child = spawn('wrangler', ['dev', '--ip', '127.0.0.1', '--port', port], {
    cwd: PROJECT_DIR,
    stdio: 'inherit',
  })
  let stopping = false
  const stopAfter = (delayMs: number): void => {
    stopping = true
    setTimeout(() => child.kill('SIGTERM'), delayMs).unref()
  }
  // Ctrl-C reaches wrangler through the terminal; a signal sent to this process alone must be handed on.
  process.once('SIGINT', () => stopAfter(INTERRUPT_GRACE_MS))
  process.once('SIGTERM', () => stopAfter(0))
  const code = await new Promise<number | null>((done) => child.once('exit', done))
  if (!stopping && code !== 0) throw new CliError(`wrangler dev ended with ${code}; its message is above`)
}
