/** `lru-cache` with a time to live. */
import { LRUCache } from 'lru-cache'
import type { Term } from '../../src/engine/term.ts'
import { plain } from '../engine/map.ts'
import type { Contender, Work } from './contender.ts'

type Cache = LRUCache<string | number, number>

export const TTL_MS = 1_800_000

function put(cache: Cache, { keys, values }: Work): number {
  for (let i = 0; i < keys.length; i++) cache.set(plain(keys[i] as Term), values[i] as number)
  return cache.size
}

function get(cache: Cache, { keys }: Work): number {
  let sum = 0
  for (let i = 0; i < keys.length; i++) sum += cache.get(plain(keys[i] as Term)) ?? 0
  return sum
}

function churn(cache: Cache, { keys, values }: Work): number {
  let hits = 0
  for (let i = 0; i < keys.length; i++) {
    const key = plain(keys[i] as Term)
    if (cache.get(key) !== undefined) hits++
    else cache.set(key, values[i] as number)
  }
  return hits
}

function deleteAll(cache: Cache, { keys }: Work): number {
  for (let i = 0; i < keys.length; i++) cache.delete(plain(keys[i] as Term))
  return cache.size
}

export const lruCache: Contender<Cache> = {
  name: 'lru-cache',
  isLru: true,
  open: (max) => new LRUCache({ max, ttl: TTL_MS }),
  run: { put, overwrite: put, get, churn, delete: deleteAll },
}
