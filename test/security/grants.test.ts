import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { Grants, GrantWords } from '../../src/security/grants.ts'
import { expectRefusal } from '../support/refusal.ts'

const allowed = (words: string[], scope: 'read' | 'write' | 'admin', table?: string): boolean =>
  new Grants(words).allow(scope, table)

describe('grants', () => {
  it('[SEC7] writing takes reading in, and admin everything', () => {
    expect(allowed(['read'], 'read', 't')).toBe(true)
    expect(allowed(['read'], 'write', 't')).toBe(false)
    expect(allowed(['write'], 'read', 't')).toBe(true)
    expect(allowed(['write'], 'admin')).toBe(false)
    expect(allowed(['admin'], 'write', 't')).toBe(true)
    expect(allowed(['admin'], 'admin')).toBe(true)
  })

  it('[SEC7] a pattern holds for the tables that it matches', () => {
    const words = ['read:shop.*', 'write:carts-?'.replace('?', '*')]
    expect(allowed(words, 'read', 'shop.stock')).toBe(true)
    expect(allowed(words, 'read', 'shop')).toBe(false)
    expect(allowed(words, 'write', 'shop.stock')).toBe(false)
    expect(allowed(words, 'write', 'carts-1')).toBe(true)
    expect(allowed(words, 'read', 'carts-1')).toBe(true)
    expect(allowed(words, 'write')).toBe(true)
  })

  it('[SEC7] what is missing is named', async () => {
    await expectRefusal(() => new Grants(['read']).demand('write', 'shop.stock'), 'forbidden', {
      needs: 'write:shop.stock',
    })
    await expectRefusal(() => new Grants(['write']).demand('admin'), 'forbidden', { needs: 'admin' })
  })

  it('[SEC9] grants include those that allow no more', () => {
    const grants = new Grants(['read', 'write:shop.*'])
    expect(grants.include(['read:shop.stock', 'write:shop.a*'])).toBe(true)
    expect(grants.include(['read'])).toBe(true)
    for (const words of [['write'], ['write:shop*'], ['admin'], ['read', 'write:bank']]) {
      expect(grants.include(words)).toBe(false)
    }
    expect(new Grants(['admin']).include(['admin', 'write'])).toBe(true)
  })

  it.each([
    ['nothing', []],
    ['an unknown scope', ['own']],
    ['a pattern with a space', ['read:a b']],
    ['an empty pattern', ['read:']],
    ['two patterns', ['read:a:b']],
    ['a pattern of admin', ['admin:shop']],
    ['too many', Array.from({ length: 33 }, () => 'read')],
  ])('[SEC7] %s is no list of grants', (_, words) => {
    expect(v.is(GrantWords, words)).toBe(false)
  })
})
