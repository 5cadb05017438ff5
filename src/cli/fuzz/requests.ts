/** Requests: each operation of the document, mostly as it wants to be called, now and then as nobody should. */
import fc from 'fast-check'
import type { Described, Parameter } from './document.ts'
import { KEYS, spoilt, textOf, valuesOf } from './values.ts'

/** Whose credential is sent; see `world`. */
export const CREDENTIALS = ['admin', 'writer', 'reader', 'stranger', 'token', 'wrong', 'none'] as const
export type Credential = (typeof CREDENTIALS)[number]

export interface FuzzRequest {
  readonly described: Described
  readonly method: string
  /** The path with its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly credential: Credential
}

/** Names of the world, and those of nobody, by the name of the parameter. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  table: [
    'fuzz.set',
    'fuzz.ordered',
    'fuzz.bag',
    'fuzz.sync',
    'fuzz.cache',
    'fuzz.new',
    'other.t',
    'none',
    '$replies',
  ],
  cache: ['fuzz.cache', 'fuzz.cache', 'fuzz.set', 'fuzz.made', 'none'],
  process: ['fuzz', 'fuzz', 'other', 'sessions-web', 'none', 'acme:fuzz'],
  realm: ['web', 'web', 'nowhere'],
  user: ['ada', 'bob', '%00', 'a%2Fb'],
  key: [
    ...KEYS.map((key) => encodeURIComponent(JSON.stringify(key))),
    'a',
    'plain',
    '%5B1',
    '%zz',
    '%ED%A0%80',
  ],
}

/** What is never asked for: a drill and a clock are switched off, so these are refused; nothing else is left out. */
const METHODS = ['get', 'head', 'put', 'post', 'patch', 'delete', 'options', 'propfind']

export function requestsOf(operations: readonly Described[]): fc.Arbitrary<FuzzRequest> {
  return fc.oneof(
    ...operations.map((described) => ({ weight: weightOf(described), arbitrary: requestOf(described) })),
  )
}

/** Where the most can go wrong the most is asked. */
const weightOf = ({ path }: Described): number =>
  path.endsWith('/ops') || path.endsWith('/transactions') ? 8 : 1

function requestOf(described: Described): fc.Arbitrary<FuzzRequest> {
  const { operation, path, method } = described
  const of = (place: Parameter['in']) => operation.parameters.filter((each) => each.in === place)
  return fc
    .record({
      names: fc.tuple(...of('path').map(nameOf)),
      query: fc.tuple(...of('query').map(optional)),
      headers: fc.tuple(...of('header').map(optional)),
      body: bodyOf(described),
      credential: fc.oneof(
        { weight: 6, arbitrary: fc.constant<Credential>('admin') },
        { weight: 4, arbitrary: fc.constantFrom(...CREDENTIALS) },
      ),
      stray: fc.oneof(
        { weight: 30, arbitrary: fc.constant('') },
        fc.constantFrom('x=1', 'after=a&after=b', '__proto__=1'),
      ),
      other: fc.oneof({ weight: 30, arbitrary: fc.constant(method) }, fc.constantFrom(...METHODS)),
      type: fc.oneof(
        { weight: 20, arbitrary: fc.constant('application/json') },
        fc.constantFrom('text/html', 'application/json;charset=latin1', '', 'x/y;;=', 'multipart/form-data'),
      ),
    })
    .map(({ names, query, headers, body, credential, stray, other, type }) => {
      const filled = of('path').reduce(
        (text, { name }, i) => text.replace(`{${name}}`, () => names[i] as string),
        path,
      )
      const pairs = pairsOf(of('query'), query).map(
        ([name, value]) => `${name}=${encodeURIComponent(wellFormed(value))}`,
      )
      const all = [...pairs, ...(stray === '' ? [] : [stray])].join('&')
      const hasBody = body !== undefined && !['get', 'head'].includes(other)
      return {
        described,
        method: other.toUpperCase(),
        path: all === '' ? filled : `${filled}?${all}`,
        headers: {
          ...Object.fromEntries(
            pairsOf(of('header'), headers).map(([name, value]) => [name, headerText(value)]),
          ),
          ...(hasBody ? { 'content-type': type } : {}),
        },
        body: hasBody ? body : undefined,
        credential,
      }
    })
}

/** Names that start a process each. A few are made, so that a long run has no more processes than a short one. */
const NAMES_OF_OBJECTS = ['table', 'cache', 'process']
const MADE_NAMES = 12

const nameOf = ({ name, schema }: Parameter): fc.Arbitrary<string> => {
  const any = textOf(schema).map((text) => encodeURIComponent(wellFormed(text)).slice(0, 400))
  const made = NAMES_OF_OBJECTS.includes(name)
    ? fc.constantFrom(...fc.sample(any, { seed: 1, numRuns: MADE_NAMES }))
    : any
  const known = NAMES[name]
  return known === undefined ? made : fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...known) }, made)
}

/** Mostly left out, as they mostly are. */
const optional = ({ name, schema, required }: Parameter): fc.Arbitrary<string | undefined> =>
  fc.option(valuesOf(hinted(name, schema)).map(textIn), { nil: undefined, freq: required ? 20 : 1 })

/** The token of the session that there is in the world. */
export const SESSION = '{session}'

/** Headers that are more than text, as they are written. */
const HINTS: Readonly<Record<string, readonly string[]>> = {
  'If-Match': ['*', '"1"', 'W/"1"', '"1", "2"', 'x'],
  'If-None-Match': ['*', '"1"', 'W/"1"', 'x'],
  'Session-Token': [SESSION, SESSION, SESSION, 's1_x', ''],
  'Cache-Control': ['max-age=60', 'max-age=0', 'max-age=60, stale-while-revalidate=30', 'x'],
}

const hinted = (name: string, schema: Parameter['schema']): Parameter['schema'] =>
  HINTS[name] === undefined ? schema : { enum: HINTS[name] }

const pairsOf = (
  parameters: readonly Parameter[],
  values: readonly (string | undefined)[],
): [string, string][] =>
  parameters.flatMap(({ name }, i): [string, string][] => {
    const value = values[i]
    return value === undefined ? [] : [[name, value]]
  })

function bodyOf({ operation: { requestBody } }: Described): fc.Arbitrary<string | undefined> {
  if (requestBody === undefined) return fc.constant(undefined)
  const [type, { schema } = { schema: {} }] = Object.entries(requestBody.content)[0] ?? []
  const line = valuesOf(schema).map((value) => JSON.stringify(value) ?? '')
  const whole = type?.includes('ndjson')
    ? fc.array(line, { maxLength: 5 }).map((lines) => lines.join('\n'))
    : line
  return fc.oneof(
    { weight: 8, arbitrary: whole },
    { weight: 2, arbitrary: spoilt(whole) },
    { weight: 1, arbitrary: fc.constantFrom(undefined, '', 'null', '[]', '{}', '0', '"') },
  )
}

/** Lone surrogates cannot be sent in a URL. */
const wellFormed = (text: string): string => text.replaceAll(/\p{Cs}/gu, '?')

/** What a header may hold: the client itself refuses to send anything else. */
const headerText = (value: string): string => value.replaceAll(/[^\x21-\x7e]+/g, '-').slice(0, 2_000)

/** A value as it stands in a query or a header. */
const textIn = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
