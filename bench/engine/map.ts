/** A bare `Map`, the floor: values without rows, deadlines or versions; a tuple is known by its JSON text. */
import type { Term } from '../../src/engine/term.ts'
import { localContender, type Work } from './contender.ts'

type Key = string | number
type Held = Map<Key, number>

/** Tuples have no identity in a `Map`: their text stands in, made within the measured time. */
export const plain = (key: Term): Key => (typeof key === 'object' ? JSON.stringify(key) : (key as Key))

function put(map: Held, { keys, numbers }: Work, more: number): number {
  for (let i = 0; i < keys.length; i++) map.set(plain(keys[i] as Term), (numbers[i] as number) + more)
  return map.size
}

function getAll(map: Held, { keys }: Work): number {
  let sum = 0
  for (let i = 0; i < keys.length; i++) sum += map.get(plain(keys[i] as Term)) as number
  return sum
}

function countAll(map: Held, { keys }: Work): number {
  let sum = 0
  for (let i = 0; i < keys.length; i++) {
    const key = plain(keys[i] as Term)
    const value = (map.get(key) as number) + 1
    map.set(key, value)
    sum += value
  }
  return sum
}

function countLarge(map: Held, { setting: { size } }: Work): number {
  let count = 0
  for (const value of map.values()) if (value > size / 2) count++
  return count
}

function deleteAll(map: Held, { keys }: Work): number {
  for (let i = 0; i < keys.length; i++) map.delete(plain(keys[i] as Term))
  return map.size
}

export const bareMap = localContender(
  'Map',
  {
    set: {
      insert: (map, work) => put(map, work, 0),
      replace: (map, work) => put(map, work, 1),
      lookup: getAll,
      updateCounter: countAll,
      selectCount: countLarge,
      delete: deleteAll,
    },
  },
  (): Held => new Map(),
)
