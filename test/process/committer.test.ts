import { describe, expect, it } from 'vitest'
import { Committer } from '../../src/process/committer.ts'

/** A disk that is done with a write when it is told so. */
function aDisk() {
  const waiting: (() => void)[] = []
  const moments: (() => void)[] = []
  const log: string[] = []
  let turns = 0
  let refuses = false
  const committer = new Committer({
    append: () => {
      if (refuses) throw new Error('disk full')
      log.push(`append ${turns}`)
      turns = 0
    },
    durable: () => new Promise((done) => waiting.push(done)),
    moment: () => new Promise((passed) => moments.push(passed)),
    fail: (cause) => log.push(`fail ${(cause as Error).message}`),
  })
  return {
    committer,
    log,
    turn: () => {
      turns += 1
      return committer.commit()
    },
    refuse: () => {
      refuses = true
    },
    done: async () => {
      waiting.shift()?.()
      await settled()
    },
    moment: async () => {
      moments.shift()?.()
      await settled()
    },
    isGathering: () => moments.length > 0,
  }
}

const settled = () => new Promise((resume) => setTimeout(resume, 0))

/** Lets moments pass until the group is written. */
async function gathered(disk: ReturnType<typeof aDisk>): Promise<number> {
  let moments = 0
  for (; disk.isGathering(); moments++) await disk.moment()
  return moments
}

describe('the committer', () => {
  it('[CMT1] a lone turn is written at once, within the turn', () => {
    const disk = aDisk()
    expect(disk.turn()).toBeUndefined()
    expect(disk.log).toEqual(['append 1'])
    expect(disk.committer.pending).toBeUndefined()
  })

  it('[CMT2] turns that come while the disk is busy are written together when it is free', async () => {
    const disk = aDisk()
    disk.turn()
    const written = Promise.all([disk.turn(), disk.turn(), disk.turn()])
    expect(disk.log).toEqual(['append 1'])
    expect(disk.committer.pending).toBeDefined()
    await disk.done()
    await gathered(disk)
    await written
    expect(disk.log).toEqual(['append 1', 'append 3'])
    expect(disk.committer.pending).toBeUndefined()
  })

  it('[CMT2] a group grows as long as each moment brings somebody, but not for ever', async () => {
    const disk = aDisk()
    disk.turn()
    disk.turn()
    await disk.done()
    for (let joined = 2; joined <= 8; joined++) {
      disk.turn()
      await disk.moment()
      expect(disk.log).toEqual(['append 1'])
    }
    disk.turn()
    await disk.moment()
    expect(disk.log).toEqual(['append 1', 'append 9'])
  })

  it('[CMT4] after a group the next waits for as many, and for no more than a few moments', async () => {
    const disk = aDisk()
    disk.turn()
    const first = [disk.turn(), disk.turn(), disk.turn()]
    await disk.done()
    await gathered(disk)
    await Promise.all(first)
    await disk.done()
    const second = [disk.turn(), disk.turn(), disk.turn()]
    await settled()
    expect(await gathered(disk)).toBe(1)
    await Promise.all(second)
    await disk.done()
    const alone = disk.turn()
    await settled()
    expect(await gathered(disk)).toBe(8)
    await alone
    await disk.done()
    expect(disk.turn()).toBeUndefined()
    expect(disk.log).toEqual(['append 1', 'append 3', 'append 3', 'append 1', 'append 1'])
  })

  it('[CMT3] when the disk refuses, the process is ended and nobody is told that the turn is done', async () => {
    const disk = aDisk()
    disk.turn()
    const refused = expect(disk.turn()).rejects.toThrow('disk full')
    disk.refuse()
    await disk.done()
    await gathered(disk)
    await refused
    expect(disk.log).toEqual(['append 1', 'fail disk full'])
  })
})
