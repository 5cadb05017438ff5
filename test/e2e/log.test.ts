import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MadeKey } from '../../src/protocol/keys.ts'
import { aProjectCopy, end, type ProjectCopy } from '../support/cli.ts'

let project: ProjectCopy
beforeAll(() => {
  project = aProjectCopy()
})
afterAll(() => project.remove())

const PLANTED = 'plantedSecret'

describe('what serve prints', () => {
  it('[LOG5] has no key, token, row or name in it, whatever is asked; [LOG6] and has the lives of processes', async () => {
    appendFileSync(join(project.dir, 'wrangler.toml'), '\n[vars]\nLOG_LEVEL = "debug"\nFAULTS = "on"\n')
    const { child, firstLine } = project.start('serve', '--port', '0', '--persist', join(project.dir, 'data'))
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        printed += chunk
      })
    }
    const ready = await firstLine
    const { url, key } = JSON.parse(ready) as { url: string; key: string }
    const send = async (credential: string, method: string, path: string, body?: unknown, headers = {}) => {
      const response = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${credential}`, ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      return { status: response.status, text: await response.text() }
    }
    const made = await send(key, 'POST', '/v1/keys', { name: PLANTED, grants: ['admin'], tenant: 'acme' })
    const { key: own, id } = (JSON.parse(made.text) as { value: MadeKey }).value
    const minted = await send(own, 'POST', '/v1/tokens', { grants: ['write'] })
    const { token } = (JSON.parse(minted.text) as { value: { token: string } }).value
    const table = `/v1/tables/${PLANTED}Name`
    for (const credential of [own, token, key]) {
      await send(credential, 'PUT', table, { journal: 'sync' })
      await send(credential, 'PUT', `${table}/rows/${PLANTED}Key`, [`${PLANTED}Key`, `${PLANTED}Value`])
      await send(credential, 'GET', `${table}/rows/${PLANTED}Key`)
      await send(credential, 'POST', `${table}/ops`, `{"op":"${PLANTED}`)
      await send(credential, 'POST', `${table}/ops`, { op: `${PLANTED}Verb` })
      await send(credential, 'POST', `${table}/ops`, { op: 'update_counter', args: [`${PLANTED}Key`, 1] })
      await send(credential, 'GET', `${table}?key=${credential}`)
      await send(credential, 'GET', `/${PLANTED}/path`)
      await send(credential, 'GET', table, undefined, { 'x-request-id': credential, 'user-agent': PLANTED })
      await send(`${credential}${PLANTED}`, 'GET', table)
      await send(credential, 'POST', `${table}/import`, `{"format":1}\n${PLANTED}`)
    }
    await send(key, 'POST', `/v1/processes/${PLANTED}Name/faults`, { fault: 'refuse_append' })
    await send(key, 'PUT', `${table}/rows/x`, ['x'])
    await send(key, 'GET', table)
    await send(key, 'DELETE', `/v1/keys/${id}`)
    await end(child, 'SIGTERM')
    const log = printed.replace(ready, '')
    const lines = log.split('\n').filter((line) => line.startsWith('{'))
    const events = lines.map((line) => (JSON.parse(line) as { event: string }).event)
    expect(events.filter((event) => event === 'request').length).toBeGreaterThan(30)
    expect(new Set(events)).toEqual(new Set(['request', 'start', 'crash']))
    for (const secret of [
      own,
      own.slice(14),
      token,
      token.split('.')[2],
      key.slice(14),
      `${PLANTED}K`,
      `${PLANTED}V`,
    ]) {
      expect(log).not.toContain(secret)
    }
    const ofRequests = lines.filter((line) => line.includes('"event":"request"'))
    expect(ofRequests.join('\n')).not.toContain(PLANTED)
  })
})
