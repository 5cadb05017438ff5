import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { httpTables } from '../../src/client/http-tables.ts'
import type { Tables } from '../../src/protocol/tables.ts'
import { aProjectCopy, end, type ProjectCopy } from '../support/cli.ts'

let project: ProjectCopy
let service: { readonly url: string; readonly key: string }
let stop: () => Promise<unknown>
let tables: Tables

beforeAll(async () => {
  project = aProjectCopy()
  const { child, firstLine } = project.start('serve', '--port', '0', '--persist', join(project.dir, 'data'))
  service = JSON.parse(await firstLine)
  stop = () => end(child, 'SIGTERM')
  tables = httpTables(service)
  const rows = Array.from({ length: 20_000 }, (_, i) => [i, 'x'.repeat(50)])
  await tables.run([{ table: 'cli.t', op: 'new', args: [{ type: 'ordered_set', journal: 'sync' }] }])
  for (let from = 0; from < rows.length; from += 5_000) {
    await tables.run([{ table: 'cli.t', op: 'insert_list', args: [rows.slice(from, from + 5_000)] }])
  }
})
afterAll(async () => {
  await stop()
  project.remove()
})

/** A way to the service that cuts the first answers off after so many bytes. */
async function cuttingProxy(cuts: number[]): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer(async (incoming, outgoing) => {
    const { authorization = '' } = incoming.headers
    const answer = await fetch(`${service.url}${incoming.url}`, { headers: { authorization } })
    outgoing.writeHead(answer.status, { 'content-type': 'application/x-ndjson' })
    const isExport = incoming.url?.includes('export')
    let left = (isExport ? cuts.shift() : undefined) ?? Number.POSITIVE_INFINITY
    for await (const chunk of answer.body ?? []) {
      const part = (chunk as Uint8Array).subarray(0, left)
      left -= part.byteLength
      await new Promise((written) => outgoing.write(part, written))
      if (left === 0) return outgoing.destroy()
    }
    return outgoing.end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

describe('export and import', () => {
  it('[CMD3] take a table from one name to another, with the key of .dev.vars', async () => {
    const out = await project.run('export', 'cli.t', '--url', service.url)
    expect([out.code, out.stderr]).toEqual([0, 'edge-ets: exported 20000 rows of cli.t\n'])
    const lines = out.stdout.split('\n')
    expect([lines.length, JSON.parse(lines[0] as string)]).toMatchObject([
      20_003,
      { table: 'cli.t', format: 2 },
    ])
    const back = await project.feed(out.stdout, 'import', 'cli.copy', '--url', service.url)
    expect(back).toMatchObject({ code: 0, stdout: '' })
    expect(back.stderr).toMatch(/edge-ets: imported 20000 rows into cli\.copy\n$/)
    const { values } = await tables.run([
      { table: 'cli.copy', op: 'info', args: ['type'] },
      { table: 'cli.copy', op: 'info', args: ['size'] },
      { table: 'cli.copy', op: 'last', args: [] },
    ])
    expect(values).toEqual(['ordered_set', 20_000, 19_999])
    const again = await project.feed(out.stdout, 'import', 'cli.copy', '--url', service.url)
    expect([again.code, again.stderr]).toMatchObject([1, expect.stringContaining('edge-ets: table_exists: ')])
    const over = await project.feed(out.stdout, 'import', 'cli.copy', '--replace', '--url', service.url)
    expect(over.code).toBe(0)
  })

  it('[CMD4] an export goes on where its connection broke, wherever that was', async () => {
    const whole = await project.run('export', 'cli.t', '--url', service.url)
    const { url, server } = await cuttingProxy([1_000, 300_000, 512_345])
    const broken = await project.run('export', 'cli.t', '--url', url)
    expect(broken).toMatchObject({ code: 0, stdout: whole.stdout })
    expect(
      broken.stderr.split('\n').filter((line) => line === 'edge-ets: the connection broke'),
    ).toHaveLength(3)
    server.close()
  })

  it('[CMD5] what goes wrong is one sentence and code 1', async () => {
    const flags = ['--url', service.url]
    const said = async (work: Promise<{ code: number | null; stderr: string }>) => {
      const { code, stderr } = await work
      return [code, stderr.trim().split('\n').at(-1)]
    }
    expect(await said(project.run('export', 'nobody', ...flags))).toEqual([
      ...[1, 'edge-ets: no_such_table: There is no such table'],
    ])
    expect(await said(project.run('export', 'cli.t', ...flags, '--key', 'x'))).toMatchObject([
      ...[1, expect.stringContaining('unauthorized')],
    ])
    expect(await said(project.run('export', 't', '--url', 'nowhere'))).toEqual([
      ...[1, 'edge-ets: "nowhere" is not a URL'],
    ])
    expect(await said(project.feed('{"format":1}\n', 'import', 'cli.new', ...flags))).toEqual([
      ...[1, 'edge-ets: bad_request: line 1: table: is missing'],
    ])
    expect(await said(project.run('export', 't', '--url', 'http://127.0.0.1:1'))).toEqual([
      ...[1, 'edge-ets: there is no answer from http://127.0.0.1:1'],
    ])
    expect(await said(project.feed('', 'import', 'cli.new', '--url', 'http://127.0.0.1:1'))).toEqual([
      ...[1, 'edge-ets: there is no answer from http://127.0.0.1:1'],
    ])
  })
})
