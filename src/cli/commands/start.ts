/** `edge-ets start`: `wrangler dev` with a key of its own, state kept under `.wrangler`. */
import { spawn } from 'node:child_process'
import { devVarsKey } from '../admin-key.ts'
import { CliError } from '../error.ts'
import { assertPortIsFree, parsePort } from '../port.ts'
import { PROJECT_DIR } from '../project.ts'
import { readWorkerConfig } from '../worker-config.ts'

export async function start({ port }: { readonly port: string }): Promise<void> {
  devVarsKey()
  readWorkerConfig()
  await assertPortIsFree('127.0.0.1', parsePort(port))
  console.log(`edge-ets: starting on http://127.0.0.1:${port}; the key is ADMIN_KEY in .dev.vars`)
  const child = spawn('wrangler', ['dev', '--ip', '127.0.0.1', '--port', port], {
    cwd: PROJECT_DIR,
    stdio: 'inherit',
  })
  // Ctrl-C reaches wrangler through the terminal; a signal sent to this process alone is handed on.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  const code = await new Promise<number | null>((done) => child.once('exit', done))
  if (code !== 0 && code !== null) throw new CliError(`wrangler dev ended with ${code}; its message is above`)
}
