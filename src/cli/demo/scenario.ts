/**
 * What the demo plays: a script of requests, in order, against a service with nothing in it.
 *
 * A step is a title and a request. Everything in the transcript must come out the same each time, so a
 * step asks for nothing that depends on the clock or on chance.
 */

import { AFTER_THE_CRASH, BEFORE_THE_CRASH } from './sessions.ts'

export interface RequestStep {
  readonly title: string
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown
  /** The step is played without a key. */
  readonly anonymous?: true
  readonly idempotencyKey?: string
  /** Whose token is sent along, by the name that it was issued for. */
  readonly session?: string
  /** For whom the token is that this step is answered with. */
  readonly issues?: string
}

/** The service is killed and started again. */
export interface CrashStep {
  readonly title: string
  readonly crash: true
}

export type Step = RequestStep | CrashStep

const ops = (table: string, title: string, body: unknown): RequestStep => ({
  title,
  method: 'POST',
  path: `/v1/tables/${table}/ops`,
  body,
})

/** With the clock of the process set, time passes when it is told to. */
const EXPIRY: readonly Step[] = [
  { title: 'A table whose rows end', method: 'PUT', path: '/v1/tables/codes', body: { journal: 'sync' } },
  {
    title: 'Time stands still from here on',
    method: 'PUT',
    path: '/v1/processes/codes/clock',
    body: { nowMs: 1_800_000_000_000 },
  },
  ops('codes', 'A row for a minute', { op: 'insert', args: [['ada', 417], { ttlMs: 60_000 }] }),
  {
    title: 'A millisecond before',
    method: 'PUT',
    path: '/v1/processes/codes/clock',
    body: { advanceMs: 59_999 },
  },
  ops('codes', 'It is there', { op: 'lookup', args: ['ada'] }),
  ops('codes', 'With so much left', { op: 'ttl', args: ['ada'] }),
  {
    title: 'The millisecond after',
    method: 'PUT',
    path: '/v1/processes/codes/clock',
    body: { advanceMs: 1 },
  },
  ops('codes', 'And it is gone', { op: 'lookup', args: ['ada'] }),
  ops('codes', 'Its memory is free again', { op: 'info', args: ['bytes'] }),
]

export const SCENARIO: readonly Step[] = [
  { title: 'The service is up', method: 'GET', path: '/healthz' },
  { title: 'Without a key nothing goes', method: 'GET', path: '/v1/tables/hits', anonymous: true },
  { title: 'Create a table', method: 'PUT', path: '/v1/tables/hits', body: { type: 'set' } },
  { title: 'There is only one of that name', method: 'PUT', path: '/v1/tables/hits', body: { type: 'set' } },
  { title: 'Store a row under its key', method: 'PUT', path: '/v1/tables/hits/rows/home', body: ['home', 1] },
  { title: 'Look it up', method: 'GET', path: '/v1/tables/hits/rows/home' },
  ops('hits', 'Insert two rows', {
    op: 'insert_list',
    args: [
      [
        ['about', 7],
        [['blog', 2026], 3, { pinned: true }],
      ],
    ],
  }),
  ops('hits', 'A key may be any term', { op: 'lookup', args: [['blog', 2026]] }),
  ops('hits', 'A taken key is not inserted as new', { op: 'insert_new', args: [['home', 0]] }),
  ops('hits', 'Count', { op: 'update_counter', args: ['home', 1] }),
  ops('hits', 'Count from a default row, at most to ten', {
    op: 'update_counter',
    args: ['new', [2, 50, 10, 10], ['', 0]],
  }),
  ops('hits', 'Two verbs as one atomic batch', [
    { op: 'update_counter', args: ['home', 10] },
    { op: 'take', args: ['about'] },
  ]),
  ops('hits', 'One bad verb and the batch did nothing', [
    { op: 'delete', args: ['home'] },
    { op: 'update_counter', args: ['nobody', 1] },
  ]),
  ops('hits', 'So this row is still there', { op: 'member', args: ['home'] }),
  { title: 'What the table says of itself', method: 'GET', path: '/v1/tables/hits' },
  { title: 'Remove a row', method: 'DELETE', path: '/v1/tables/hits/rows/home' },
  { title: 'It is gone', method: 'GET', path: '/v1/tables/hits/rows/home' },
  ...EXPIRY,
  { title: 'A table in key order', method: 'PUT', path: '/v1/tables/people', body: { type: 'ordered_set' } },
  ops('people', 'With rows of people', {
    op: 'insert_list',
    args: [
      [
        [['ada', 1815], { city: 'London', age: 36 }],
        [['bob', 1990], { city: 'Oslo', age: 12 }],
        [['cyd', 1970], { city: 'Oslo', age: 54 }],
      ],
    ],
  }),
  ops('people', 'Find by pattern', { op: 'match', args: [[['$1', '_'], { city: 'Oslo' }]] }),
  ops('people', 'Find by match specification', {
    op: 'select',
    args: [[[['$1', { age: '$2' }], [['>=', '$2', 18]], [{ tuple: ['$1', '$2'] }]]]],
  }),
  ops('people', 'What that looks at', { op: 'explain', args: ['match', [['ada', '_'], '_']] }),
  ops('people', 'The first page of a scan', { op: 'scan', args: ['match_object', '_', { limit: 2 }] }),
  ops('people', 'And the next', {
    op: 'scan',
    args: ['match', [['$1', '_'], '_'], { limit: 2, cursor: { key: ['bob', 1990] } }],
  }),
  {
    title: 'Two tables of one process change together',
    method: 'POST',
    path: '/v1/processes/shop/transactions',
    body: [
      { table: 'shop.stock', op: 'new' },
      { table: 'shop.carts', op: 'new', args: [{ type: 'bag' }] },
      { table: 'shop.stock', op: 'insert', args: [['tea', 9]] },
      {
        table: 'shop.carts',
        op: 'insert_list',
        args: [
          [
            ['ada', 'tea'],
            ['ada', 'milk'],
          ],
        ],
      },
      { table: 'shop.carts', op: 'lookup', args: ['ada'] },
    ],
  },
  ops('shop.stock', 'A table stays with its process', { op: 'rename', args: ['bank.stock'] }),
  ops('hits', 'An unknown verb is refused', { op: 'insrt', args: [] }),
  ops('hits', 'Too few arguments are refused', { op: 'lookup', args: [] }),
  ops('hits', 'Bad JSON is refused', '{"op":'),
  { title: 'Drop the table', method: 'DELETE', path: '/v1/tables/hits' },
  { title: 'Nothing is left', method: 'GET', path: '/v1/tables/hits' },
  {
    title: 'A table that keeps everything',
    method: 'PUT',
    path: '/v1/tables/ledger.sync',
    body: { journal: 'sync' },
  },
  {
    title: 'And one that keeps nothing',
    method: 'PUT',
    path: '/v1/tables/ledger.none',
    body: { journal: 'none' },
  },
  ops('ledger.none', 'A row that may be lost', { op: 'insert', args: [['gone', 1]] }),
  {
    ...ops('ledger.sync', 'Count, under a key of its own', {
      op: 'update_counter',
      args: ['n', 1, ['', 41]],
    }),
    idempotencyKey: 'first',
  },
  ...BEFORE_THE_CRASH,
  { title: 'The machine fails', crash: true },
  {
    ...ops('ledger.sync', 'Sent again under its key, it counts once', {
      op: 'update_counter',
      args: ['n', 1, ['', 41]],
    }),
    idempotencyKey: 'first',
  },
  ops('ledger.sync', 'What was acknowledged is there', { op: 'tab2list' }),
  ops('ledger.none', 'What was not to be kept is not', { op: 'tab2list' }),
  { title: 'What the new start found', method: 'GET', path: '/v1/processes/ledger' },
  ...AFTER_THE_CRASH,
]
