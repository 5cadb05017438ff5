import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'

const AUDIT = join(import.meta.dirname, '..', '..', '.ci', 'audit')

let registry: Server | undefined
afterEach(() => void registry?.close())

/** Runs the audit against a registry of our own, which answers the question for advisories with `status` and `advisories`. */
async function audited(status: number, advisories: object): Promise<{ code: number; printed: string }> {
  const server = createServer((request, response) => {
    request.resume()
    const isQuestion = request.url?.endsWith('/advisories/bulk')
    const packument = { name: 'hono', versions: { '4.13.19': { name: 'hono', version: '4.13.19' } } }
    response.writeHead(isQuestion ? status : request.method === 'GET' ? 200 : 405)
    response.end(JSON.stringify(isQuestion ? advisories : packument))
  })
  registry = server
  const { port } = await new Promise<{ port: number }>((listening) => {
    server.listen(0, '127.0.0.1', () => listening(server.address() as { port: number }))
  })
  const env = {
    ...process.env,
    npm_config_registry: `http://127.0.0.1:${port}/`,
    npm_config_fetch_retries: '0',
  }
  return await new Promise((done) => {
    execFile(AUDIT, { env }, (error, stdout, stderr) => {
      done({ code: Number(error?.code ?? 0), printed: stdout + stderr })
    })
  })
}

it('[AUD1] no advisories are a pass', async () => {
  expect(await audited(200, {})).toMatchObject({
    code: 0,
    printed: expect.stringContaining('no advisories'),
  })
})

it('[AUD1] an advisory for what is deployed fails, and is shown', async () => {
  const advisory = { id: 1, url: 'https://advisories.example/1', title: 'a hole', severity: 'high' }
  const { code, printed } = await audited(200, { hono: [{ ...advisory, vulnerable_versions: '<=4.13.19' }] })
  expect([code, printed]).toEqual([1, expect.stringContaining('a hole')])
})

it('[AUD1] a registry that cannot say is no pass', async () => {
  expect(await audited(405, {})).toMatchObject({
    code: 2,
    printed: expect.stringContaining('not available at this registry'),
  })
})
