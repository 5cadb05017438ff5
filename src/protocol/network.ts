/**
 * The network of an address: what is kept of where a session is used, coarse enough to be of no one person.
 *
 * IPv4 keeps 24 bits, IPv6 the number that is asked for: 48 of them are a site, 64 the network of one subscriber,
 * who has every address in it. Whatever is no address gives nothing.
 */
export function networkOf(address: string, ipv6Bits: 48 | 64 = 48): string | undefined {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? []
  return ipv4Network(mapped ?? address) ?? ipv6Network(address, ipv6Bits)
}

/** Nothing that is an address is longer. */
const MAX_ADDRESS_LENGTH = 64

/**
 * Whoever has an address, for counting: a subscriber has a whole IPv6 network, and could come from another address of it each
 * time. What is no address is its own name, cut to a length that can be kept.
 */
export const subscriberOf = (address: string): string =>
  (address.includes(':') ? networkOf(address, 64) : undefined) ?? address.slice(0, MAX_ADDRESS_LENGTH)

function ipv4Network(address: string): string | undefined {
  const parts = address.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return undefined
  return `${parts.slice(0, 3).map(Number).join('.')}.0/24`
}

function ipv6Network(address: string, bits: number): string | undefined {
  const halves = address.split('::')
  if (address.length > 45 || halves.length > 2 || !address.includes(':')) return undefined
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array<string>(halves.length === 1 ? 0 : missing).fill('0'), ...tail]
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  const kept = groups.slice(0, bits / 16).map((group) => Number.parseInt(group, 16).toString(16))
  return `${kept.join(':')}::/${bits}`
}
