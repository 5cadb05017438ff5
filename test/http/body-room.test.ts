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
  const reading = (bytes: number, until: Promise<unknown>) =>
    room.during(async (take) => {
      take(bytes)
      await until
    })
  const held = Array.from({ length: MAX_BODIES_BYTES / MIB }, () => reading(MIB, promise))
  await expectRefusal(() => reading(1, promise), 'overloaded')
  resolve()
  await Promise.all(held)
  await expect(reading(MAX_BODIES_BYTES, Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  await reading(MAX_BODIES_BYTES, promise)
})

it('[BAD9] a request that never comes back does not keep its room for ever', async () => {
  const clock = new TestClock()
  const room = new BodyRoom(clock.read)
  const all = (until: Promise<unknown>) =>
    room.during(async (take) => {
      take(MAX_BODIES_BYTES)
      await until
    })
  void all(new Promise(() => {}))
  await expectRefusal(() => all(Promise.resolve()), 'overloaded')
  await clock.pass(120_000)
  await all(Promise.resolve())
})

it('[BAD9] bodies that dribble in are refused beyond it, those that were let in are served, and then all are', async () => {
  const { request } = anApp()
  await request('PUT', '/v1/tables/t')
  const { promise, resolve } = Promise.withResolvers<void>()
  const text = new TextEncoder().encode('{"op":"info","args":["size"]}')
  const blanks = new Uint8Array(MIB - text.length).fill(0x20)
  /** A long one that announces no length, and goes on when it is told to. */
  const slow = () =>
    new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(blanks)
        await promise
        controller.enqueue(text)
        controller.close()
      },
    })
  const room = Math.floor(MAX_BODIES_BYTES / blanks.length)
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

it('[BAD9] any number of small bodies that announce no length are read at a time', async () => {
  const { request } = anApp()
  await request('PUT', '/v1/tables/t')
  const small = () => new Blob(['{"op":"info","args":["size"]}']).stream()
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => request('POST', '/v1/tables/t/ops', small())),
  )
  expect(answers.filter(({ status }) => status !== 200)).toEqual([])
})
