import { describe, expect, it } from 'vitest'
import { afterStart, NO_STARTS, recentStarts, type StartHistory } from '../../src/process/intensity.ts'

/** Starts `times` times, `everyMs` apart, from a moment on. */
function starting(history: StartHistory, times: number, everyMs: number, fromMs: number): StartHistory {
  for (let i = 0; i < times; i++) history = afterStart(history, fromMs + i * everyMs)
  return history
}

describe('restart intensity', () => {
  it('[INT1] a process that is discarded whenever it idles is never held back', () => {
    expect(starting(NO_STARTS, 1000, 10_000, 1_000_000).quarantinedUntilMs).toBe(0)
  })

  it('[INT2] the eleventh start within a minute holds it back, the tenth does not', () => {
    expect(starting(NO_STARTS, 10, 100, 1_000_000).quarantinedUntilMs).toBe(0)
    expect(starting(NO_STARTS, 11, 100, 1_000_000).quarantinedUntilMs).toBe(1_001_000 + 5_000)
  })

  it('[INT3] each time it is held back for longer, up to five minutes, until it was calm', () => {
    let history = NO_STARTS
    let nowMs = 1_000_000
    const delays: number[] = []
    for (let round = 0; round < 9; round++) {
      history = starting(history, 11, 100, nowMs)
      delays.push(history.quarantinedUntilMs - (nowMs + 1000))
      nowMs = history.quarantinedUntilMs
    }
    expect(delays).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * 1000))
    history = afterStart(history, nowMs + 121_000)
    expect(starting(history, 11, 100, nowMs + 300_000).delays).toBe(1)
  })

  it('[INT4] a start while it is held back counts for nothing', () => {
    const held = starting(NO_STARTS, 11, 100, 1_000_000)
    expect(afterStart(held, held.quarantinedUntilMs - 1)).toBe(held)
    expect(recentStarts(afterStart(held, held.quarantinedUntilMs), held.quarantinedUntilMs)).toBe(1)
  })
})
