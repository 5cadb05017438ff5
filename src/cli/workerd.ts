/**
 * Runs the built Worker straight on the workerd binary, with a configuration made from `wrangler.toml`.
 *
 * No proxy stands in front, so it is as fast as workerd is. Durable Objects keep their SQLite files in the
 * given folder and are found there again at the next start.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { build } from 'esbuild'
import workerd from 'workerd'
import { CliError } from './error.ts'
import { guard } from './guard.ts'
import { assertPortIsFree } from './port.ts'
import { inProject, PROJECT_DIR } from './project.ts'
import type { WorkerConfig } from './worker-config.ts'

export interface ServeOptions {
  readonly config: WorkerConfig
  readonly adminKey: string
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  readonly persistDir: string
}

export interface RunningWorker {
  readonly url: string
  /** The process id of workerd, for drills that kill it. */
  readonly pid: number
  /** Ends workerd and waits until it has ended. */
  stop(): Promise<void>
  /** Resolves when workerd has ended, by itself or not. */
  readonly ended: Promise<void>
}

const READY_TIMEOUT_MS = 15_000
/** One question after it; a connection that is taken and not answered is given up. */
const ATTEMPT_TIMEOUT_MS = 3_000
/** Time for requests under way before workerd is killed. */
const STOP_TIMEOUT_MS = 5_000

/** Starts workerd and waits until it answers. Errors: `CliError` for a taken port or a failed start. */
export async function startWorkerd(options: ServeOptions): Promise<RunningWorker> {
  await assertPortIsFree(options.host, options.port)
  const buildDir = mkdtempSync(join(tmpdir(), 'edge-ets-'))
  await bundle(options.config, buildDir)
  const persistDir = resolve(options.persistDir)
  mkdirSync(persistDir, { recursive: true })
  writeFileSync(join(buildDir, 'config.capnp'), capnpOf(options, persistDir))
  const child = spawn(workerd.default, ['serve', '--control-fd=3', 'config.capnp'], {
    cwd: buildDir,
    // Its log goes to standard error: standard output is for what the command itself has to say.
    stdio: ['ignore', process.stderr, 'inherit', 'pipe'],
    env: { ADMIN_KEY: options.adminKey },
  })
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  const release = child.pid === undefined ? () => {} : guard(child.pid, buildDir)
  void ended.then(() => {
    release()
    rmSync(buildDir, { recursive: true, force: true })
  })
  const stop = (): Promise<void> => stopChild(child, ended)
  try {
    const port = await listeningPort(child)
    const url = `http://${options.host}:${port}`
    await answered(url)
    return { url, pid: child.pid as number, stop, ended }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Bundles as `wrangler deploy` does: one module, the platform's own modules left outside. */
async function bundle({ main }: WorkerConfig, outDir: string): Promise<void> {
  await build({
    entryPoints: [inProject(main)],
    absWorkingDir: PROJECT_DIR,
    outfile: join(outDir, 'worker.js'),
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    logLevel: 'error',
  })
}

/** The configuration of workerd. Strings go through JSON, whose escapes Cap'n Proto reads alike. */
function capnpOf({ config, host, port }: ServeOptions, persistDir: string): string {
  const namespaces = config.durableObjects.map(
    ({ className }) => `(className = "${className}", uniqueKey = "edge-ets-${className}", enableSql = true)`,
  )
  const bindings = [
    '(name = "ADMIN_KEY", fromEnvironment = "ADMIN_KEY")',
    ...Object.entries(config.vars).map(([name, value]) => variable(name, value)),
    ...config.durableObjects.map(
      ({ binding, className }) => `(name = "${binding}", durableObjectNamespace = "${className}")`,
    ),
  ]
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "storage", disk = (path = ${JSON.stringify(persistDir)}, writable = true)),
  ],
  sockets = [(name = "http", address = ${JSON.stringify(`${host}:${port}`)}, http = (), service = "worker")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = ${JSON.stringify(config.compatibilityDate)},
  compatibilityFlags = [${config.compatibilityFlags.map((flag) => JSON.stringify(flag)).join(', ')}],
  bindings = [${bindings.join(', ')}],
  durableObjectNamespaces = [${namespaces.join(', ')}],
  durableObjectStorage = (localDisk = "storage"),
);
`
}

const variable = (name: string, value: unknown): string =>
  typeof value === 'string'
    ? `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`
    : `(name = ${JSON.stringify(name)}, json = ${JSON.stringify(JSON.stringify(value))})`

/** The port workerd says that it listens on. */
async function listeningPort(child: ChildProcess): Promise<number> {
  const lines = createInterface({ input: child.stdio[3] as Readable })
  for await (const line of lines) {
    const event = JSON.parse(line) as { event: string; port?: number }
    if (event.event === 'listen' && event.port !== undefined) return event.port
  }
  throw new CliError('workerd ended before it listened; its message is above')
}

async function answered(url: string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  for (;;) {
    const signal = AbortSignal.timeout(ATTEMPT_TIMEOUT_MS)
    const response = await fetch(`${url}/healthz`, { signal }).catch(() => undefined)
    await response?.body?.cancel()
    if (response?.ok) return
    if (Date.now() > deadline) throw new CliError(`the Worker did not answer within ${READY_TIMEOUT_MS} ms`)
    await new Promise((resume) => setTimeout(resume, 50))
  }
}

async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await ended
  clearTimeout(timer)
}
