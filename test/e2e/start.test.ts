import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { httpTables } from '../../src/client/http-tables.ts'
import { aProjectCopy, end, keyOf, type ProjectCopy } from '../support/cli.ts'

let project: ProjectCopy
beforeAll(() => {
  project = aProjectCopy()
})
afterAll(() => project.remove())

/** A port that was free a moment ago. */
const freePort = (): Promise<number> =>
  new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => found(port))
    })
  })

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/healthz`).then(
    (response) => response.ok,
    () => false,
  )

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await condition()) return
    await new Promise((resume) => setTimeout(resume, 100))
  }
  throw new Error('it did not come to be within 20 s')
}

it.each(['SIGINT', 'SIGTERM'] as const)(
  '[STA1] start serves with wrangler dev until %s, and leaves nothing behind',
  async (signal) => {
    const port = await freePort()
    const { child } = project.start('start', '--port', String(port))
    const url = `http://127.0.0.1:${port}`
    await until(() => answers(url))
    const tables = httpTables({ url, key: keyOf(project) })
    const { values } = await tables.run([{ table: 't', op: 'info', args: [] }])
    expect(values).toEqual([null])
    expect(await end(child, signal)).toBe(0)
    expect(await answers(url)).toBe(false)
  },
)
