/** The command line as a user runs it: a process of its own, in a copy of the project where it writes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

const PROJECT = join(import.meta.dirname, '..', '..')

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A copy of what the command line needs, so that no test writes a key or data into the checkout. */
export interface ProjectCopy {
  readonly dir: string
  /** Runs a command to its end. */
  run(...args: string[]): Promise<Finished>
  /** Runs a command that reads `input`. */
  feed(input: string, ...args: string[]): Promise<Finished>
  /** Starts a command that goes on; `output` is its standard output line by line. */
  start(...args: string[]): { readonly child: ChildProcess; readonly firstLine: Promise<string> }
  remove(): void
}

export function aProjectCopy(): ProjectCopy {
  const dir = mkdtempSync(join(tmpdir(), 'edge-ets-cli-'))
  for (const part of ['bin', 'src', 'docs', 'wrangler.toml', 'package.json']) {
    cpSync(join(PROJECT, part), join(dir, part), { recursive: true })
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(dir, 'node_modules'))
  const spawnIn = (args: string[], input: 'ignore' | 'pipe' = 'ignore'): ChildProcess =>
    spawn(join(dir, 'bin', 'edge-ets'), args, { cwd: dir, stdio: [input, 'pipe', 'pipe'] })
  return {
    dir,
    run: (...args) => finished(spawnIn(args)),
    feed(input, ...args) {
      const child = spawnIn(args, 'pipe')
      // A command may end before it has read everything.
      child.stdin?.on('error', () => {}).end(input)
      return finished(child)
    },
    start(...args) {
      const child = spawnIn(args)
      return { child, firstLine: firstLineOf(child) }
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

/** The key that the first start wrote. */
export const keyOf = ({ dir }: ProjectCopy): string =>
  /ADMIN_KEY="(.*)"/.exec(readFileSync(join(dir, '.dev.vars'), 'utf8'))?.[1] ?? ''

async function finished(child: ChildProcess): Promise<Finished> {
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)]
  const code = await new Promise<number | null>((done) => child.once('close', done))
  return { code, stdout: await stdout, stderr: await stderr }
}

async function textOf(stream: Readable | null): Promise<string> {
  let text = ''
  for await (const chunk of stream ?? []) text += chunk
  return text
}

async function firstLineOf(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout as Readable })) return line
  throw new Error(`nothing was printed; stderr: ${await textOf(child.stderr)}`)
}

/** Sends a signal and waits for the end. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  const code = new Promise<number | null>((done) => child.once('exit', done))
  child.kill(signal)
  return code
}
