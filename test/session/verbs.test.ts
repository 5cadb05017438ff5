import { beforeEach, describe, expect, it } from 'vitest'
import { Database } from '../../src/engine/database.ts'
import type { Term } from '../../src/engine/term.ts'
import type { EpochMs } from '../../src/engine/time.ts'
import { checkOperations, type RawOperation } from '../../src/protocol/operation.ts'
import { VERBS } from '../../src/protocol/verbs.ts'
import type { AuditEntry } from '../../src/session/audit.ts'
import { MAX_PAGE, type Page, type Place } from '../../src/session/pages.ts'
import type { Policy } from '../../src/session/policy.ts'
import type { SessionSummary, SessionView } from '../../src/session/views.ts'
import { callsUnder, hash, id, OWNER, POLICY } from '../support/session-calls.ts'

let database: Database
let nowMs: number
let policy: Partial<Policy>
beforeEach(() => {
  database = new Database({ verbs: VERBS })
  nowMs = 1_000_000
  policy = {}
})

const runAll = (...operations: readonly RawOperation[]): readonly Term[] =>
  database.run(checkOperations(operations), nowMs as EpochMs)
const run = <T = unknown>(op: string, ...args: readonly unknown[]): T =>
  runAll(callsUnder(policy)(op, ...args))[0] as unknown as T

/** A session `s-<name>` with the token `<name>`. */
const create = (name: string, wanted: object = {}, origin: object = {}): SessionView =>
  run('create', id(`s-${name}`), hash(name), wanted, origin)
const get = (name: string): SessionView | null => run('get', hash(name))
const isValid = (...names: readonly string[]): boolean[] => names.map((name) => get(name) !== null)
const patch = (name: string, change: object): unknown => run('patch', hash(name), change)
const list = (user: string, own?: string): readonly SessionSummary[] =>
  run<Page<SessionSummary>>('list', user, own === undefined ? {} : { own: hash(own) }).found
const devices = (user: string): string[] => list(user).map((each) => each.id.replace(/^s-|_+$/g, ''))
const events = (user: string): unknown[] =>
  run<AuditEntry[]>('audit', user).map(({ event, id }) => [event, id?.replace(/^s-|_+$/g, '') ?? null])
const rowsOf = (table: string): number => database.table(table).size(nowMs as EpochMs)
/** The refusal of what is refused. */
const refused = (work: () => unknown): unknown => {
  try {
    return { answered: work() }
  } catch (error) {
    return error
  }
}

describe('a session', () => {
  it('[SES2] shows what it is, and never a hash', () => {
    const view = create(
      't',
      { user: 'ada', data: { cart: [] } },
      { network: '10.0.0.0/24', userAgent: 'x', by: 'y' },
    )
    expect(view).toEqual({
      id: id('s-t'),
      user: 'ada',
      createdAtMs: nowMs,
      authenticatedAtMs: nowMs,
      seenAtMs: nowMs,
      expiresAtMs: nowMs + 1_000,
      endsAtMs: nowMs + 5_000,
      client: { network: '10.0.0.0/24', userAgent: 'x' },
      version: 1,
      data: { cart: [] },
      flash: {},
      isFresh: true,
      isRotationDue: false,
    })
    expect(get('t')).toEqual(view)
    expect(JSON.stringify([view, list('ada', 't'), run('audit', 'ada')])).not.toContain(hash('t'))
  })

  it('[SES3] only create makes one: what comes after its end, however late, changes nothing', () => {
    create('t', { data: { n: 1 } })
    run('destroy', hash('t'), {})
    expect(['get', 'touch', 'flash'].map((op) => run(op, hash('t')))).toEqual([null, null, null])
    expect([patch('t', { set: { n: 2 } }), run('take', hash('t'), 'n')]).toEqual([null, null])
    expect([run('rotate', hash('t'), hash('u')), run('authenticate', hash('t'), hash('u'), {})]).toEqual([
      null,
      null,
    ])
    expect(run('destroy', hash('t'), {})).toBe(true)
    expect(isValid('t', 'u')).toEqual([false, false])
    expect(refused(() => create('t'))).toMatchObject({ code: 'bad_request' })
    expect(refused(() => run('create', id('s-t2'), hash('t'), {}, {}))).toMatchObject({ code: 'bad_request' })
  })

  it('[SES3] what nobody ever made is answered like what has ended', () => {
    create('t')
    run('destroy', hash('t'), {})
    for (const op of ['get', 'touch', 'flash']) expect(run(op, hash('never'))).toEqual(run(op, hash('t')))
    expect(patch('never', {})).toEqual(patch('t', {}))
    expect(run('destroy', hash('never'), {})).toEqual(run('destroy', hash('t'), {}))
  })

  it('[SES4] ends at the idle deadline, not a millisecond before', () => {
    create('t')
    nowMs += 999
    expect(isValid('t')).toEqual([true])
    nowMs += 999
    expect(isValid('t')).toEqual([true])
    nowMs += 1_000
    expect(isValid('t')).toEqual([false])
  })

  it('[SES4] ends at the absolute deadline however much it is used', () => {
    create('t')
    for (let i = 0; i < 9; i++) {
      nowMs += 500
      run('touch', hash('t'))
    }
    nowMs += 499
    expect(get('t')?.expiresAtMs).toBe(nowMs + 1)
    nowMs += 1
    expect(isValid('t')).toEqual([false])
  })

  it('[SES5] a read moves the idle deadline only by more than the fraction that is worth a write', () => {
    create('t')
    const { seq } = database
    nowMs += 100
    expect(get('t')?.expiresAtMs).toBe(nowMs + 900)
    expect(database.seq).toBe(seq)
    nowMs += 1
    expect(get('t')?.expiresAtMs).toBe(nowMs + 1_000)
    expect(database.seq).toBeGreaterThan(seq)
  })

  it('[SES5] a shorter idle time holds from the next read on', () => {
    create('t')
    policy = { idleMs: 300 }
    expect(get('t')?.expiresAtMs).toBe(nowMs + 300)
  })

  it('[SES6] is fresh for as long after the user proved who they are, and never without a user', () => {
    create('t', { user: 'ada' })
    create('anonymous')
    nowMs += 499
    expect([get('t')?.isFresh, get('anonymous')?.isFresh]).toEqual([true, false])
    nowMs += 1
    expect(get('t')?.isFresh).toBe(false)
  })
})

describe('data of a session', () => {
  it('[SES7] a patch sets, removes, counts and appends by field, and leaves the others', () => {
    create('t', { data: { a: 1, b: 2, c: [1], keep: true } })
    expect(
      patch('t', {
        set: { a: { deep: 1 } },
        unset: ['b', 'none'],
        increment: { n: 2, m: -1 },
        append: { c: 2, d: 'x' },
      }),
    ).toEqual({ version: 2, counters: { n: 2, m: -1 } })
    expect(get('t')?.data).toEqual({ a: { deep: 1 }, keep: true, n: 2, m: -1, c: [1, 2], d: ['x'] })
  })

  it('[SES7] a patch that is refused changes nothing', () => {
    create('t', { data: { s: 'x', n: Number.MAX_SAFE_INTEGER, big: 'x'.repeat(60_000) } })
    const before = get('t')
    const bad: readonly [object, object][] = [
      [
        { set: { a: 1 }, increment: { a: 1 } },
        { code: 'badarg', details: { why: 'update_op' } },
      ],
      [{ unset: ['a', 'a'] }, { code: 'badarg', details: { why: 'update_op' } }],
      [
        { set: { a: 1 }, increment: { s: 1 } },
        { code: 'badarg', details: { why: 'counter_value' } },
      ],
      [{ increment: { n: 1 } }, { code: 'badarg', details: { why: 'counter_value' } }],
      [{ append: { s: 1 } }, { code: 'badarg', details: { why: 'update_op' } }],
      [{ increment: { n: 0.5 } }, { code: 'badarg', details: { why: 'options' } }],
      [{ set: JSON.parse('{"__proto__": 1}') }, { code: 'badarg', details: { why: 'options' } }],
      [{ set: { '': 1 } }, { code: 'badarg', details: { why: 'options' } }],
      [{ set: ['a'] }, { code: 'badarg', details: { why: 'options' } }],
      [{ sett: {} }, { code: 'badarg', details: { why: 'options' } }],
      [{ set: { more: 'x'.repeat(6_000) } }, { code: 'too_large', details: { limit: 64 * 1024 } }],
      [{ flash: { more: 'x'.repeat(6_000) } }, { code: 'too_large' }],
      [
        { set: { a: 1 }, ifVersion: 2 },
        { code: 'version_conflict', details: { table: OWNER, version: 1 } },
      ],
    ]
    for (const [change, refusal] of bad) expect(refused(() => patch('t', change))).toMatchObject(refusal)
    expect(get('t')).toEqual(before)
    expect(patch('t', { ifVersion: 1 })).toEqual({ version: 2, counters: {} })
  })

  it('[SES7] names that every object has are fields like others', () => {
    create('t')
    expect(run('take', hash('t'), 'constructor')).toEqual([])
    patch('t', { increment: { toString: 1 }, append: { constructor: 1 } })
    expect(Object.entries(get('t')?.data ?? {})).toEqual([
      ['toString', 1],
      ['constructor', [1]],
    ])
  })

  it('[SES8] a value is taken once', () => {
    create('t', { data: { state: 'abc', other: null } })
    expect([run('take', hash('t'), 'state'), run('take', hash('t'), 'state')]).toEqual([['abc'], []])
    expect(run('take', hash('t'), 'other')).toEqual([null])
    expect(get('t')?.data).toEqual({})
  })

  it('[SES8] flash values are given once, all together, and are no data', () => {
    create('t', { flash: { welcome: true } })
    patch('t', { flash: { note: 'saved' } })
    expect(get('t')).toMatchObject({ data: {}, flash: { welcome: true, note: 'saved' } })
    expect(run('flash', hash('t'))).toEqual({ welcome: true, note: 'saved' })
    expect([run('flash', hash('t')), get('t')?.flash]).toEqual([{}, {}])
  })
})

describe('tokens', () => {
  it('[SES9] after a rotation the old one is taken until its grace ends, and the new one from at once', () => {
    create('old', { user: 'ada', data: { a: 1 } })
    expect(run('rotate', hash('old'), hash('new'))).toMatchObject({ id: id('s-old'), data: { a: 1 } })
    nowMs += 199
    expect(isValid('old', 'new')).toEqual([true, true])
    policy = { detectsReuse: false }
    nowMs += 1
    expect(isValid('old', 'new')).toEqual([false, true])
  })

  it('[SES9] of two requests that rotate the same token one does', () => {
    create('old')
    run('rotate', hash('old'), hash('new'))
    expect(refused(() => run('rotate', hash('old'), hash('other')))).toMatchObject({
      code: 'version_conflict',
    })
    expect(refused(() => run('authenticate', hash('old'), hash('other'), {}))).toMatchObject({
      code: 'version_conflict',
    })
    expect(isValid('new', 'other')).toEqual([true, false])
  })

  it('[SES10] an old token that comes after its grace ends the session, and the trail says so', () => {
    create('old', { user: 'ada' })
    run('rotate', hash('old'), hash('new'))
    nowMs += 200
    expect(isValid('old', 'new')).toEqual([false, false])
    expect(events('ada')).toEqual([
      ['reused', 'old'],
      ['began', 'old'],
    ])
  })

  it('[SES10] eight old tokens are known; one before them is as good as unknown', () => {
    create('t0')
    for (let i = 1; i <= 9; i++) run('rotate', hash(`t${i - 1}`), hash(`t${i}`))
    nowMs += 200
    expect(run('inspect', hash('t0'))).toEqual({ state: 'unknown' })
    expect(isValid('t0', 't9')).toEqual([false, true])
    expect(rowsOf('$tokens')).toBe(9)
    expect(isValid('t1', 't9')).toEqual([false, false])
  })

  it('[SES11] proof of identity gives another token at once, and both deadlines anew', () => {
    create('older', { user: 'ada' })
    run('rotate', hash('older'), hash('old'))
    nowMs += 900
    expect(run('authenticate', hash('old'), hash('new'), { userAgent: 'phone' })).toMatchObject({
      isFresh: true,
      authenticatedAtMs: nowMs,
      expiresAtMs: nowMs + 1_000,
      endsAtMs: nowMs + 5_000,
      client: { userAgent: 'phone' },
    })
    expect(isValid('older', 'old', 'new')).toEqual([false, false, true])
  })

  it('[SES12] one that ended is known as that until its absolute deadline, to who may ask', () => {
    create('t', { user: 'ada' })
    expect(run('inspect', hash('t'))).toEqual({ state: 'valid', id: id('s-t'), user: 'ada' })
    run('rotate', hash('t'), hash('u'))
    expect(run('inspect', hash('t'))).toMatchObject({ state: 'replaced' })
    run('destroy', hash('u'), {})
    nowMs += 4_999
    expect(run('inspect', hash('u'))).toEqual({ state: 'ended', id: id('s-t') })
    nowMs += 1
    expect(run('inspect', hash('u'))).toEqual({ state: 'unknown' })
  })

  it('[SES12] a shorter time for tombstones holds too', () => {
    policy = { tombstoneMs: 10 }
    create('t')
    run('destroy', hash('t'), {})
    nowMs += 10
    expect(rowsOf('$tokens')).toBe(0)
  })

  it('[SES13] a session departs for another only as it was seen, in the turn in which that begins', () => {
    create('anonymous', { data: { cart: 1 } })
    const login = (version: number) =>
      runAll(
        callsUnder()('depart', hash('anonymous'), version),
        callsUnder()('create', id('s-new'), hash('new'), { user: 'ada', data: { cart: 1 } }, {}),
      )
    patch('anonymous', { set: { cart: 2 } })
    expect(refused(() => login(1))).toMatchObject({ code: 'version_conflict', details: { version: 2 } })
    expect(isValid('anonymous', 'new')).toEqual([true, false])
    login(2)
    expect(isValid('anonymous', 'new')).toEqual([false, true])
    expect(refused(() => login(2))).toMatchObject({ code: 'version_conflict' })
  })

  it('[SES13] one that is provisional ends soon unless it is touched', () => {
    create('a', { user: 'ada', provisionalMs: 50 })
    create('b', { user: 'ada', provisionalMs: 50 })
    run('touch', hash('b'))
    nowMs += 50
    expect(isValid('a', 'b')).toEqual([false, true])
    expect(devices('ada')).toEqual(['b'])
  })
})

describe('sessions of a user', () => {
  it('[SES14] a list has those that are valid, the oldest first, and marks the one that asks', () => {
    for (const name of ['a', 'b', 'c']) {
      create(name, { user: 'ada' })
      nowMs += 10
    }
    create('bob', { user: 'bob' })
    run('rotate', hash('b'), hash('b2'))
    run('destroy', hash('a'), {})
    expect(list('ada', 'b2').map(({ id: each, isCurrent }) => [each, isCurrent])).toEqual([
      [id('s-b'), true],
      [id('s-c'), false],
    ])
    nowMs += 900
    get('c')
    nowMs += 100
    expect(devices('ada')).toEqual(['c'])
  })

  it('[SES14] a user whose id begins like another is another', () => {
    create('a', { user: 'a' })
    create('b', { user: 'a\u0000' })
    create('c', { user: 'aa' })
    expect([devices('a'), devices('a\u0000'), devices('aa')]).toEqual([['a'], ['b'], ['c']])
  })

  it('[SES15] one is revoked by its public id, if it is of that user', () => {
    create('a', { user: 'ada' })
    create('b', { user: 'ada' })
    expect(run('revoke', 'bob', id('s-a'), {})).toBe(false)
    expect(run('revoke', 'ada', id('s-a'), { by: 'support' })).toBe(true)
    expect(run('revoke', 'ada', id('s-a'), {})).toBe(false)
    expect(isValid('a', 'b')).toEqual([false, true])
    expect(run<AuditEntry[]>('audit', 'ada')[0]).toMatchObject({ event: 'revoked', by: 'support' })
  })

  it('[SES16] at the limit the oldest ends', () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      create(name, { user: 'ada' })
      nowMs += 1
    }
    expect(devices('ada')).toEqual(['c', 'd', 'e'])
    expect(isValid('a', 'b', 'c')).toEqual([false, false, true])
  })

  it('[SES16] or the login is refused, until there is room again', () => {
    policy = { atLimit: 'refuse' }
    for (const name of ['a', 'b', 'c']) create(name, { user: 'ada' })
    expect(refused(() => create('d', { user: 'ada' }))).toMatchObject({
      code: 'too_large',
      details: { what: 'sessions of the user', limit: 3 },
    })
    nowMs += 999
    get('a')
    nowMs += 1
    create('d', { user: 'ada' })
    create('e', { user: 'ada' })
    expect(refused(() => create('f', { user: 'ada' }))).toMatchObject({ code: 'too_large' })
  })

  it('[SES23] anonymous ones begin and grow while there is room, and users log in when there is none', () => {
    const data = { cart: 'x'.repeat(60_000) }
    let count = 0
    const next = () => create(`a${count}`, { data })
    const refusal = refused(() => {
      for (; ; count++) next()
    })
    expect(refusal).toMatchObject({ code: 'too_large', details: { limit: 64 * 1024 * 1024 } })
    expect(count).toBeGreaterThan(500)
    expect(get('a0')).toMatchObject({ data })
    create('login', { user: 'ada' })
    patch('login', { set: data })
    expect(refused(() => patch('a0', { set: { more: 'x'.repeat(100) } }))).toMatchObject({
      code: 'too_large',
    })
    patch('a0', { set: { cart: '' } })
    run('destroy', hash('a0'), {})
    run('destroy', hash('a1'), {})
    expect(next()).toMatchObject({ user: null })
  })

  it('[SES17] revoking all ends every one at once, and the logins that are under way', () => {
    create('a', { user: 'ada' })
    const epoch = run<number>('epoch', 'ada')
    run('revoke_user', 'ada', {}, {})
    expect(isValid('a')).toEqual([false])
    expect(devices('ada')).toEqual([])
    expect(refused(() => create('b', { user: 'ada', ifEpoch: epoch }))).toMatchObject({
      code: 'version_conflict',
    })
    create('c', { user: 'ada', ifEpoch: run<number>('epoch', 'ada') })
    expect(devices('ada')).toEqual(['c'])
  })

  it('[SES17] also where there never was a session, and in the same millisecond', () => {
    const before = run<number>('epoch', 'ada')
    run('revoke_user', 'ada', {}, {})
    const between = run<number>('epoch', 'ada')
    run('revoke_user', 'ada', {}, {})
    for (const ifEpoch of [before, between])
      expect(refused(() => create('a', { user: 'ada', ifEpoch }))).toMatchObject({ code: 'version_conflict' })
  })

  it('[SES17] all but the one that asks', () => {
    for (const name of ['a', 'b', 'c']) create(name, { user: 'ada' })
    run('revoke_user', 'ada', { own: hash('b') }, {})
    expect(devices('ada')).toEqual(['b'])
    expect(isValid('a', 'b', 'c')).toEqual([false, true, false])
    create('bob', { user: 'bob' })
    run('revoke_user', 'ada', { own: hash('bob') }, {})
    expect([devices('ada'), devices('bob')]).toEqual([[], ['bob']])
  })

  it('[SES17] the next logins give back the memory of what it ended', () => {
    policy = { maxPerUser: 100 }
    for (let i = 0; i < 20; i++) create(`old${i}`, { user: 'ada' })
    run('revoke_user', 'ada', {}, {})
    expect(rowsOf('$sessions')).toBe(20)
    create('a', { user: 'ada' })
    create('b', { user: 'ada' })
    expect([rowsOf('$sessions'), rowsOf('$sessions-by-user')]).toEqual([2, 2])
  })

  it('[SES18] a match specification names those to revoke', () => {
    create('a', { user: 'ada', data: { role: 'admin' } })
    nowMs += 100
    create('b', { user: 'ada', data: { role: 'admin' } })
    create('c', { user: 'ada', data: { role: 'reader' } })
    const isAdmin = ['_', '$1', '_', '_', '_', { role: 'admin' }]
    const spec = [[isAdmin, [['<', '$1', nowMs]], [true]]]
    expect(run('revoke_user', 'ada', { spec }, {})).toEqual({ revoked: 1, next: null })
    expect(devices('ada')).toEqual(['b', 'c'])
    expect(run('revoke_user', 'ada', { spec: [['_', [], [true]]], own: hash('c') }, {})).toEqual({
      revoked: 1,
      next: null,
    })
    expect(devices('ada')).toEqual(['c'])
    expect(refused(() => run('revoke_user', 'ada', { spec: 'all' }, {}))).toMatchObject({ code: 'badarg' })
  })

  describe('of a user who has thousands', () => {
    const everyone = [['_', [], [true]]]
    const many = (count: number): void => {
      policy = { maxPerUser: 10_000 }
      for (let i = 0; i < count; i++) create(`n${String(i).padStart(5, '0')}`, { user: 'ada', data: { i } })
    }
    const page = (after?: Place) =>
      run<Page<SessionSummary>>('list', 'ada', after === undefined ? {} : { after })
    const revoke = (spec: Term, after?: Place) =>
      run<{ revoked: number; next: Place | null }>(
        'revoke_user',
        'ada',
        { spec, ...(after === undefined ? {} : { after }) },
        {},
      )

    it('[SES24] a page has five hundred, and the next goes on behind it', () => {
      many(MAX_PAGE + 1)
      const first = page()
      expect(first.found).toHaveLength(MAX_PAGE)
      const second = page(first.next ?? undefined)
      expect([second.found.length, second.next]).toEqual([1, null])
      expect(new Set([...first.found, ...second.found].map(({ id }) => id)).size).toBe(MAX_PAGE + 1)
      run('destroy', hash('n00500'), {})
      expect(page()).toMatchObject({ epoch: 0, next: null })
    })

    it('[SES24] one that is there all the while is met once, whatever begins and ends between two pages', () => {
      many(MAX_PAGE + 2)
      const first = page()
      run('destroy', hash('n00499'), {})
      run('destroy', hash('n00500'), {})
      nowMs += 1
      create('late', { user: 'ada' })
      const second = page(first.next ?? undefined)
      expect(second.found.map(({ id }) => id.replace(/^s-|_+$/g, ''))).toEqual(['n00501', 'late'])
    })

    it('[SES24] after all were revoked the next page is the first of those that are left, under another epoch', () => {
      many(MAX_PAGE + 1)
      const { next } = page()
      run('revoke_user', 'ada', { own: hash('n00000') }, {})
      const left = page(next ?? undefined)
      expect(left.found.map(({ id }) => id)).toEqual([id('s-n00000')])
      expect([left.epoch, left.next]).toEqual([nowMs, null])
    })

    it('[SES24] a specification is asked about five hundred in a turn, and of these ends those it takes', () => {
      many(MAX_PAGE + 2)
      const odd = [[['_', '_', '_', '_', '_', { i: '$1' }], [['=:=', ['rem', '$1', 2], 1]], [true]]]
      const { revoked, next } = revoke(odd)
      expect(revoked).toBe(MAX_PAGE / 2)
      expect(revoke(odd, next ?? undefined)).toEqual({ revoked: 1, next: null })
      expect(page().found).toHaveLength(MAX_PAGE / 2 + 1)
      expect(page().found.map(({ id }) => Number(id.slice(3, 8)) % 2)).not.toContain(1)
    })

    it('[SES24] a laborious specification sees fewer in a turn, and one that is too laborious for one session is refused', () => {
      database = new Database({ verbs: VERBS, maxVisited: 100 })
      many(60)
      const laborious = [[['$1', '_', '_', '_', '_', '_'], Array(20).fill(['=:=', '$1', '$1']), [true]]]
      let pages = 0
      for (let after: Place | null | undefined; after !== null; pages++) {
        after = revoke(laborious, after).next
      }
      expect(pages).toBeGreaterThan(5)
      expect(list('ada')).toEqual([])
      create('new', { user: 'ada' })
      const beyond = [[['$1', '_', '_', '_', '_', '_'], Array(2_000).fill(['=:=', '$1', '$1']), [true]]]
      expect(refused(() => revoke(beyond))).toMatchObject({ code: 'too_large' })
      expect(revoke(everyone).revoked).toBe(1)
    })
  })

  it('[SES19] the trail has what happened, the latest first, and no more than the realm keeps', () => {
    policy = { auditEntries: 3, maxPerUser: 1 }
    create('a', { user: 'ada' }, { network: '10.1.2.0/24' })
    expect(run<AuditEntry[]>('audit', 'ada')).toEqual([
      { number: 1, atMs: nowMs, event: 'began', id: id('s-a'), client: { network: '10.1.2.0/24' } },
    ])
    create('b', { user: 'ada' })
    run('authenticate', hash('b'), hash('b2'), {})
    run('destroy', hash('b2'), { by: 'b' })
    run('revoke_user', 'ada', {}, {})
    expect(events('ada')).toEqual([
      ['revoked_all', null],
      ['ended', 'b'],
      ['authenticated', 'b'],
    ])
    nowMs += 60_000
    expect(events('ada')).toEqual([])
  })

  it('[SES25] the trail says from where each came that ended a session: a stolen token, a login beyond the limit', () => {
    policy = { maxPerUser: 1 }
    const [home, street] = [{ network: '203.0.113.0/24' }, { network: '198.51.100.0/24', userAgent: 'curl' }]
    create('a', { user: 'ada' }, home)
    run('rotate', hash('a'), hash('a2'), home)
    nowMs += 200
    expect(run('get', hash('a'), street)).toBeNull()
    create('b', { user: 'ada' }, home)
    create('c', { user: 'ada' }, street)
    run('depart', hash('c'), 1, home)
    expect(run<AuditEntry[]>('audit', 'ada').map(({ event, client }) => [event, client])).toEqual([
      ['ended', home],
      ['began', street],
      ['evicted', street],
      ['began', home],
      ['reused', street],
      ['began', home],
    ])
  })

  it('[SES19] a refused turn leaves no trace in it', () => {
    policy = { atLimit: 'refuse', maxPerUser: 1 }
    create('a', { user: 'ada' })
    expect(refused(() => create('b', { user: 'ada' }))).toMatchObject({ code: 'too_large' })
    expect(events('ada')).toEqual([['began', 'a']])
  })
})

describe('the operations', () => {
  it('[SES20] callers have no name for the tables of sessions', () => {
    create('t')
    for (const name of database.tables.keys()) {
      expect(refused(() => runAll({ table: name, op: 'tab2list', args: [] }))).toMatchObject({
        code: 'bad_request',
      })
    }
  })

  it('[SES20] sessions are in processes of their own', () => {
    for (const table of [
      'hits',
      'sessions',
      'sessions-',
      'sessions-a-b',
      'sessions-web.rows',
      'sessions-web-12345',
    ]) {
      const operation = { ...callsUnder()('get', hash('t')), table }
      expect(refused(() => runAll(operation))).toMatchObject({ code: 'bad_request' })
    }
  })

  it('[SES21] what is not a hash, an id, a user or a policy is refused before any of it', () => {
    const bad: readonly [string, ...unknown[]][] = [
      ['get', 's1_'.padEnd(49, 'A')],
      ['get', `${hash('t')}=`],
      ['get', null],
      ['create', 'short', hash('t'), {}, {}],
      ['create', id('s'), hash('t'), { user: '' }, {}],
      ['create', id('s'), hash('t'), { user: 'x'.repeat(257) }, {}],
      ['create', id('s'), hash('t'), { user: 'ada', admin: true }, {}],
      ['create', id('s'), hash('t'), { data: [] }, {}],
      ['create', id('s'), hash('t'), {}, { address: '10.0.0.1' }],
      ['list', 'x'.repeat(10_000), {}],
    ]
    for (const [op, ...args] of bad) expect(refused(() => run(op, ...args))).toMatchObject({ code: 'badarg' })
    for (const wrong of [{ idleMs: 0 }, { maxPerUser: 10_001 }, { colour: 1 }, { journal: 'later' }]) {
      policy = wrong as Partial<Policy>
      expect(refused(() => create('t'))).toMatchObject({ code: 'badarg', details: { why: 'options' } })
    }
    expect(database.tables.size).toBe(0)
  })

  it('[SES21] every option of a policy is needed', () => {
    for (const option of Object.keys(POLICY)) {
      const { [option as keyof Policy]: _, ...rest } = POLICY
      const operation = { table: OWNER, op: 'session_get', args: [hash('t'), {}, rest] }
      expect(refused(() => runAll(operation))).toMatchObject({ code: 'badarg' })
    }
  })
})
