/**
 * Slots: the fixed number of places over which the keys of a process are spread, whatever the number of shards.
 *
 * The slot of a key never changes, in no version: rows are where it says. `test/protocol/slots.test.ts` pins it.
 *
 * Cost:   O(size of the key).
 * Source: the hash slots and hash tags of Redis Cluster; the finalizer of MurmurHash3 over FNV-1a, whose low bits
 *         depend on too little of the text.
 */
import { checksumOf } from '../engine/checksum.ts'
import { canonicalText } from '../engine/key.ts'
import type { Term } from '../engine/term.ts'

/** Far more than shards, so that each shard has about as many. */
export const SLOTS = 1024

/** The slot of a key; the same for equal keys. Strings with an equal `{tag}` have the slot of the tag. */
export function slotOf(key: Term): number {
  return mixed(checksumOf(canonicalText(typeof key === 'string' ? tagOf(key) : key))) % SLOTS
}

/** What is between the first `{` and the first `}` behind it, if there is something; else the whole text. */
function tagOf(key: string): string {
  const from = key.indexOf('{')
  if (from === -1) return key
  const to = key.indexOf('}', from)
  return to > from + 1 ? key.slice(from + 1, to) : key
}

function mixed(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
