import { appendFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { httpSessions } from '../../src/client/http-sessions.ts'
import { httpTables } from '../../src/client/http-tables.ts'
import { sessionsContract } from '../contract/sessions-contract.ts'
import { tablesContract } from '../contract/tables-contract.ts'
import { aProjectCopy, end, type ProjectCopy } from '../support/cli.ts'

interface Ready {
  readonly ready: boolean
  readonly url: string
  readonly key: string
  readonly pid: number
}

let project: ProjectCopy
beforeAll(() => {
  project = aProjectCopy()
  const realm = '\n[vars.SESSIONS.contract]\nowners = 4\nmaxPerUser = 3\n'
  appendFileSync(join(project.dir, 'wrangler.toml'), realm)
})
afterAll(() => project.remove())

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

interface Started extends Ready {
  stop(signal: NodeJS.Signals): Promise<number | null>
  /** The exit code, once it has ended by itself. */
  readonly ended: Promise<number | null>
}

async function started(persist: string): Promise<Started> {
  const { child, firstLine } = project.start('serve', '--port', '0', '--persist', join(project.dir, persist))
  const ready = JSON.parse(await firstLine) as Ready
  const ended = new Promise<number | null>((done) => child.once('exit', done))
  return { ...ready, stop: (signal) => end(child, signal), ended }
}

describe('serve', () => {
  it('[SRV1] prints one line when it answers, on a free port', async () => {
    const { ready, url, key, stop } = await started('ready')
    expect(ready).toBe(true)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    const answer = await httpTables({ url, key }).run([{ table: 't', op: 'info', args: [] }])
    expect(answer).toMatchObject({ values: [null], incarnation: 1 })
    await stop('SIGTERM')
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('[SRV2] %s ends it and workerd cleanly', async (signal) => {
    const { pid, stop } = await started(`stop-${signal}`)
    expect(isAlive(pid)).toBe(true)
    expect(await stop(signal)).toBe(0)
    expect(isAlive(pid)).toBe(false)
  })

  it('[SRV3] a second start on the same folder finds the data, after a kill too', async () => {
    const first = await started('again')
    await httpTables(first).run([{ table: 'kept.t', op: 'new', args: [{ keypos: 2 }] }])
    process.kill(first.pid, 'SIGKILL')
    expect(await first.ended).toBe(1)
    const second = await started('again')
    expect(second.key).toBe(first.key)
    const answer = await httpTables(second).run([{ table: 'kept.t', op: 'info', args: ['keypos'] }])
    expect(answer).toMatchObject({ values: [2], incarnation: 2 })
    await second.stop('SIGTERM')
  })

  it('[SRV5] killed with SIGKILL it leaves no workerd behind, and the next start finds the data', async () => {
    const first = await started('killed')
    await httpTables(first).run([{ table: 'kept.t', op: 'new', args: [{ journal: 'sync' }] }])
    expect(await first.stop('SIGKILL')).toBe(null)
    await vi.waitFor(() => expect(isAlive(first.pid)).toBe(false), { timeout: 5_000 })
    const second = await started('killed')
    const answer = await httpTables(second).run([{ table: 'kept.t', op: 'info', args: ['journal'] }])
    expect(answer).toMatchObject({ values: ['sync'] })
    await second.stop('SIGTERM')
  })

  it('[SRV4] a taken port is one sentence and exit code 1', async () => {
    const server = await new Promise<Server>((listening) => {
      const taken = createServer().listen(0, '127.0.0.1', () => listening(taken))
    })
    const { port } = server.address() as { port: number }
    for (const command of ['serve', 'start']) {
      const { code, stderr } = await project.run(command, '--port', String(port))
      expect([code, stderr]).toEqual([1, `edge-ets: port ${port} is taken; choose another with --port\n`])
    }
    server.close()
  })

  it.each(['70000', '-1', 'http', '1.5'])(
    '[SRV4] --port=%s is one sentence and exit code 1',
    async (port) => {
      const { code, stderr } = await project.run('serve', `--port=${port}`)
      expect([code, stderr]).toEqual([
        1,
        `edge-ets: "${port}" is not a port; give a number from 0 to 65535\n`,
      ])
    },
  )
})

describe('tables over a real workerd', () => {
  let service: Awaited<ReturnType<typeof started>>
  beforeAll(async () => {
    service = await started('contract')
  })
  afterAll(() => service.stop('SIGTERM'))
  tablesContract('of serve', () => httpTables(service))
  sessionsContract('of serve', () => httpSessions({ ...service, realm: 'contract' }))

  it('[APK9] keys are made, listed, rotated and revoked from the command line', async () => {
    const at = ['--url', service.url, '--key', service.key]
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await project.run('key', ...args, ...at)
      return { code, stderr, printed: stdout === '' ? undefined : JSON.parse(stdout) }
    }
    const made = await run(
      'create',
      'a page',
      '--grant',
      'read:shop.*',
      'write:hits',
      '--expires',
      '2100-01-01',
    )
    expect(made.printed).toMatchObject({ name: 'a page', grants: ['read:shop.*', 'write:hits'], tenant: '' })
    const { id, key } = made.printed
    const status = async (credential: string) =>
      (await fetch(`${service.url}/v1/tables/hits`, { headers: { authorization: `Bearer ${credential}` } }))
        .status
    expect(await status(key)).toBe(404)
    const rotated = await run('rotate', id, '--overlap', '0')
    expect([await status(key), await status(rotated.printed.key)]).toEqual([401, 404])
    expect((await run('list')).printed).toMatchObject({ id, secrets: [{}] })
    expect((await run('revoke', id)).code).toBe(0)
    expect(await status(rotated.printed.key)).toBe(401)
    const refused = await run('revoke', id)
    expect([refused.code, refused.stderr]).toEqual([1, 'edge-ets: no_such_key: There is no such key\n'])
    expect((await run('create', 'x', '--grant', 'own')).stderr).toMatch(/^edge-ets: bad_request: /)
    expect((await run('create', 'x', '--grant', 'read', '--expires', 'soon')).code).toBe(1)
  })

  it('[BAD3] refuses a body that goes on for ever without reading it to the end', async () => {
    let sent = 0
    const endless = new ReadableStream({
      pull(controller) {
        sent += 65_536
        if (sent > 64 * 1024 * 1024) controller.close()
        else controller.enqueue(new Uint8Array(65_536).fill(32))
      },
    })
    const init = {
      method: 'POST',
      body: endless,
      duplex: 'half',
      headers: { authorization: `Bearer ${service.key}` },
    }
    const status = await fetch(new URL('/v1/tables/life/ops', service.url), init as RequestInit).then(
      (response) => response.status,
      () => 413, // The connection may be cut before the answer is read.
    )
    expect(status).toBe(413)
    expect(sent).toBeLessThan(64 * 1024 * 1024)
  })
})
