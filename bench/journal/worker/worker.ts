/**
 * The Worker of the journal bench: the service itself, two naive objects beside it, and short ways to each.
 *
 * The short ways are alike: the path is split, one call goes to one object, the answer is empty. So what is
 * compared is what the objects do. Everything else goes to the service as it is deployed.
 */
import { DurableObject } from 'cloudflare:workers'
import { TableProcess as Deployed } from '../../../src/process/table-process.ts'
import { processOf } from '../../../src/protocol/names.ts'
import type { Operation } from '../../../src/protocol/operation.ts'
import service, { type Env as ServiceEnv } from '../../../src/worker.ts'
import { DRIVEN_KEYS } from '../contenders.ts'
import { type Meter, metered } from './metered.ts'

export { KeyRing, Supervisor } from '../../../src/worker.ts'

/** The deployed process, with what its storage counts and how long its turns take. */
export class TableProcess extends Deployed {
  readonly #meter: Meter

  constructor(ctx: DurableObjectState, env: ServiceEnv) {
    const meter = metered(ctx)
    super(ctx, env)
    this.#meter = meter
  }

  override run(...call: Parameters<Deployed['run']>): ReturnType<Deployed['run']> {
    const beganMs = performance.now()
    const reply = super.run(...call)
    this.#meter.noteTurn(performance.now() - beganMs)
    return reply
  }

  meter(): ReturnType<Meter['read']> {
    return this.#meter.read()
  }
}

/** One `storage.put` an operation. */
export class PutFloor extends DurableObject {
  async write(key: string, value: string): Promise<void> {
    await this.ctx.storage.put(key, value)
  }

  async rows(): Promise<[string, string][]> {
    return [...(await this.ctx.storage.list<string>())]
  }

  meter(): { written: number; changed: number } {
    const changed = changedRows(this.ctx)
    return { written: changed, changed }
  }
}

/** One SQL upsert an operation. */
export class SqlFloor extends DurableObject {
  #written = 0

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as Cloudflare.Env)
    ctx.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS pairs (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
    )
  }

  write(key: string, value: string): void {
    const { rowsWritten } = this.ctx.storage.sql.exec(
      'INSERT INTO pairs VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
      key,
      value,
    )
    this.#written += rowsWritten
  }

  writeAll(pairs: readonly (readonly [string, string])[]): void {
    for (const [key, value] of pairs) this.write(key, value)
  }

  rows(): [string, string][] {
    const rows = this.ctx.storage.sql.exec<{ key: string; value: string }>('SELECT key, value FROM pairs')
    return Array.from(rows, ({ key, value }) => [key, value])
  }

  meter(): { written: number; changed: number } {
    return { written: this.#written, changed: changedRows(this.ctx) }
  }
}

/** Answers, and does nothing: what the platform takes for a call. */
export class Nothing extends DurableObject {
  write(): void {}
}

interface Env extends ServiceEnv {
  readonly PUT_FLOOR: DurableObjectNamespace<PutFloor>
  readonly SQL_FLOOR: DurableObjectNamespace<SqlFloor>
  readonly NOTHING: DurableObjectNamespace<Nothing>
}

interface ProcessStub {
  run(operations: readonly Operation[]): Promise<{ readonly ok: boolean }>
  meter(): Promise<ReturnType<Meter['read']>>
}

/** SQLite's own count of the rows inserted, changed and deleted since the object started. */
const changedRows = ({ storage }: DurableObjectState): number =>
  storage.sql.exec<{ changed: number }>('SELECT total_changes() AS changed').one().changed

const FILLER = 'x'.repeat(90)
const textOf = (number: string | number): string => `${number}.${FILLER}`.slice(0, 100)

export default {
  async fetch(request, env, ctx) {
    const path = request.url.slice(request.url.indexOf('/', 8) + 1)
    const [way, name = '', first = '', second = '', number] = path.split('/')
    switch (way) {
      case 'nothing':
      case 'put':
      case 'sql':
      case 'ours':
        return await written(env, way, name, first, second)
      case 'drive':
        return await driven(env, name, first, Number(second), Number(number))
      case 'look':
        return await ran(env, name, 'lookup', first)
      case 'fill':
        return await ran(env, name, 'insert_list', rowsFrom(Number(first), Number(second)))
      case 'timed':
        return await filledTimed(env, path)
      case 'scatter':
        return await ran(env, name, 'insert_list', scattered(Number(first), Number(second)))
      case 'scatter-sql':
        await env.SQL_FLOOR.getByName('scatter').writeAll(scattered(Number(first), Number(second)))
        return new Response('')
      case 'rows':
        return Response.json(await (name === 'put' ? env.PUT_FLOOR : env.SQL_FLOOR).getByName('one').rows())
      case 'meter':
        return Response.json(await meterOf(env, name))
      default:
        return await service.fetch(request, env, ctx)
    }
  },
} satisfies ExportedHandler<Env>

/** One write the given way. */
async function written(env: Env, way: string, table: string, key: string, number: string): Promise<Response> {
  if (way === 'ours') return await ran(env, table, 'insert', [key, textOf(number)])
  if (way === 'put') await env.PUT_FLOOR.getByName('one').write(key, textOf(number))
  else if (way === 'sql') await env.SQL_FLOOR.getByName('one').write(key, textOf(number))
  else await env.NOTHING.getByName('one').write()
  return new Response('')
}

/** Callers within this Worker, without HTTP: each writes its keys one after the other. */
async function driven(
  env: Env,
  way: string,
  table: string,
  callers: number,
  number: number,
): Promise<Response> {
  const call = async (_: unknown, caller: number): Promise<boolean> => {
    for (let i = 0; i < DRIVEN_KEYS; i++) {
      if (!(await written(env, way, table, `d${caller}.${i}`, String(number))).ok) return false
    }
    return true
  }
  const done = await Promise.all(Array.from({ length: callers }, call))
  return new Response('', { status: done.every(Boolean) ? 200 : 500 })
}

async function ran(env: Env, table: string, op: Operation['op'], argument: unknown): Promise<Response> {
  const operation = { table, op, args: [argument] } as Operation
  const { ok } = await processStub(env, table).run([operation])
  return new Response('', { status: ok ? 200 : 500 })
}

/** Rows whose deadlines are spread over a span. */
async function filledTimed(env: Env, path: string): Promise<Response> {
  const [, table = '', ...numbers] = path.split('/')
  const [from = 0, count = 0, firstMs = 0, spanMs = 0, rows = 1] = numbers.map(Number)
  const operations = Array.from({ length: count }, (_, i) => {
    const expiresAtMs = Math.floor(firstMs + ((from + i) * spanMs) / rows)
    return { table, op: 'insert', args: [[keyOf(from + i), FILLER.slice(0, 80)], { expiresAtMs }] }
  })
  const { ok } = await processStub(env, table).run(operations)
  return new Response('', { status: ok ? 200 : 500 })
}

// As in `router/durable-tables`: the types of the methods are too deep for TypeScript.
const processStub = (env: Env, table: string): ProcessStub =>
  env.TABLE_PROCESS.getByName(processOf(table)) as unknown as ProcessStub

function meterOf(env: Env, name: string): Promise<unknown> {
  if (name === 'put') return env.PUT_FLOOR.getByName('one').meter()
  if (name === 'sql') return env.SQL_FLOOR.getByName('one').meter()
  return processStub(env, name).meter()
}

const keyOf = (number: number): string => `key:${String(number).padStart(8, '0')}`

const rowsFrom = (from: number, count: number): [string, string][] =>
  Array.from({ length: count }, (_, i) => [keyOf(from + i), textOf(from + i)])

/** A hundred rows here and there among the first `size`. */
function scattered(size: number, seed: number): [string, string][] {
  return Array.from({ length: 100 }, (_, i) => {
    const number = Math.imul(seed * 100 + i, 0x9e3779b1) >>> 0
    return [keyOf(number % size), textOf(seed)]
  })
}
