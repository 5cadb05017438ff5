/** Redis as it comes, without persistence; `undefined` where it is not installed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { sleep } from '../../src/cli/sleep.ts'
import { type Contender, keyOf, ROWS_OF_A_FILL, VALUE } from './contender.ts'
import { deadlineOf, type Load } from './lag.ts'

const START_TIMEOUT_MS = 5000

export async function redis(): Promise<Contender | undefined> {
  const port = await freePort()
  const server = spawn('redis-server', ['--port', String(port), '--save', '', '--appendonly', 'no'], {
    stdio: 'ignore',
  })
  const failed = once(server, 'error').then(() => undefined)
  const socket = await Promise.race([connected(port), failed])
  if (socket === undefined) return undefined
  const client = new Client(socket)
  return {
    name: 'Redis',
    async fill(load: Load) {
      for (let from = 0; from < load.rows; from += ROWS_OF_A_FILL) {
        const count = Math.min(ROWS_OF_A_FILL, load.rows - from)
        await client.run(
          Array.from({ length: count }, (_, i) => [
            'SET',
            keyOf(from + i),
            VALUE,
            'PXAT',
            String(deadlineOf(load, from + i)),
          ]),
        )
      }
    },
    held: async () => Number((await client.run([['DBSIZE']]))[0]?.slice(1)),
    has: async (row) => (await client.run([['EXISTS', keyOf(row)]]))[0] === ':1',
    cost: () => Promise.resolve(undefined),
    stop: () => stopped(server, socket),
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  return port
}

async function connected(port: number): Promise<Socket> {
  for (const untilMs = performance.now() + START_TIMEOUT_MS; ; await sleep(50)) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return socket
    } catch (cause) {
      if (performance.now() > untilMs) throw cause
    }
  }
}

async function stopped(server: ChildProcess, socket: Socket): Promise<void> {
  socket.destroy()
  server.kill('SIGTERM')
  await once(server, 'exit')
}

/** Sends commands in groups. Enough of the protocol for those whose answer is a line. */
class Client {
  readonly #socket: Socket
  #received = ''
  #waiting: { count: number; done: (lines: string[]) => void } | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true).setEncoding('latin1')
    socket.on('data', (text: string) => this.#receive(text))
  }

  run(commands: readonly (readonly string[])[]): Promise<string[]> {
    const { promise, resolve } = Promise.withResolvers<string[]>()
    this.#waiting = { count: commands.length, done: resolve }
    this.#socket.write(commands.map((parts) => `*${parts.length}\r\n${parts.map(bulk).join('')}`).join(''))
    return promise
  }

  #receive(text: string): void {
    this.#received += text
    const lines = this.#received.split('\r\n')
    if (this.#waiting === undefined || lines.length <= this.#waiting.count) return
    const { done } = this.#waiting
    this.#received = ''
    this.#waiting = undefined
    done(lines.slice(0, -1))
  }
}

const bulk = (part: string): string => `$${part.length}\r\n${part}\r\n`
