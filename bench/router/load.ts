/**
 * Load: connections that each ask again as soon as they are answered, in a process apart from that which answers.
 *
 * `wrk` (Debian has it) takes a few microseconds of a processor for a request; where it is not installed the callers of
 * Node do, which take some thirty. All contenders of a run have the same. An answer that is no success is an error.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { lasting, loop, quantile } from '../journal/callers.ts'
import type { Service } from '../journal/service.ts'
import { type Ask, type Contender, KEYS } from './contenders.ts'

export interface Run {
  readonly answered: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface Load {
  readonly name: string
  run(service: Service, contender: Contender, connections: number, durationMs: number): Promise<Run>
}

/** Callers of one connection ask for different rows. */
const STEP = 7919

/** Callers in this process; `answered` sees the head of each answer. */
export const nodeLoad = (onHead: (head: string) => void = () => {}): Load => ({
  name: 'Node',
  async run(service, contender, connections, durationMs) {
    const run = await loop(service, connections, lasting(durationMs), async (connection, caller, count) => {
      const { method, path, headers, body } = contender.ask(service, (caller * STEP + count) % KEYS)
      const answer = await connection.send(method, path, headers, body)
      onHead(answer.head)
      return answer
    })
    const { answered, perSecond, latenciesMs } = run
    return { answered, perSecond, p50Ms: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99) }
  },
})

/** What `wrk` is told: the requests in turn, and to print what it has counted. */
const scriptOf = (asks: readonly Ask[]): string => `
local texts, last = {}, 0
init = function()
${asks.map(({ method, path, headers, body }, i) => `texts[${i}] = ${luaOf(`${method} ${path} HTTP/1.1\r\nHost: bench\r\n${headers}${body === '' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`}\r\n${body}`)}`).join('\n')}
end
request = function()
  last = (last + ${STEP}) % ${asks.length}
  return texts[last]
end
done = function(all, latency)
  local e = all.errors
  io.write(string.format('{"answered":%d,"us":%d,"p50Us":%d,"p99Us":%d,"failed":%d}\\n',
    all.requests, all.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
`

/** A string of printable letters, as Lua has them; the escapes of JSON for what it may hold are the same. */
const luaOf = (text: string): string => JSON.stringify(text)

interface Counted {
  readonly answered: number
  readonly us: number
  readonly p50Us: number
  readonly p99Us: number
  readonly failed: number
}

const wrkLoad: Load = {
  name: 'wrk',
  async run(service, contender, connections, durationMs) {
    const dir = mkdtempSync(join(tmpdir(), 'edge-ets-wrk-'))
    try {
      const script = join(dir, 'requests.lua')
      writeFileSync(
        script,
        scriptOf(Array.from({ length: KEYS }, (_, number) => contender.ask(service, number))),
      )
      // It counts in whole seconds.
      const seconds = Math.ceil(durationMs / 1000)
      const options = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '-s', script, service.url]
      const { stdout } = await promisify(execFile)('wrk', options)
      const { answered, us, p50Us, p99Us, failed } = JSON.parse(
        stdout.trim().split('\n').at(-1) ?? '',
      ) as Counted
      if (failed > 0) throw new Error(`${contender.name}: ${failed} of ${answered} requests failed`)
      return { answered, perSecond: (1e6 * answered) / us, p50Ms: p50Us / 1000, p99Ms: p99Us / 1000 }
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  },
}

/** The one that costs less, of those that there are. */
export async function cheapestLoad(): Promise<Load> {
  // It answers `-v` with its usage and an error.
  const error = await promisify(execFile)('wrk', ['-v']).catch((cause: { code?: unknown }) => cause)
  return 'code' in error && error.code === 'ENOENT' ? nodeLoad() : wrkLoad
}
