/** `lru-cache` with a time to live and room for every row, so that it never evicts. */
import { LRUCache } from 'lru-cache'
import type { Term } from '../../src/engine/term.ts'
import { localContender, type Work } from './contender.ts'
import { plain } from './map.ts'

type Cache = LRUCache<string | number, number>

function put(cache: Cache, { keys, numbers }: Work, more: number): number {
  for (let i = 0; i < keys.length; i++) cache.set(plain(keys[i] as Term), (numbers[i] as number) + more)
  return cache.size
}

function getAll(cache: Cache, { keys }: Work): number {
  let sum = 0
  for (let i = 0; i < keys.length; i++) sum += cache.get(plain(keys[i] as Term)) as number
  return sum
}

function deleteAll(cache: Cache, { keys }: Work): number {
  for (let i = 0; i < keys.length; i++) cache.delete(plain(keys[i] as Term))
  return cache.size
}

export const lruCache = localContender(
  'lru-cache, ttl',
  {
    set: {
      insert: (cache, work) => put(cache, work, 0),
      replace: (cache, work) => put(cache, work, 1),
      lookup: getAll,
      delete: deleteAll,
    },
  },
  ({ size }): Cache => new LRUCache({ max: size, ttl: 1_800_000 }),
)
