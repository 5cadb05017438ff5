/** Native ETS: an Erlang process that makes the same passes when told to, and times them itself. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Contender, ORDERED_VERBS, SET_VERBS } from './contender.ts'

const SCRIPT = join(import.meta.dirname, 'native.escript')

/** `Erlang/OTP 27 (erts 15.2)`, or `undefined` where Erlang is not installed. */
export function erlangVersion(): string | undefined {
  const print =
    'io:format("Erlang/OTP ~s (erts ~s)", [erlang:system_info(otp_release), erlang:system_info(version)]), halt().'
  const { status, stdout } = spawnSync('erl', ['-noshell', '-eval', print], { encoding: 'utf8' })
  return status === 0 ? stdout : undefined
}

export function nativeEts(): Contender {
  const folder = mkdtempSync(join(tmpdir(), 'bench-ets-'))
  const erlang = spawn('escript', [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ask = conversation(erlang)
  /** Numbers go there as files, each set of them once. */
  const files = new Map<Uint32Array, string>()
  const fileOf = (numbers: Uint32Array): string => {
    const known = files.get(numbers)
    if (known !== undefined) return known
    const file = join(folder, String(files.size))
    writeFileSync(file, numbers)
    files.set(numbers, file)
    return file
  }
  return {
    name: 'native ETS',
    async open({ type, kind, size, fill, ask: asked, ranges }) {
      await ask(['open', type, kind, size, fileOf(fill), fileOf(asked), fileOf(ranges)].join(' '))
      return {
        verbs: type === 'set' ? SET_VERBS : ORDERED_VERBS,
        async measure(verb) {
          const [ns, sum] = (await ask(verb)).split(' ').map(Number) as [number, number]
          return { ns, sum }
        },
      }
    },
    close() {
      erlang.stdin?.end()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Asks a line and resolves to the line that answers it, one at a time. */
function conversation({ stdin, stdout }: ChildProcess): (line: string) => Promise<string> {
  const answers = createInterface({ input: stdout as NonNullable<typeof stdout> })[Symbol.asyncIterator]()
  return async (line) => {
    stdin?.write(`${line}\n`)
    const { value, done } = await answers.next()
    if (done) throw new Error(`native.escript ended at: ${line}`)
    return value
  }
}
