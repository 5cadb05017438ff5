/**
 * Hashes of keys: 32 bits of a term, the same for equal terms, without writing its text.
 *
 * A hash is only where a search begins: whoever uses it compares the keys too. The seed enters every step, so
 * that nobody who does not know it can choose keys that all begin at one place.
 *
 * Cost: O(size), without allocation but for objects.
 */
import type { Term, TermObject } from '../term.ts'

// What stands for terms that have no bits of their own; numbers nobody uses as keys, as a hash may be shared.
const FALSE = 0x66616c73
const NULL = 0x6e756c6c
const TRUE = 0x74727565
const ARRAY = 0x61727261
const OBJECT = 0x6f626a65

const double = new Float64Array(1)
const halves = new Int32Array(double.buffer)

/** The hash of `key` under an odd `seed`. */
export function hashOf(key: Term, seed: number): number {
  switch (typeof key) {
    case 'string':
      return hashString(key, seed)
    case 'number':
      return hashNumber(key, seed)
    case 'boolean':
      return mix(key ? TRUE : FALSE, seed)
    default:
      if (key === null) return mix(NULL, seed)
      return Array.isArray(key) ? hashArray(key, seed) : hashObject(key as TermObject, seed)
  }
}

function hashString(text: string, seed: number): number {
  let hash = seed ^ text.length
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), seed)
    hash ^= hash >>> 15
  }
  return mix(hash, seed)
}

function hashNumber(number: number, seed: number): number {
  const whole = number | 0
  // True for -0 as well, which is the same key as 0.
  if (whole === number) return mix(whole, seed)
  double[0] = number
  return mix((halves[0] as number) ^ mix(halves[1] as number, seed), seed)
}

function hashArray(array: readonly Term[], seed: number): number {
  let hash = mix(ARRAY ^ array.length, seed)
  for (let i = 0; i < array.length; i++) hash = mix(hash ^ hashOf(array[i] as Term, seed), seed)
  return hash
}

/** Members may come in any order, so their hashes are added up. */
function hashObject(object: TermObject, seed: number): number {
  let hash = OBJECT
  for (const name of Object.keys(object)) {
    hash += mix(hashString(name, seed) ^ mix(hashOf(object[name] as Term, seed), seed), seed)
  }
  return mix(hash, seed)
}

/** Lets every bit of `hash` move every other. Source: the finaliser of MurmurHash3, with a seed. */
function mix(hash: number, seed: number): number {
  hash = Math.imul(hash ^ (hash >>> 16) ^ seed, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), seed)
  return hash ^ (hash >>> 16)
}
