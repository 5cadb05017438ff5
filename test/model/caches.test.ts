/** Random histories of a cache, entries and leases, against one that is a plain map. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { EtsError } from '../../src/engine/error.ts'
import type { Term } from '../../src/engine/term.ts'
import { aCache, type TestCache } from '../support/a-cache.ts'
import { modelRuns, modelTimeout } from '../support/model-runs.ts'
import { NaiveCache, type NaiveOptions } from '../support/naive-cache.ts'

/** What is done to the cache and to the map, and what both have to answer. */
type Step = (cache: TestCache, naive: NaiveCache) => void

const KEYS = ['a', 'ab', 'b']
const key = fc.constantFrom(...KEYS)
/** Few and round, so that moments meet. */
const span = fc.constantFrom(10, 20, 30, 40)
const value: fc.Arbitrary<Term> = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.constantFrom<Term>(null, 'x', [1]),
)

/** Mostly with times, never idle and stale at once. */
const entryOptions: fc.Arbitrary<NaiveOptions> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ ttlMs: span, staleWhileRevalidateMs: span, staleIfErrorMs: span }),
  },
  { weight: 2, arbitrary: fc.record({ ttlMs: span, staleIfErrorMs: span }) },
  { weight: 2, arbitrary: fc.record({ ttlMs: span }) },
  { weight: 1, arbitrary: fc.record({ ttlMs: span, idleTtlMs: span }) },
  { weight: 1, arbitrary: fc.record({ ttlMs: span, negative: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.constant({}) },
)
const tags = fc.constantFrom<NaiveOptions>({}, {}, { tags: ['x'] }, { tags: ['x', 'y'] }, { tags: ['y'] })
const taggedOptions = fc.tuple(entryOptions, tags).map(([entry, tagged]) => ({ ...entry, ...tagged }))
const putOptions: fc.Arbitrary<NaiveOptions> = fc
  .tuple(
    taggedOptions,
    fc.constantFrom<NaiveOptions>({}, {}, { condition: 'NX' }, { condition: 'XX' }, { keepTtl: true }),
  )
  .map(([entry, put]) => ({ ...entry, ...put }))

/** Mostly the last token that was given for a key, else that of another key, or one that nobody gave. */
const whichToken = fc.constantFrom('own', 'own', 'own', 'other', 'forged')
function tokenOf(naive: NaiveCache, k: string, which: string): string {
  if (which === 'forged') return 'forged'
  return naive.lastToken(which === 'own' ? k : (KEYS.find((each) => each !== k) as string))
}

/** What a verb answers, or the code of its refusal. */
function asked(cache: TestCache, op: string, ...args: unknown[]): unknown {
  try {
    return cache.run(op, ...args)
  } catch (error) {
    if (!(error instanceof EtsError)) throw error
    return error.code
  }
}

/** An answer without what the map knows nothing of. */
function plain(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return answer
  const { version: _, retryAfterMs: __, leaseUntilMs: ___, ...rest } = answer as Record<string, unknown>
  if (!('miss' in rest)) return rest
  const miss = rest.miss === 'stale' ? 'stale' : 'miss'
  return 'lease' in rest ? { miss, lease: rest.lease } : miss
}

const puts = fc.tuple(key, value, putOptions).map(([k, v, o]): Step => {
  return (cache, naive) => expect(asked(cache, 'cache_put', k, v, o) !== null).toBe(naive.put(k, v, o))
})
const gets = fc
  .tuple(key, fc.constantFrom(undefined, 'while_revalidate', 'if_error'))
  .map(([k, stale]): Step => {
    const options = stale === undefined ? {} : { stale }
    return (cache, naive) => expect(plain(asked(cache, 'cache_get', k, options))).toEqual(naive.get(k, stale))
  })
const looks = key.map((k): Step => {
  return (cache, naive) =>
    expect([asked(cache, 'cache_has', k), asked(cache, 'cache_ttl', k)]).toEqual([naive.has(k), naive.ttl(k)])
})
const expirations = fc.tuple(key, span).map(([k, ms]): Step => {
  return (cache, naive) => expect(asked(cache, 'cache_expire', k, ms)).toBe(naive.expire(k, ms))
})
const counts = fc.tuple(key, fc.integer({ min: -3, max: 3 })).map(([k, by]): Step => {
  return (cache, naive) => {
    const found = asked(cache, 'cache_incr', k, by)
    expect(found === 'badarg' ? 'refused' : found).toEqual(naive.incr(k, by))
  }
})
const removals = fc
  .tuple(key, fc.constantFrom('cache_delete', 'delete', 'cache_take', 'take'))
  .map(([k, op]): Step => {
    return (cache, naive) => {
      const found = asked(cache, op, k)
      const wasThere = naive.delete(k)
      if (op === 'cache_delete') expect(found).toBe(wasThere)
    }
  })
const inserts = fc.tuple(key, value).map(([k, v]): Step => {
  return (cache, naive) => expect(asked(cache, 'insert', [k, v])).toBe(naive.put(k, v, {}))
})
const loads = fc.tuple(key, span, fc.constantFrom(0, 0, 10, 20)).map(([k, ms, ahead]): Step => {
  const options = { leaseTtlMs: ms, ...(ahead === 0 ? {} : { refreshAheadMs: ahead }) }
  return (cache, naive) =>
    expect(plain(asked(cache, 'cache_load', k, options))).toEqual(naive.load(k, ms, ahead))
})
const fills = fc.tuple(key, whichToken, value, taggedOptions).map(([k, which, v, o]): Step => {
  return (cache, naive) => {
    const token = tokenOf(naive, k, which)
    expect(asked(cache, 'cache_fill', k, token, v, o) !== 'gone').toBe(naive.fill(k, token, v, o))
  }
})
const failures = fc.tuple(key, whichToken, fc.constantFrom(0, 10, 30)).map(([k, which, ms]): Step => {
  return (cache, naive) => {
    const token = tokenOf(naive, k, which)
    const options = ms === 0 ? {} : { backoffMs: ms }
    expect(plain(asked(cache, 'cache_fail', k, token, options))).toEqual(naive.fail(k, token, ms))
  }
})
/** A turn whose last operation is refused: nothing of it has happened. */
const refusals = fc.tuple(key, value, putOptions).map(([k, v, o]): Step => {
  return (cache) => {
    const operations = [
      { table: 'c', op: 'cache_put', args: [k, v, o as Term] },
      { table: 'c', op: 'cache_fail', args: [k, 'none'] },
    ]
    expect(() => cache.database.run(operations, cache.nowMs as never)).toThrow(EtsError)
  }
})
const purges: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom('a', 'ab', 'x', '').map((prefix): Step => {
    return (cache, naive) =>
      expect(asked(cache, 'cache_delete_prefix', prefix)).toEqual({
        deleted: naive.deletePrefix(prefix),
        cursor: null,
      })
  }),
  fc.constant<Step>((cache, naive) => {
    expect(asked(cache, 'delete_all_objects')).toBe(true)
    naive.clear()
  }),
)
const invalidations = fc
  .tuple(fc.constantFrom(['x'], ['y'], ['x', 'y'], ['z']), fc.boolean())
  .map(([names, soft]): Step => {
    return (cache, naive) =>
      expect(asked(cache, 'cache_invalidate', names, { soft })).toBe(naive.invalidate(names, soft))
  })
const pauses = fc.constantFrom(10, 10, 20, 30).map((ms): Step => {
  return (cache, naive) => {
    cache.nowMs += ms
    naive.nowMs += ms
  }
})

const history = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: puts },
    { weight: 4, arbitrary: fc.oneof(gets, looks) },
    { weight: 4, arbitrary: loads },
    { weight: 4, arbitrary: fc.oneof(fills, failures) },
    { weight: 4, arbitrary: pauses },
    { weight: 3, arbitrary: fc.oneof(expirations, counts, removals, inserts, refusals) },
    { weight: 1, arbitrary: purges },
    { weight: 2, arbitrary: invalidations },
  ),
  { minLength: 20, maxLength: 100, size: 'max' },
)

it('[CAC13] whatever was done before, a cache answers as a plain map would', modelTimeout, () => {
  fc.assert(
    fc.property(history, fc.constantFrom('set', 'ordered_set'), (steps, type) => {
      const cache = aCache()
      const naive = new NaiveCache()
      cache.run('cache_new', { type })
      for (const step of steps) {
        step(cache, naive)
        const rows = (cache.run('tab2list') as [string, Term][]).map(([k, v]): [string, Term] => [k, v])
        expect(rows.sort(([a], [b]) => (a < b ? -1 : 1))).toEqual(naive.rows())
        for (const [, table] of cache.database.tables) table.check()
      }
    }),
    modelRuns(300),
  )
})
