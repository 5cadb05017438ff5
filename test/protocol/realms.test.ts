import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from '../../src/protocol/config.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/session/policy.ts'

const realmsOf = (SESSIONS: unknown) => readConfig({ SESSIONS }).realms

const faultOf = (SESSIONS: unknown): unknown => {
  try {
    return realmsOf(SESSIONS)
  } catch (error) {
    return error instanceof ConfigError ? error.message : error
  }
}

describe('configuration of realms', () => {
  it('[RLM1] a section makes a realm; without one there is none', () => {
    expect([...realmsOf(undefined).keys(), ...realmsOf({}).keys()]).toEqual([])
    expect(realmsOf({ web: {} }).get('web')).toEqual({
      name: 'web',
      owners: 1,
      policy: {
        idleMs: 7 * DAY_MS,
        absoluteMs: 30 * DAY_MS,
        freshMs: HOUR_MS,
        touchMs: 60_480_000,
        rotateMs: 0,
        graceMs: 30_000,
        detectsReuse: true,
        maxPerUser: 100,
        atLimit: 'evict_oldest',
        maxDataBytes: 65_536,
        tombstoneMs: 30 * DAY_MS,
        auditEntries: 100,
        auditMs: 90 * DAY_MS,
        journal: 'sync',
      },
    })
  })

  it('[RLM2] a preset has the deadlines of its assurance level, and options may shorten them', () => {
    const deadlines = (preset: string) => {
      const { idleMs, absoluteMs } = realmsOf({ web: { preset } }).get('web')?.policy ?? {}
      return [idleMs, absoluteMs]
    }
    expect(['aal1', 'aal2', 'aal3'].map(deadlines)).toEqual([
      [7 * DAY_MS, 30 * DAY_MS],
      [HOUR_MS, 24 * HOUR_MS],
      [15 * MINUTE_MS, 12 * HOUR_MS],
    ])
    const stricter = realmsOf({ web: { preset: 'aal2', idleMs: 60_000, touchFraction: 0 } }).get('web')
    expect(stricter?.policy).toMatchObject({ idleMs: 60_000, touchMs: 0, absoluteMs: 24 * HOUR_MS })
    expect(faultOf({ web: { preset: 'aal3', idleMs: HOUR_MS } })).toBe(
      '[vars.SESSIONS.web] idleMs: aal3 allows at most 900000',
    )
  })

  it('[RLM3] an unknown option, a wrong value and a bad name are refused by name', () => {
    expect(faultOf({ web: { colour: 'red' } })).toBe(
      '[vars.SESSIONS.web] colour: there is no such option or member',
    )
    expect(faultOf({ web: { touchMs: 1 } })).toMatch('touchMs: there is no such')
    expect(faultOf({ web: { atLimit: 'shrug' } })).toMatch('[vars.SESSIONS.web] atLimit:')
    expect(faultOf({ web: { owners: 0 } })).toMatch('[vars.SESSIONS.web] owners:')
    expect(faultOf({ 'web-1': {} })).toMatch('[vars.SESSIONS.web-1] a realm name')
    expect(faultOf('all')).toMatch('[vars.SESSIONS]')
  })
})
