/** Actions as HTTP requests, and what their answers say. */
import type { TableOptions } from '../../engine/options.ts'
import type { Action, Output, Shape, Target } from './history.ts'

export interface Exchange {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly idempotencyKey?: string
  readonly timeoutMs: number
}

export interface Answer {
  readonly status: number
  readonly body: unknown
  /** The answer is that of an earlier request with the same idempotency key. */
  readonly replayed: boolean
}

/** Sends a request and gives its answer, whatever its status. Errors: when there was no answer in time. */
export type Send = (exchange: Exchange) => Promise<Answer>

export type Request = Pick<Exchange, 'method' | 'path' | 'body'>

/** The type of table that holds a shape. Registers are in ordered tables, so that all four types are drilled. */
const TABLE_TYPES = {
  register: 'ordered_set',
  counter: 'set',
  bag: 'bag',
  duplicate_bag: 'duplicate_bag',
} as const satisfies Record<Shape, TableOptions['type']>

export const createRequest = ({ table, shape, journal }: Target): Request => ({
  method: 'PUT',
  path: `/v1/tables/${table}`,
  body: { type: TABLE_TYPES[shape], journal },
})

export function requestOf({ table, key }: Target, action: Action): Request {
  const row = `/v1/tables/${table}/rows/${key}`
  const verb = (op: string, ...args: unknown[]): Request => ({
    method: 'POST',
    path: `/v1/tables/${table}/ops`,
    body: { op, args },
  })
  switch (action.kind) {
    case 'insert':
      return { method: 'PUT', path: row, body: [key, action.value] }
    case 'insert_new':
    case 'delete_object':
      return verb(action.kind, [key, action.value])
    case 'increment':
      return verb('update_counter', key, 1, [key, 0])
    case 'delete':
      return { method: 'DELETE', path: row }
    case 'take':
      return verb('take', key)
    case 'read':
      return verb('lookup', key)
  }
}

/** What a successful answer says. `undefined` when it is not of the form that the verb has. */
export function outputFrom({ shape }: Target, { kind }: Action, body: unknown): Output | undefined {
  const { value } = body as { value?: unknown }
  if (kind === 'increment') return Number.isInteger(value) ? (value as number) : undefined
  if (kind !== 'read' && kind !== 'take') return typeof value === 'boolean' ? value : undefined
  if (!Array.isArray(value) || !value.every((row) => Array.isArray(row) && row.length === 2)) return undefined
  const values = (value as [string, string | number][]).map(([, each]) => each)
  if (shape === 'bag' || shape === 'duplicate_bag') return values.map(String).sort()
  if (values.length > 1) return undefined
  return values[0] ?? (shape === 'counter' ? 0 : null)
}
