import { expect, it } from 'vitest'
import { Log } from '../../src/observe/log.ts'
import { LifeLog } from '../../src/process/life-log.ts'

function aLife(name: string) {
  const lines: Record<string, unknown>[] = []
  const life = new LifeLog(
    new Log('debug', (line) => lines.push(JSON.parse(line) as (typeof lines)[number])),
    name,
  )
  return { life, lines }
}

it('[LOG6] what happens in the life of a process has a line, with its name and tenant', () => {
  const { life, lines } = aLife('acme:shop')
  life.started({ incarnation: 2, recovery: { rows: 7, setAside: [] }, recoveryMs: 3 } as never)
  life.started({ incarnation: 3, recovery: { rows: 6, setAside: ['log record 2'] }, recoveryMs: 3 } as never)
  life.unreadable('format 9')
  life.quarantined(5_000)
  life.crashed('the journal refused')
  life.failed(new TypeError('a bug'))
  expect(lines.map(({ level, event }) => [level, event])).toEqual([
    ['info', 'start'],
    ['warn', 'start'],
    ['error', 'unreadable'],
    ['warn', 'quarantine'],
    ['error', 'crash'],
    ['error', 'failed_call'],
  ])
  expect(lines[0]).toMatchObject({ process: 'shop', tenant: 'acme', incarnation: 2, rows: 7, durationMs: 3 })
  expect(lines[5]).toMatchObject({ name: 'TypeError', message: 'a bug' })
})

it('[LOG6] an alarm that rings more than a second late has a line', () => {
  const { life, lines } = aLife('shop')
  life.rang(1_000)
  life.rang(1_001)
  expect(lines).toMatchObject([{ event: 'alarm_late', lagMs: 1_001, process: 'shop' }])
  expect(lines[0]).not.toHaveProperty('tenant')
})
