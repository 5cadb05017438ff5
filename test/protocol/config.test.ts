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
