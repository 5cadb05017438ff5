import { expect, it } from 'vitest'
import { BodyRoom } from '../../src/http/body-room.ts'
import { MAX_BODIES_BYTES } from '../../src/protocol/limits.ts'
import { TestClock } from '../support/a-clock.ts'
import { anApp } from '../support/an-app.ts'
import { expectRefusal } from '../support/refusal.ts'

const MIB = 1024 * 1024

it('[BAD9] what is read at a time is bounded, and room comes back whether reading succeeds or not', async () => {
  const room = new BodyRoom(() => 0)
  const { promise, resolve } = Promise.withResolvers<void>()
  const held = Array.from({ length: MAX_BODIES_BYTES / MIB }, () => room.during(MIB, () => promise))
  let wasRead = false
  const read = async (): Promise<void> => {
    wasRead = true
  }
  await expectRefusal(() => room.during(1, read), 'overloaded')
  expect(wasRead).toBe(false)
  resolve()
  await Promise.all(held)
  await expect(room.during(MAX_BODIES_BYTES, () => Promise.reject(new Error('broken')))).rejects.toThrow(
    'broken',
  )
  await room.during(MAX_BODIES_BYTES, read)
  expect(wasRead).toBe(true)
})

it('[BAD9] a request that never comes back does not keep its room for ever', async () => {
  const clock = new TestClock()
  const room = new BodyRoom(clock.read)
  void room.during(MAX_BODIES_BYTES, () => new Promise(() => {}))
  await expectRefusal(() => room.during(1, async () => {}), 'overloaded')
  await clock.pass(120_000)
  await room.during(MAX_BODIES_BYTES, async () => {})
})

it('[BAD9] bodies that dribble in are refused beyond it, those that were let in are served, and then all are', async () => {
  const { request } = anApp()
  await request('PUT', '/v1/tables/t')
  const { promise, resolve } = Promise.withResolvers<void>()
  const text = new TextEncoder().encode('{"op":"info","args":["size"]}')
  /** One that announces no length, and goes on when it is told to. */
  const slow = () =>
    new ReadableStream<Uint8Array>({
      async start(controller) {
        await promise
        controller.enqueue(text)
        controller.close()
      },
    })
  const room = MAX_BODIES_BYTES / MIB
  const statuses = Array.from({ length: room + 5 }, async () => {
    const response = await request('POST', '/v1/tables/t/ops', slow())
    return [response.status, response.headers.get('retry-after')]
  })
  const refused = await Promise.all(statuses.slice(room))
  expect(refused).toEqual(Array(5).fill([503, '1']))
  resolve()
  expect(await Promise.all(statuses.slice(0, room))).toEqual(Array(room).fill([200, null]))
  expect((await request('POST', '/v1/tables/t/ops', slow())).status).toBe(200)
})
