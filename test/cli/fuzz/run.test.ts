import { createServer, type Server } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { fuzzRun } from '../../../src/cli/fuzz/run.ts'
import { anApp, type TestApp } from '../../support/an-app.ts'
import { TEST_KEY } from '../../support/test-key.ts'

let server: Server | undefined
afterEach(() => void server?.close())

type Spoil = (response: Response, method: string, path: string, app: TestApp) => Response | Promise<Response>

/** The app in this process behind a socket, with its answers as `spoil` leaves them. */
async function aServer(spoil: Spoil = (response) => response) {
  const app = anApp()
  server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const { method = 'GET', url = '/', headers } = incoming
    const body = ['GET', 'HEAD'].includes(method) ? undefined : Buffer.concat(chunks)
    const answered = await app.request(method, url, body, headers as Record<string, string>)
    const spoilt = await spoil(answered, method, url, app)
    const fields = Object.fromEntries(spoilt.headers)
    outgoing.writeHead(spoilt.status, fields).end(Buffer.from(await spoilt.arrayBuffer()))
  })
  const { port } = await new Promise<{ port: number }>((listening) => {
    server?.listen(0, '127.0.0.1', () => listening(server?.address() as { port: number }))
  })
  return { url: `http://127.0.0.1:${port}`, key: TEST_KEY, pid: process.pid }
}

describe('a run', () => {
  it('[FUZ3] counts the answers by status, and finds nothing where nothing is wrong', async () => {
    const { figures, findings } = await fuzzRun(await aServer(), 5, 150)
    expect(findings).toEqual([])
    expect(figures).toMatchObject({ seed: 5, requests: 150, findings: 0 })
    expect(Object.values(figures.byStatus).reduce((a, b) => a + b)).toBe(150)
  })

  it('[FUZ3] finds an answer that is not promised, once, with its request', async () => {
    const spoil: Spoil = (response, _, path) =>
      path.startsWith('/v1/tables')
        ? new Response(null, { status: 500, headers: response.headers })
        : response
    const { findings } = await fuzzRun(await aServer(spoil), 5, 100)
    expect(findings).toContainEqual({
      what: 'it is 500',
      request: expect.stringMatching(/^[A-Z]+ \/v1\/tables/),
    })
    expect(findings.filter(({ what }) => what === 'it is 500')).toHaveLength(1)
  })

  it('[FUZ3] finds that a process ended, whatever was answered', async () => {
    let asked = 0
    const spoil: Spoil = (response, _, path) => {
      if (path !== '/v1/stats') return response
      const incarnation = ++asked < 20 ? 1 : 2
      const value = { processes: [{ tenant: '', process: 'p', seq: 1, incarnation, largest: [] }] }
      return Response.json({ value })
    }
    const { findings } = await fuzzRun(await aServer(spoil), 5, 50)
    expect(findings.map(({ what }) => what)).toContain('a process ended')
  })

  it('[FUZ3] finds a refusal that changed something', async () => {
    let made = 0
    const spoil: Spoil = async (response, method, path, app) => {
      if (response.status === 404 && method === 'GET' && path.startsWith('/v1/tables')) {
        const name = `k${made++}`
        await app.request('POST', '/v1/keys', JSON.stringify({ name, grants: ['read'] }))
      }
      return response
    }
    const { findings } = await fuzzRun(await aServer(spoil), 5, 300)
    expect(findings.map(({ what }) => what)).toContain('it is 404 and changed something')
  })
})
