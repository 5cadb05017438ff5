import { expect, it } from 'vitest'
import { TestOwner } from '../support/an-owner.ts'
import { expectRefusal } from '../support/refusal.ts'

interface Loaded {
  readonly value?: unknown
  readonly lease?: string
  readonly loading?: boolean
}

const load = (owner: TestOwner, waitMs: number, leaseTtlMs = 1000): Promise<Loaded> =>
  owner.run('c', 'cache_load', 'a', { waitMs, leaseTtlMs }) as Promise<Loaded>

/** Resolves when the calls made so far have had their turns. */
const settled = () => new Promise((resume) => setImmediate(resume))

it('[LEA8] of many callers one loads, and all have the value when it is filled', async () => {
  const owner = new TestOwner()
  const calls = Array.from({ length: 200 }, () => load(owner, 5000))
  const { lease } = (await calls[0]) as Loaded
  await owner.run('c', 'cache_fill', 'a', lease, 'loaded')
  const answers = await Promise.all(calls.slice(1))
  expect(new Set(answers.map(({ value }) => value))).toEqual(new Set(['loaded']))
})

it('[LEA8] when the loader dies the next takes over, when the lease ends', async () => {
  const owner = new TestOwner()
  await load(owner, 0)
  const next = load(owner, 5000)
  const last = load(owner, 5000)
  await settled()
  await owner.pass(1000)
  const { lease } = await next
  expect(lease).toBeDefined()
  await owner.run('c', 'cache_fill', 'a', lease, 'loaded')
  expect(await last).toMatchObject({ value: 'loaded' })
})

it('[LEA8] a write of the key, by a verb of tables too, lets somebody else load', async () => {
  const owner = new TestOwner()
  await load(owner, 0)
  const next = load(owner, 5000)
  await settled()
  await owner.run('c', 'delete', 'a')
  expect(await next).toHaveProperty('lease')
})

it('[LEA9] who waited in vain is told who loads', async () => {
  const owner = new TestOwner()
  await load(owner, 0)
  const waiting = load(owner, 300)
  await settled()
  await owner.pass(300)
  expect(await waiting).toEqual({ loading: true, retryAfterMs: 700 })
})

it('[LEA10] no lease outlives its process: what was loaded before a restart is not stored after it', async () => {
  const owner = new TestOwner()
  await owner.run('c', 'cache_new', { journal: 'sync' })
  const { lease } = await load(owner, 0)
  owner.restart()
  await expectRefusal(() => owner.run('c', 'cache_fill', 'a', lease, 'old'), 'gone')
  const { lease: next } = await load(owner, 0)
  expect(next).toBeDefined()
  await owner.run('c', 'cache_fill', 'a', next, 'new')
  owner.restart()
  expect(await owner.run('c', 'cache_get', 'a')).toMatchObject({ value: 'new' })
})

it('[LEA10] a process stays while a lease of it is out', async () => {
  const owner = new TestOwner()
  expect(owner.pending).toBe(0)
  await load(owner, 0, 60_000)
  await owner.pass(59_000)
  expect(owner.pending).toBe(1)
  await owner.pass(1000)
  expect(owner.pending).toBe(0)
})

it('[LEA8] an idempotency key is no hindrance: a load that waits may be made twice', async () => {
  const owner = new TestOwner()
  const operation = { table: 'c', op: 'cache_load', args: ['a', { waitMs: 10 }] }
  const { values } = await owner.call([operation], { idempotencyKey: 'k' })
  expect(values[0]).toHaveProperty('lease')
  const again = owner.call([operation], { idempotencyKey: 'k' })
  await settled()
  await owner.pass(10)
  expect((await again).values[0]).toMatchObject({ loading: true })
})
