/**
 * Sessions as one would write them down on paper: a list of sessions and a list of tokens, both searched.
 *
 * It has no epochs to compare, no index, no tombstones and no slots: revoking ends each session by itself.
 */
import type { Policy } from '../../src/session/policy.ts'

type Data = Record<string, unknown>

export interface NaiveSession {
  readonly id: string
  readonly user: string | null
  data: Data
  version: number
  readonly createdAtMs: number
  authenticatedAtMs: number | null
  expiresAtMs: number
  endsAtMs: number
  isEnded: boolean
}

/** `until` is when its grace ends, `NOW` while it is the session's own, and `NEVER` when it leads nowhere. */
interface NaiveToken {
  readonly hash: string
  readonly session: NaiveSession
  isCurrent: boolean
  graceEndsAtMs: number
  isForgotten: boolean
}

export type TokenState = 'valid' | 'replaced' | 'dead'

const MAX_REPLACED = 8

export class NaiveSessions {
  sessions: NaiveSession[] = []
  tokens: NaiveToken[] = []
  epochs: Record<string, number> = {}

  /** A copy that goes its own way. */
  clone(): NaiveSessions {
    const copy = structuredClone({ ...this })
    return Object.assign(new NaiveSessions(), copy)
  }

  stateOf(hash: string, nowMs: number): TokenState {
    const token = this.tokens.find((each) => each.hash === hash)
    if (token === undefined || !this.#isLive(token.session, nowMs) || token.isForgotten) return 'dead'
    if (token.isCurrent) return 'valid'
    return nowMs < token.graceEndsAtMs ? 'replaced' : 'dead'
  }

  /** The session of a token. One that was replaced too long ago ends it. */
  of(hash: string, policy: Policy, nowMs: number): NaiveSession | undefined {
    const token = this.tokens.find((each) => each.hash === hash)
    if (token === undefined || token.isForgotten || !this.#isLive(token.session, nowMs)) return undefined
    if (token.isCurrent || nowMs < token.graceEndsAtMs) return token.session
    if (policy.detectsReuse) token.session.isEnded = true
    return undefined
  }

  list(user: string, nowMs: number): NaiveSession[] {
    return this.sessions
      .filter((each) => each.user === user && this.#isLive(each, nowMs))
      .sort((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1))
  }

  create(
    wanted: { id: string; hash: string; user: string | null; data: Data; ifEpoch?: number },
    policy: Policy,
    nowMs: number,
  ): boolean {
    const { id, hash, user, data, ifEpoch } = wanted
    if (user !== null) {
      if (ifEpoch !== undefined && ifEpoch !== (this.epochs[user] ?? 0)) return false
      const others = this.list(user, nowMs)
      if (others.length >= policy.maxPerUser && policy.atLimit === 'refuse') return false
      for (const each of others.slice(0, Math.max(0, others.length - policy.maxPerUser + 1)))
        each.isEnded = true
    }
    const session: NaiveSession = {
      id,
      user,
      data,
      version: 1,
      createdAtMs: nowMs,
      authenticatedAtMs: user === null ? null : nowMs,
      expiresAtMs: Math.min(nowMs + policy.idleMs, nowMs + policy.absoluteMs),
      endsAtMs: nowMs + policy.absoluteMs,
      isEnded: false,
    }
    this.sessions.push(session)
    this.tokens.push({ hash, session, isCurrent: true, graceEndsAtMs: 0, isForgotten: false })
    return true
  }

  use(session: NaiveSession, policy: Policy, nowMs: number): void {
    session.expiresAtMs = Math.min(nowMs + policy.idleMs, session.endsAtMs)
  }

  read(session: NaiveSession, policy: Policy, nowMs: number): void {
    const to = Math.min(nowMs + policy.idleMs, session.endsAtMs)
    if (to - session.expiresAtMs > policy.touchMs) session.expiresAtMs = to
  }

  replace(session: NaiveSession, hash: string, graceEndsAtMs: number): void {
    for (const token of this.tokens) {
      if (token.session !== session || !token.isCurrent) continue
      token.isCurrent = false
      token.graceEndsAtMs = graceEndsAtMs
    }
    this.tokens.push({ hash, session, isCurrent: true, graceEndsAtMs: 0, isForgotten: false })
    const replaced = this.tokens.filter(
      (each) => each.session === session && !each.isCurrent && !each.isForgotten,
    )
    for (const token of replaced.slice(0, -MAX_REPLACED)) token.isForgotten = true
  }

  forgetReplaced(session: NaiveSession): void {
    for (const token of this.tokens) {
      if (token.session === session && !token.isCurrent) token.isForgotten = true
    }
  }

  #isLive(session: NaiveSession, nowMs: number): boolean {
    return !session.isEnded && nowMs < session.expiresAtMs && nowMs < session.endsAtMs
  }
}
