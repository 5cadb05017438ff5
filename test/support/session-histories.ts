/** Random histories of sessions: what callers do at once, when time passes, and where the process ends. */
import fc from 'fast-check'
import type { Policy } from '../../src/session/policy.ts'
import { POLICY } from './session-calls.ts'

export const USERS = ['ada', 'bob'] as const

export type Call =
  | {
      readonly kind: 'create'
      readonly user: string | null
      readonly epoch: 'any' | 'seen' | 'stale'
      readonly data: Readonly<Record<string, number>>
    }
  /** `isLate` where the session has changed since it was read. */
  | { readonly kind: 'login'; readonly token: number; readonly user: string; readonly isLate: boolean }
  | {
      readonly kind: 'get' | 'touch' | 'destroy' | 'take' | 'increment' | 'rotate' | 'authenticate'
      readonly token: number
    }
  | { readonly kind: 'set'; readonly token: number; readonly field: string }
  | { readonly kind: 'revoke'; readonly token: number }
  | { readonly kind: 'revokeUser'; readonly user: string; readonly own: number | null }
  | { readonly kind: 'revokeWhere'; readonly user: string; readonly field: string }

export type Step =
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'crowd'; readonly calls: readonly Call[]; readonly crashAfter: number | null }

const token = fc.nat(40)
const user = fc.constantFrom(...USERS)
const field = fc.constantFrom('a', 'b')
const call: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('create' as const),
      user: fc.option(user),
      epoch: fc.constantFrom('any' as const, 'seen' as const, 'stale' as const),
      data: fc.constantFrom({}, { a: 1 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('login' as const),
      token,
      user,
      isLate: fc.constantFrom(false, false, true),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'get',
        'touch',
        'destroy',
        'take',
        'increment',
        'rotate',
        'rotate',
        'authenticate',
      ),
      token,
    }) as fc.Arbitrary<Call>,
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('set' as const), token, field }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('revoke' as const), token }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('revokeUser' as const), user, own: fc.option(token) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('revokeWhere' as const), user, field }) },
)
/** Spans that meet the deadlines of the policy, mostly those that leave sessions alive. */
const spanMs = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(1, 99, 100, 101, 199, 200, 300, 499, 500) },
  { weight: 2, arbitrary: fc.constantFrom(899, 900, 999, 1_000) },
  { weight: 1, arbitrary: fc.constantFrom(3_999, 4_999) },
)
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: spanMs,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('crowd' as const),
      calls: fc.array(call, { minLength: 1, maxLength: 6 }),
      crashAfter: fc.option(fc.nat(12), { freq: 4 }),
    }),
  },
)
export const policy: fc.Arbitrary<Policy> = fc
  .record({
    idleMs: fc.constantFrom(1_000, 1_000, 20_000),
    touchMs: fc.constantFrom(0, 100, 500),
    detectsReuse: fc.boolean(),
    atLimit: fc.constantFrom('evict_oldest' as const, 'refuse' as const),
    maxPerUser: fc.constantFrom(1, 3),
    auditEntries: fc.constantFrom(0, 3),
  })
  .map((some) => ({ ...POLICY, ...some }))
