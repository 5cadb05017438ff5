/**
 * Sessions of an owner against sessions on paper, through random histories with time, crowds of calls and crashes.
 *
 * After each step everything that can be seen is compared: what each token ever made is worth, and what each user's
 * list says. A crash may take what was not acknowledged, from some call of the crowd on, and nothing else.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EtsError } from '../../src/engine/error.ts'
import type { Term } from '../../src/engine/term.ts'
import { checkOperations, type RawOperation } from '../../src/protocol/operation.ts'
import type { Page } from '../../src/session/pages.ts'
import type { Policy } from '../../src/session/policy.ts'
import type { SessionSummary, SessionView } from '../../src/session/views.ts'
import { TestOwner } from '../support/an-owner.ts'
import { modelRuns, modelTimeout } from '../support/model-runs.ts'
import { NaiveSessions } from '../support/naive-sessions.ts'
import { callsUnder, hash, id } from '../support/session-calls.ts'
import { type Call, policy, type Step, step, USERS } from '../support/session-histories.ts'

/** A call as the owner is asked it, and what it does to the sessions on paper; it gives what is to be answered. */
interface Play {
  readonly operations: readonly RawOperation[]
  readonly onPaper: (paper: NaiveSessions, nowMs: number) => unknown
}

const REFUSED = 'refused'

class History {
  readonly owner = new TestOwner()
  readonly #policy: Policy
  #paper = new NaiveSessions()
  #made = 0

  constructor(policy: Policy) {
    this.#policy = policy
  }

  async play({ calls, crashAfter }: Extract<Step, { kind: 'crowd' }>): Promise<void> {
    const { owner } = this
    const states = [this.#paper]
    const answers: Promise<void>[] = []
    const wrong: unknown[] = []
    let acknowledged = 0
    for (const [i, each] of calls.entries()) {
      const before = states.at(-1) as NaiveSessions
      const paper = before.clone()
      const { operations, onPaper } = this.#playOf(each, before)
      const wanted = onPaper(paper, owner.nowMs)
      states.push(paper)
      answers.push(
        this.#ask(operations).then((found) => {
          if (!same(found, wanted)) wrong.push({ call: each, found, wanted })
          // A refusal acknowledges nothing: it does not wait for what was before it.
          if (found !== REFUSED) acknowledged = i + 1
        }),
      )
    }
    if (crashAfter !== null) {
      for (let moment = 0; moment < crashAfter; moment++) await Promise.resolve()
      const least = acknowledged
      expect(wrong).toEqual([])
      owner.restart()
      const seen = await this.#observe()
      const kept = states.findLastIndex((paper) => same(this.#wanted(paper), seen))
      expect(kept, 'acknowledged calls that a crash took').toBeGreaterThanOrEqual(least)
      this.#paper = states[kept] as NaiveSessions
      return
    }
    await Promise.all(answers)
    expect(wrong).toEqual([])
    this.#paper = states.at(-1) as NaiveSessions
    expect(await this.#observe()).toEqual(this.#wanted(this.#paper))
  }

  async pass(ms: number): Promise<void> {
    await this.owner.pass(ms)
    expect(await this.#observe()).toEqual(this.#wanted(this.#paper))
  }

  async #ask(operations: readonly RawOperation[]): Promise<unknown> {
    try {
      const { values } = await this.owner.owner.run(checkOperations(operations))
      return answerOf(operations.at(-1) as RawOperation, values.at(-1) as Term)
    } catch (error) {
      if (error instanceof EtsError) return REFUSED
      throw error
    }
  }

  /** A call, its tokens and ids chosen among those that there are by now. */
  #playOf(each: Call, before: NaiveSessions): Play {
    const policy = this.#policy
    const ask = callsUnder(policy)
    const at = (n: number): string =>
      before.tokens[n % Math.max(1, before.tokens.length)]?.hash ?? hash('none')
    const fresh = { id: id(`s${++this.#made}`), hash: hash(`t${this.#made}`) }
    /** What is done to the session of a token; nothing, and `null`, where there is none. */
    const on =
      (
        n: number,
        work: (paper: NaiveSessions, session: NaiveSessions['sessions'][0], nowMs: number) => unknown,
      ): Play['onPaper'] =>
      (paper, nowMs) => {
        const session = paper.of(at(n), policy, nowMs)
        return session === undefined ? null : work(paper, session, nowMs)
      }
    const used = (n: number, work: (session: NaiveSessions['sessions'][0]) => unknown): Play['onPaper'] =>
      on(n, (paper, session, nowMs) => {
        paper.use(session, policy, nowMs)
        return work(session)
      })
    switch (each.kind) {
      case 'create': {
        const known = each.user === null ? 0 : (before.epochs[each.user] ?? 0)
        const ifEpoch = { any: undefined, seen: known, stale: known + 1 }[each.epoch]
        const { data } = each
        const wanted = { ...fresh, user: each.user, data, ...(ifEpoch === undefined ? {} : { ifEpoch }) }
        const ofUser = { user: each.user, ...(ifEpoch === undefined ? {} : { ifEpoch }) }
        const asked = { data, ...(each.user === null ? {} : ofUser) }
        return {
          operations: [ask('create', fresh.id, fresh.hash, asked, {})],
          onPaper: (paper, nowMs) => (paper.create(wanted, policy, nowMs) ? fresh.id : REFUSED),
        }
      }
      case 'login': {
        const old = before.of(at(each.token), { ...policy, detectsReuse: false }, this.owner.nowMs)
        const isCurrent = before.stateOf(at(each.token), this.owner.nowMs) === 'valid'
        const data = old?.data ?? {}
        return {
          operations: [
            ask('depart', at(each.token), (old?.version ?? 1) + (each.isLate ? 1 : 0)),
            ask('create', fresh.id, fresh.hash, { user: each.user, data }, {}),
          ],
          onPaper: (paper, nowMs) => {
            if (old === undefined || !isCurrent || each.isLate) return REFUSED
            const session = paper.of(at(each.token), policy, nowMs)
            if (session !== undefined) session.isEnded = true
            if (paper.create({ ...fresh, user: each.user, data }, policy, nowMs)) return fresh.id
            if (session !== undefined) session.isEnded = false
            return REFUSED
          },
        }
      }
      case 'get':
        return {
          operations: [ask('get', at(each.token))],
          onPaper: on(each.token, (paper, session, nowMs) => {
            paper.read(session, policy, nowMs)
            return session.data
          }),
        }
      case 'touch':
        return { operations: [ask('touch', at(each.token))], onPaper: used(each.token, ({ id }) => id) }
      case 'set':
        return {
          operations: [ask('patch', at(each.token), { set: { [each.field]: this.#made } })],
          onPaper: ((value) =>
            used(each.token, (session) => {
              session.data = { ...session.data, [each.field]: value }
              return [++session.version, {}]
            }))(this.#made),
        }
      case 'increment':
        return {
          operations: [ask('patch', at(each.token), { increment: { n: 1 } })],
          onPaper: used(each.token, (session) => {
            const n = ((session.data.n as number | undefined) ?? 0) + 1
            session.data = { ...session.data, n }
            return [++session.version, { n }]
          }),
        }
      case 'take':
        return {
          operations: [ask('take', at(each.token), 'a')],
          onPaper: on(each.token, (paper, session, nowMs) => {
            if (!('a' in session.data)) return []
            const { a, ...rest } = session.data
            session.data = rest
            session.version++
            paper.use(session, policy, nowMs)
            return [a]
          }),
        }
      case 'rotate':
      case 'authenticate':
        return {
          operations: [ask(each.kind, at(each.token), fresh.hash, ...(each.kind === 'rotate' ? [] : [{}]))],
          onPaper: on(each.token, (paper, session, nowMs) => {
            if (paper.stateOf(at(each.token), nowMs) !== 'valid') return REFUSED
            paper.replace(session, fresh.hash, nowMs + policy.graceMs)
            if (each.kind === 'authenticate') {
              paper.forgetReplaced(session)
              session.authenticatedAtMs = nowMs
              session.endsAtMs = nowMs + policy.absoluteMs
            }
            paper.use(session, policy, nowMs)
            return session.id
          }),
        }
      case 'destroy':
        return {
          operations: [ask('destroy', at(each.token), {})],
          onPaper: (paper, nowMs) => {
            const session = paper.of(at(each.token), policy, nowMs)
            if (session !== undefined) session.isEnded = true
            return true
          },
        }
      case 'revoke': {
        const { id, user } = before.tokens[each.token % Math.max(1, before.tokens.length)]?.session ?? {
          id: fresh.id,
          user: 'ada',
        }
        return {
          operations: [ask('revoke', user ?? 'ada', id, {})],
          onPaper: (paper, nowMs) => {
            const session = paper.list(user ?? 'ada', nowMs).find((other) => other.id === id)
            if (session !== undefined) session.isEnded = true
            return session !== undefined
          },
        }
      }
      case 'revokeUser': {
        const own = each.own === null ? undefined : at(each.own)
        return {
          operations: [ask('revoke_user', each.user, own === undefined ? {} : { own }, {})],
          onPaper: (paper, nowMs) => {
            const kept = own === undefined ? undefined : paper.of(own, policy, nowMs)
            for (const session of paper.list(each.user, nowMs)) if (session !== kept) session.isEnded = true
            if (kept?.user === each.user) paper.use(kept, policy, nowMs)
            const epoch = Math.max((paper.epochs[each.user] ?? 0) + 1, nowMs)
            paper.epochs[each.user] = epoch
            return { epoch }
          },
        }
      }
      case 'revokeWhere': {
        const spec = [[['$1', '_', '_', '_', '_', { [each.field]: '_' }], [], [true]]]
        return {
          operations: [ask('revoke_user', each.user, { spec }, {})],
          onPaper: (paper, nowMs) => {
            const taken = paper.list(each.user, nowMs).filter(({ data }) => each.field in data)
            for (const session of taken) session.isEnded = true
            return { revoked: taken.length, next: null }
          },
        }
      }
    }
  }

  /** Everything that can be seen of all tokens and users, without moving a deadline. */
  async #observe(): Promise<unknown> {
    const ask = callsUnder({ ...this.#policy, touchMs: 1e9, detectsReuse: false })
    const hashes = Array.from({ length: this.#made }, (_, i) => hash(`t${i + 1}`))
    const tokens: unknown[] = []
    for (const each of hashes) {
      const { values } = await this.owner.call([ask('inspect', each), ask('get', each)])
      const { state } = values[0] as { state: string }
      const view = values[1] as SessionView | null
      tokens.push([
        each,
        view === null ? 'dead' : state,
        view === null ? null : [view.id, view.data, view.version, view.expiresAtMs, view.endsAtMs],
      ])
    }
    const users: unknown[] = []
    for (const each of USERS) {
      const { values } = await this.owner.call([ask('list', each, {}), ask('epoch', each)])
      const list = (values[0] as unknown as Page<SessionSummary>).found
      users.push([
        list.map(({ id, expiresAtMs, endsAtMs, authenticatedAtMs }) => [
          id,
          expiresAtMs,
          endsAtMs,
          authenticatedAtMs,
        ]),
        values[1],
      ])
    }
    return { tokens, users }
  }

  #wanted(paper: NaiveSessions): unknown {
    const { nowMs } = this.owner
    const policy = { ...this.#policy, detectsReuse: false }
    return {
      tokens: Array.from({ length: this.#made }, (_, i) => {
        const each = hash(`t${i + 1}`)
        const session = paper.of(each, policy, nowMs)
        const about =
          session === undefined
            ? null
            : [session.id, session.data, session.version, session.expiresAtMs, session.endsAtMs]
        return [each, paper.stateOf(each, nowMs), about]
      }),
      users: USERS.map((user) => [
        paper
          .list(user, nowMs)
          .map(({ id, expiresAtMs, endsAtMs, authenticatedAtMs }) => [
            id,
            expiresAtMs,
            endsAtMs,
            authenticatedAtMs,
          ]),
        paper.epochs[user] ?? 0,
      ]),
    }
  }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** What an answer comes down to. */
function answerOf({ op }: RawOperation, value: Term): unknown {
  if (value === null) return null
  switch (op) {
    case 'session_get':
      return (value as unknown as SessionView).data
    case 'session_patch': {
      const { version, counters } = value as { version: number; counters: unknown }
      return [version, counters]
    }
    case 'session_create':
    case 'session_touch':
    case 'session_rotate':
    case 'session_authenticate':
      return (value as unknown as SessionView).id
    default:
      return value
  }
}

describe('sessions of an owner', () => {
  it(
    '[SES1] are what they are on paper, whatever the history and wherever it is cut',
    modelTimeout,
    async () => {
      await fc.assert(
        fc.asyncProperty(policy, fc.array(step, { maxLength: 40, size: 'max' }), async (rules, steps) => {
          const history = new History(rules)
          for (const each of steps) {
            if (each.kind === 'pass') await history.pass(each.ms)
            else await history.play(each)
          }
        }),
        modelRuns(120),
      )
    },
  )
})
