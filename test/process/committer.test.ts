import { describe, expect, it } from 'vitest'
import { Committer } from '../../src/process/committer.ts'

/** A disk that is done with a write when it is told so. */
function aDisk() {
  const waiting: (() => void)[] = []
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
      await new Promise((resume) => setTimeout(resume, 0))
    },
  }
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
    await written
    expect(disk.log).toEqual(['append 1', 'append 3'])
    expect(disk.committer.pending).toBeUndefined()
    disk.turn()
    await disk.done()
    expect(disk.log).toEqual(['append 1', 'append 3', 'append 1'])
    await disk.done()
    expect(disk.turn()).toBeUndefined()
  })

  it('[CMT3] when the disk refuses, the process is ended and nobody is told that the turn is done', async () => {
    const disk = aDisk()
    disk.turn()
    const refused = expect(disk.turn()).rejects.toThrow('disk full')
    disk.refuse()
    await disk.done()
    await refused
    expect(disk.log).toEqual(['append 1', 'fail disk full'])
  })
})
