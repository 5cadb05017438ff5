import { expect, it } from 'vitest'
import { networkOf } from '../../src/protocol/network.ts'

it('[SSV17] of an address its network is kept, and of anything else nothing', () => {
  const networks: readonly [string, string | undefined][] = [
    ['203.0.113.77', '203.0.113.0/24'],
    ['::ffff:203.0.113.77', '203.0.113.0/24'],
    ['2001:DB8:abcd:12::1', '2001:db8:abcd::/48'],
    ['2001:db8::1', '2001:db8:0::/48'],
    ['1:2:3:4:5:6:7:8', '1:2:3::/48'],
    ['::1', '0:0:0::/48'],
    ['::', '0:0:0::/48'],
    ['', undefined],
    ['203.0.113', undefined],
    ['203.0.113.256', undefined],
    ['1:2:3:4:5:6:7', undefined],
    ['1::2::3', undefined],
    ['1:2:3:4:5:6:7:8:9', undefined],
    ['1:2:3:4:5:6::8', '1:2:3::/48'],
    ['1:2:3:4:5:6:7::8', undefined],
    ['12345::', undefined],
    ['host.example', undefined],
    [':'.repeat(1000), undefined],
  ]
  for (const [address, network] of networks) expect([address, networkOf(address)]).toEqual([address, network])
  expect(networkOf('2001:db8:1:2:3::', 64)).toBe('2001:db8:1:2::/64')
})
