/** Every operation that the OpenAPI document has, with a path and a body that it would take. */
import type { TestApp } from './an-app.ts'

export interface EachOperation {
  readonly method: string
  readonly template: string
  readonly path: string
  readonly body: string | undefined
  /** The scope that a key must have. */
  readonly needs: 'read' | 'write' | 'admin'
}

interface Described {
  readonly security: readonly [{ readonly key: readonly [EachOperation['needs']] }]
  readonly requestBody?: object
}

const NAMES: Readonly<Record<string, string>> = {
  table: 't',
  cache: 'c',
  process: 't',
  key: 'a',
  realm: 'web',
  user: 'ada',
  id: 'abcdefgh',
}

/** What each path takes; the others take an empty object. */
const BODIES: Readonly<Record<string, unknown>> = {
  '/v1/tables/{table}/rows/{key}': ['a', 1],
  '/v1/tables/{table}/ops': { op: 'insert', args: [['a', 1]] },
  '/v1/caches/{cache}/ops': { op: 'cache_put', args: ['a', 1] },
  '/v1/processes/{process}/transactions': [{ table: 't', op: 'insert', args: [['a', 1]] }],
  '/v1/processes/{process}/faults': { fault: 'rebuild' },
  '/v1/processes/{process}/clock': { nowMs: 1 },
  '/v1/keys': { name: 'made', grants: ['read'] },
  '/v1/tokens': { grants: ['read'] },
}

export async function everyOperation({ request }: TestApp): Promise<readonly EachOperation[]> {
  const document = (await (await request('GET', '/openapi.json')).json()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  }
  return Object.entries(document.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, { security, requestBody }]) => ({
      method: method.toUpperCase(),
      template,
      path: template.replaceAll(/\{(\w+)\}/g, (_, name: string) => NAMES[name] as string),
      body: requestBody === undefined ? undefined : JSON.stringify(BODIES[template] ?? {}),
      needs: security[0].key[0],
    })),
  )
}
