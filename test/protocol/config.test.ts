import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from '../../src/protocol/config.ts'

const faultOf = (TABLES: unknown): ConfigError => {
  try {
    readConfig({ TABLES })
  } catch (error) {
    if (error instanceof ConfigError) return error
  }
  throw new Error('the configuration was taken')
}

describe('configuration of tables', () => {
  it('[CFG1] the most specific pattern that matches a name gives its options', () => {
    const { defaultsFor } = readConfig({
      TABLES: { '*': { keypos: 1 }, 'shop.*': { keypos: 2 }, 'shop.*-log': { keypos: 3 } },
    })
    expect(['a', 'shop.carts', 'shop.a-log', 'shopXcarts'].map((name) => defaultsFor(name).keypos)).toEqual([
      1, 2, 3, 1,
    ])
  })

  it('[CFG2] without a section every table has the defaults', () => {
    expect(readConfig({}).defaultsFor('any')).toEqual({})
  })

  it.each([
    [undefined, 1_000],
    [250, 250],
    ['2000', 2_000],
  ])('[CFG3] the resolution of expiry is a number, or the text of one: %j', (given, expiryResolutionMs) => {
    expect(readConfig({ EXPIRY_RESOLUTION_MS: given })).toMatchObject({ expiryResolutionMs })
  })

  it.each([0, -1, 99, 3_600_001, 1.5, Number.NaN, 'soon', '', null, {}])(
    '[CFG3] a resolution of expiry that makes no sense is refused by name: %j',
    (given) => {
      expect(() => readConfig({ EXPIRY_RESOLUTION_MS: given })).toThrow(
        '[vars] EXPIRY_RESOLUTION_MS: wants a whole number from 100 to 3600000',
      )
    },
  )

  it('[CFG3] an unknown option, a wrong value and a bad pattern are refused by name', () => {
    expect(faultOf({ 'a-*': { colour: 'red' } })).toMatchObject({
      message: '[vars.TABLES."a-*"] colour: there is no such option or member',
      pattern: 'a-*',
      option: 'colour',
    })
    expect(faultOf({ a: { keypos: 'two' } })).toMatchObject({
      message: '[vars.TABLES."a"] keypos: Invalid type: Expected number',
    })
    expect(faultOf({ 'a b': {} })).toMatchObject({ pattern: 'a b' })
    expect(faultOf('everything')).toMatchObject({ message: expect.stringContaining('[vars.TABLES]') })
  })
})

describe('configuration of processes', () => {
  it('[CFG6] the most specific pattern says over how many shards a process goes, and where', () => {
    const { placementOf } = readConfig({
      PROCESSES: { 'e*': { shards: 4 }, events: { location_hint: 'weur', jurisdiction: 'eu' } },
    })
    expect(placementOf('else')).toEqual({ map: { version: 1, shards: 4 } })
    expect(placementOf('events')).toEqual({
      map: { version: 1, shards: 1 },
      locationHint: 'weur',
      jurisdiction: 'eu',
    })
    expect(placementOf('other')).toEqual({ map: { version: 1, shards: 1 } })
  })

  it.each([
    [{ e: { shard: 2 } }, '[vars.PROCESSES."e"] shard: there is no such option or member'],
    [{ e: { shards: 0 } }, '[vars.PROCESSES."e"] shards: Invalid value: Expected >=1'],
    [{ e: { shards: 33 } }, '[vars.PROCESSES."e"] shards: Invalid value: Expected <=32'],
    [{ e: { shards: 1.5 } }, '[vars.PROCESSES."e"] shards: Invalid integer: Received 1.5'],
    [{ e: { location_hint: 'moon' } }, '[vars.PROCESSES."e"] location_hint: Invalid type: Expected'],
    [{ 'e.t': {} }, 'a pattern is the name of a process'],
    [{ 'sessions-web': { shards: 2 } }, '[vars.PROCESSES."sessions-web"] shards: sessions are in one shard'],
    [{ 'sessions-*': { shards: 2 } }, '[vars.PROCESSES."sessions-*"] shards: sessions are in one shard'],
  ])('[CFG6] refuses %j by name', (PROCESSES, message) => {
    expect(() => readConfig({ PROCESSES })).toThrow(message)
  })

  it('[CFG7] a process that may have sessions is one shard, whatever is said of all, where it is said to be', () => {
    const { placementOf } = readConfig({ PROCESSES: { '*': { shards: 4, jurisdiction: 'eu' } } })
    for (const process of ['sessions-web', 'sessions-web-7'])
      expect(placementOf(process)).toEqual({ map: { version: 1, shards: 1 }, jurisdiction: 'eu' })
    for (const process of ['sessions', 'sessions-a-b', 'events'])
      expect(placementOf(process).map.shards).toBe(4)
  })

  it('[CFG6] COALESCING is on or off', () => {
    expect(readConfig({}).coalescing).toBe(true)
    expect(readConfig({ COALESCING: 'off' }).coalescing).toBe(false)
    expect(() => readConfig({ COALESCING: 'yes' })).toThrow('[vars] COALESCING')
  })
})
