import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { offer } from '../../../src/cli/overload/offer.ts'
import type { Load, PhaseFigures } from '../../../src/cli/overload/phase.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A service that takes `turnMs` for each request, one after the other, and refuses whoever finds more than `room`. */
async function serving(turnMs: number, room: number): Promise<string> {
  let waiting = 0
  let turn = Promise.resolve()
  server = createServer((_, response) => {
    if (waiting >= room) {
      response.writeHead(503, { 'retry-after': '1', 'content-length': 21 }).end('{"code":"overloaded"}')
      return
    }
    waiting++
    turn = turn.then(() => new Promise((done) => setTimeout(done, turnMs)))
    void turn.then(() => {
      waiting--
      response.writeHead(200, { 'content-length': 2 }).end('ok')
    })
  })
  return await listening(server)
}

const listening = (made: Server): Promise<string> =>
  new Promise((ready) => {
    made.listen(0, '127.0.0.1', () => ready(`http://127.0.0.1:${(made.address() as AddressInfo).port}`))
  })

const GET = 'GET / HTTP/1.1\r\nHost: test\r\n\r\n'

const offered = (url: string, load: Load, durationMs = 500): Promise<PhaseFigures> =>
  offer({
    url,
    load,
    durationMs,
    settleMs: 100,
    requests: [GET],
    bystanders: [{ name: 'calm', request: GET }],
  })

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((all, each) => all + each, 0)

describe('offering a load', () => {
  it('[OVL1] an open load keeps to its schedule and its bound, and every request has one outcome', async () => {
    const url = await serving(5, 1_000)
    const figures = await offered(url, { kind: 'open', perSecond: 2_000, inFlight: 20 })
    // However late the timers are, what was due is offered.
    expect(figures.offered).toBeGreaterThan(1.9 * figures.durationMs)
    expect(figures.offered).toBeLessThan(2.1 * figures.durationMs)
    expect(figures.served + total(figures.refused) + figures.unsent).toBe(figures.offered)
    // Twenty of five milliseconds each, and the bystander's: nobody waits longer than for those before.
    expect(figures.unsent).toBeGreaterThan(figures.served)
    expect([figures.refused, figures.broken]).toEqual([{}, {}])
    expect(figures.bystanders).toMatchObject([{ name: 'calm', refused: {} }])
  })

  it('[OVL1] a closed load has each caller ask again when it was answered', async () => {
    const url = await serving(1, 1_000)
    const figures = await offered(url, { kind: 'closed', callers: 4 })
    expect(figures.unsent).toBe(0)
    expect(figures.served).toBe(figures.offered)
    expect(figures.goodput).toBeGreaterThan(0)
    expect(figures.p50Ms).toBeGreaterThanOrEqual(1)
    expect(figures.p99Ms).toBeGreaterThanOrEqual(figures.p50Ms)
  })

  it('[OVL2] refusals are counted by kind', async () => {
    const url = await serving(20, 2)
    const figures = await offered(url, { kind: 'open', perSecond: 500, inFlight: 50 })
    expect(figures.refused['503 overloaded']).toBeGreaterThan(10)
    expect(Object.keys(figures.refused)).toEqual(['503 overloaded'])
  })

  it('[OVL2] an answer without Retry-After, and a connection that breaks, are told apart', async () => {
    let count = 0
    server = createServer((request, response) => {
      if (count++ % 2 === 0) request.socket.destroy()
      else response.writeHead(500, { 'content-length': 19 }).end('{"code":"internal"}')
    })
    const figures = await offered(await listening(server), { kind: 'closed', callers: 2 }, 200)
    expect(figures.served).toBe(0)
    expect(figures.refused['500 internal without Retry-After']).toBeGreaterThan(0)
    expect(total(figures.broken)).toBeGreaterThan(0)
  })
})
