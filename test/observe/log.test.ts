import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Log } from '../../src/observe/log.ts'
import { Redacted, scrub } from '../../src/observe/redacted.ts'
import { TEST_KEY } from '../support/test-key.ts'

describe('a secret', () => {
  it('[LOG1] is not printed, however it is printed', () => {
    const secret = new Redacted('correct horse')
    const printed = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret, list: [secret] }),
      inspect({ secret }, { depth: 9, showHidden: true }),
      secret.toString(),
      JSON.stringify(Object.entries(secret)),
      JSON.stringify({ ...secret }),
      inspect(new Error('no', { cause: secret })),
    ]
    expect(printed.join('\n')).not.toContain('horse')
    expect(secret.reveal()).toBe('correct horse')
  })

  it('[LOG1] is taken out of a line that it came into by another way', () => {
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.abc-_123'
    const session = `s1_${'a-_9'.repeat(11)}`
    expect(scrub(`a ${TEST_KEY}, ${jwt}; "${session}"!`)).toBe('a [redacted], [redacted]; "[redacted]"!')
  })
})

describe('the log', () => {
  const line = { event: 'fault', request: 'r', name: 'Error', message: `no ${TEST_KEY}` } as const

  it('[LOG2] is a line of JSON, with its level and time', () => {
    const lines: string[] = []
    new Log('info', (text) => lines.push(text)).line('error', line)
    expect(JSON.parse(lines[0] as string)).toEqual({
      ...line,
      message: 'no [redacted]',
      level: 'error',
      atMs: expect.any(Number),
    })
    expect(lines[0]).not.toContain('\n')
  })

  it('[LOG3] shows what is of its level and above', () => {
    for (const [level, shown] of [
      ['debug', ['info', 'warn', 'error']],
      ['info', ['info', 'warn', 'error']],
      ['warn', ['warn', 'error']],
      ['error', ['error']],
      ['off', []],
    ] as const) {
      const found: string[] = []
      const log = new Log(level, (text) => found.push((JSON.parse(text) as { level: string }).level))
      for (const each of ['info', 'warn', 'error'] as const) log.line(each, line)
      expect(found).toEqual(shown)
    }
  })

  it('[LOG2] a message that goes on for ever is cut', () => {
    const lines: string[] = []
    new Log('info', (text) => lines.push(text)).line('error', { ...line, message: 'x'.repeat(9_999) })
    expect(lines[0]?.length).toBeLessThan(700)
  })
})
