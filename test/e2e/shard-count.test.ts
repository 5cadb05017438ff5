import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { aProjectCopy, end, type ProjectCopy } from '../support/cli.ts'

let project: ProjectCopy
let configured: string
beforeAll(() => {
  project = aProjectCopy()
  configured = readFileSync(join(project.dir, 'wrangler.toml'), 'utf8')
})
afterAll(() => project.remove())

/** What `work` gives with the service of so many shards, always on the same folder. */
async function over<T>(shards: number, work: (service: Service) => Promise<T>): Promise<T> {
  const section = `\n[vars.PROCESSES."grown"]\nshards = ${shards}\n\n[vars.PROCESSES."copy"]\nshards = 4\n`
  writeFileSync(join(project.dir, 'wrangler.toml'), configured + section)
  const { child, firstLine } = project.start('serve', '--port', '0', '--persist', join(project.dir, 'kept'))
  const { url, key } = JSON.parse(await firstLine) as { url: string; key: string }
  try {
    return await work({
      url,
      key,
      ask: (method, path, body) =>
        fetch(new URL(`/v1/tables/${path}`, url), {
          method,
          headers: { authorization: `Bearer ${key}` },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
    })
  } finally {
    await end(child, 'SIGTERM')
  }
}

interface Service {
  readonly url: string
  readonly key: string
  ask(method: string, path: string, body?: unknown): Promise<Response>
}

const KEYS = Array.from({ length: 50 }, (_, i) => `k${i}`)

it('[SHD11] a number of shards that was changed is refused over HTTP, by each route, says what to do, and loses nothing', async () => {
  await over(1, async ({ ask }) => {
    await ask('PUT', 'grown.t', { journal: 'sync' })
    for (const key of KEYS) expect((await ask('PUT', `grown.t/rows/${key}`, [key, 1])).status).toBe(200)
  })
  await over(4, async ({ ask }) => {
    for (const [method, path, body] of [
      ...KEYS.slice(0, 10).map((key) => ['GET', `grown.t/rows/${key}`] as const),
      ['PUT', 'grown.t/rows/k0', ['k0', 2]],
      ['GET', 'grown.t'],
      ['PUT', 'grown.u'],
      ['POST', 'grown.t/ops', { op: 'tab2list' }],
      ['GET', 'grown.t/export'],
    ] as const) {
      const response = await ask(method, path, body)
      expect([response.status, await response.json()]).toMatchObject([
        503,
        {
          code: 'moved',
          process: 'grown',
          shards: 1,
          detail: expect.stringContaining(
            'the process grown has one shard and was called as one of 4 shards',
          ),
        },
      ])
    }
  })
  // As docs/sharding.md says: back, and copied to a name that is configured so.
  await over(1, async ({ url, key, ask }) => {
    const at = ['--url', url, '--key', key]
    const { code, stdout } = await project.run('export', 'grown.t', ...at)
    expect(code).toBe(0)
    expect((await project.feed(stdout, 'import', 'copy.t', ...at)).code).toBe(0)
    for (const table of ['grown.t', 'copy.t']) {
      for (const each of KEYS) {
        expect(await (await ask('GET', `${table}/rows/${each}`)).json()).toEqual({ value: [[each, 1]] })
      }
    }
    expect((await ask('GET', 'copy.t')).headers.get('ets-incarnation')).toBe('4')
  })
})
