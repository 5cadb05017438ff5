import { describe, expect, it } from 'vitest'
import { Cookie } from '../../src/hono/cookie.ts'

describe('the cookie', () => {
  it('[HON1] is bound to the host, hidden from scripts and sent over TLS only', () => {
    expect(new Cookie({}).write('t', 9e12, 0)).toBe(
      '__Host-session=t; Path=/; Secure; HttpOnly; SameSite=Lax',
    )
    expect(new Cookie({}).clear()).toBe('__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0')
  })

  it('[HON1] has the options that were asked for', () => {
    const cookie = new Cookie({
      domain: 'example.com',
      sameSite: 'Strict',
      isPartitioned: true,
      isPersistent: true,
    })
    expect(cookie.write('t', 61_999, 1_000)).toBe(
      '__Secure-session=t; Path=/; Secure; HttpOnly; SameSite=Strict; Domain=example.com; Partitioned; Max-Age=60',
    )
    expect(cookie.write('t', 9e12, 0)).toContain(`Max-Age=${400 * 24 * 3600}`)
    expect(cookie.write('t', 0, 1_000)).toContain('Max-Age=0')
  })

  it.each([
    { name: '__Host-x', domain: 'example.com' },
    { name: 'a b' },
    { name: '' },
    { name: 'a;b' },
    { domain: 'example.com; Secure' },
  ])('[HON1] refuses %j', (options) => {
    expect(() => new Cookie(options)).toThrow(TypeError)
  })

  it('[HON2] is read by its exact name, and not at all where it is there twice', () => {
    const read = (header?: string) => new Cookie({}).read(header)
    expect(read('a=1; __Host-session=t; b=2')).toBe('t')
    expect(read('__Host-session=a=b')).toBe('a=b')
    for (const other of [
      undefined,
      '',
      '__Host-session',
      '__host-session=t',
      'x__Host-session=t',
      '\u00a0__Host-session=t',
      '__Host-session =t',
      '__Host-session=t; __Host-session=u',
    ]) {
      expect([other, read(other)]).toEqual([other, undefined])
    }
  })
})
