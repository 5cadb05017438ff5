import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../src/protocol/json.ts'

const codeOf = (text: string): unknown => {
  try {
    parseJson(text)
    return 'taken'
  } catch (error) {
    return (error as { code?: string; name: string }).code ?? (error as Error).name
  }
}

describe('JSON from outside', () => {
  it.each([
    ['9007199254740992', 'taken'],
    ['9007199254740993', 'bad_request'],
    ['-9007199254740993', 'bad_request'],
    ['[{"id": 12345678901234567}]', 'bad_request'],
    ['[{"id": 12345678901234568}]', 'taken'],
    ['"9007199254740993"', 'taken'],
    ['["\\"9007199254740993", "\\\\"]', 'taken'],
    ['{"9007199254740993": 1}', 'taken'],
    ['0.12345678901234567', 'taken'],
    ['9007199254740993.0', 'taken'],
    ['1e-1234567890123456', 'taken'],
    ['9'.repeat(400), 'taken'],
    ['[9007199254740993', 'SyntaxError'],
  ])('[BAD6] %.40s is %s', (text, what) => {
    expect(codeOf(text)).toBe(what)
  })

  it('[BAD6] whatever JavaScript writes it reads again', () => {
    const value = fc.oneof(fc.jsonValue(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())
    fc.assert(
      fc.property(fc.array(value), fc.bigInt({ min: 2n ** 52n, max: 2n ** 70n }), (values, large) => {
        const text = JSON.stringify([...values, Number(large), String(large)])
        expect(parseJson(text)).toEqual(JSON.parse(text))
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  it('[BAD6] it takes little longer than JSON itself, however long a text is', () => {
    const texts = [
      `["${'a'.repeat(1_000_000)}1234567890123456"]`,
      `["${'\\"'.repeat(500_000)}1234567890123456"]`,
      `[${'9'.repeat(1_000_000)}]`,
      `[${'1234567890123456,'.repeat(60_000)}0]`,
    ]
    const startMs = performance.now()
    for (const text of texts) expect(codeOf(text)).toBe('taken')
    expect(performance.now() - startMs).toBeLessThan(5_000)
  })
})
