import { describe, expect, it } from 'vitest'
import type { EtsError } from '../../src/engine/error.ts'
import { checkOperations } from '../../src/protocol/operation.ts'
import type { Reply } from '../../src/protocol/reply.ts'
import type { Answer } from '../../src/protocol/tables.ts'
import { TestOwner } from '../support/an-owner.ts'

describe('calls that came together', () => {
  const count = (table: string, idempotencyKey?: string) => ({
    operations: checkOperations([{ table, op: 'update_counter', args: ['n', 1, ['n', 0]] }]),
    options: idempotencyKey === undefined ? {} : { idempotencyKey },
  })
  const outcomeOf = (reply: Reply<Answer>): unknown => (reply.ok ? reply.value.values[0] : reply.error.code)

  it('[OWN9] each have a turn and a reply of their own, and are written once', async () => {
    const subject = new TestOwner()
    await subject.create('t', { journal: 'sync' })
    // With the first key the table of replies is made, which is written, too.
    await subject.create('other', { journal: 'sync' })
    await subject.owner.runMany([count('other', 'first')])
    await subject.pass(1000)
    const before = subject.store.rowsWritten
    const calls = [count('t'), count('nowhere'), count('t', 'k'), count('t', 'k'), count('t')]
    const replies = await subject.owner.runMany(calls)
    expect(replies.map(outcomeOf)).toEqual([1, 'no_such_table', 2, 2, 3])
    expect(subject.store.rowsWritten - before).toBe(1)
    subject.restart()
    expect(await subject.run('t', 'lookup', 'n')).toEqual([['n', 3]])
  })

  it('[OWN9] a call whose time is over has no turn; the others have', async () => {
    const subject = new TestOwner()
    await subject.create('t', { journal: 'none' })
    const late = { ...count('t'), options: { timeoutMs: 0 } }
    expect((await subject.owner.runMany([count('t'), late, count('t')])).map(outcomeOf)).toEqual([
      1,
      'deadline_exceeded',
      2,
    ])
  })

  it('[OWN9] a bug in one call is its own', async () => {
    const faults: unknown[] = []
    const subject = new TestOwner(undefined, { onFault: (error) => faults.push(error) })
    await subject.create('t', { journal: 'none' })
    const broken = {
      ...count('t'),
      check: () => {
        throw new Error('a bug')
      },
    }
    expect((await subject.owner.runMany([count('t'), broken, count('t')])).map(outcomeOf)).toEqual([
      1,
      'internal',
      2,
    ])
    expect(faults).toHaveLength(1)
  })
})

it('[OWN10] answers that wait for the disk are bounded; what is beyond has no turn', async () => {
  const disk = Promise.withResolvers<void>()
  const subject = new TestOwner(undefined, { moment: () => disk.promise })
  await subject.create('t', { journal: 'sync' })
  const insert = async (i: number): Promise<unknown> => {
    try {
      return await subject.run('t', 'insert', [i])
    } catch (error) {
      return (error as EtsError).code
    }
  }
  const outcomes: unknown[] = []
  const calls = Array.from({ length: 10_100 }, (_, i) => insert(i).then((outcome) => outcomes.push(outcome)))
  for (let i = 0; i < 20; i++) await Promise.resolve()
  const refused = outcomes.filter((outcome) => outcome === 'overloaded').length
  expect(refused).toBeGreaterThan(0)
  disk.resolve()
  await Promise.all(calls)
  expect(await subject.run('t', 'info', 'size')).toBe(10_100 - refused)
})
