/** Port numbers from the command line. */
import { createServer } from 'node:net'
import { CliError } from './error.ts'

/** The port that `text` names. Errors: anything but 0 to 65535. */
export function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new CliError(`${JSON.stringify(text)} is not a port; give a number from 0 to 65535`)
}

/** Errors: when something listens there already, or nothing may. 0 is always free. */
export async function assertPortIsFree(host: string, port: number): Promise<void> {
  if (port === 0) return
  await new Promise<void>((free, taken) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => taken(portError(host, port, error.code)))
    probe.listen(port, host, () => probe.close(() => free()))
  })
}

const portError = (host: string, port: number, code = 'an unknown error'): CliError =>
  code === 'EADDRINUSE'
    ? new CliError(`port ${port} is taken; choose another with --port`)
    : new CliError(`cannot listen on ${host}:${port} (${code})`)
