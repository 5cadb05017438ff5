/**
 * The verbs of sessions. They stand beside those of tables: an operation names one, and the owner runs it in a turn.
 *
 * A token that is of no valid session is answered with `null` and not refused: to refuse is to change nothing, and a
 * token that was replaced long ago may have to end its session. Only hashes of tokens come here.
 */
import type { Database } from '../engine/database.ts'
import type { Term, TermObject } from '../engine/term.ts'
import type { EpochMs } from '../engine/time.ts'
import type { Arguments, Verb } from '../engine/verbs/registry.ts'
import { noteAll, type Origin, trail } from './audit.ts'
import {
  authenticate,
  begin,
  conflict,
  crowded,
  end,
  endAll,
  glance,
  isCrowded,
  type Living,
  type NewSession,
  rotate,
  type Scene,
  sessionOf,
  sessionOfToken,
  use,
} from './life.ts'
import { checkOwner } from './names.ts'
import { matchingPageOf, type Page, type Place, pageOf } from './pages.ts'
import { bytesOf, checkSize, joined, type Patch, patched } from './patch.ts'
import type { Policy } from './policy.ts'
import { find, SessionTables, TABLE_NAMES, type TokenEntry } from './tables.ts'
import { epochAfter, keepUser, userOf } from './users.ts'
import { type SessionSummary, summaryOf, viewOf } from './views.ts'

/** What an argument is; `protocol/session-arguments` describes each. */
export type SessionArgumentName =
  | 'token_hash'
  | 'new_token_hash'
  | 'session_id'
  | 'session_user'
  | 'session_field'
  | 'session_version'
  | 'new_session'
  | 'session_patch'
  | 'session_choice'
  | 'session_origin'
  | 'session_policy'

/** Which sessions of a user are meant: all, or those that a match specification takes. */
export interface Choice {
  /** The hash of the caller's own token. Its session is marked in a list, and spared when others are revoked. */
  readonly own?: string
  readonly spec?: Term
  /** Where the page before ended, of lists and of those that match. */
  readonly after?: Place
}

type SessionVerb = Verb<SessionArgumentName>
type OnScene = (scene: Scene, args: Arguments) => Term

/** `wanted` is what an argument was checked to be; an answer is JSON by what it is made of. */
const as = <T>(wanted: Term | undefined): T => wanted as unknown as T
const term = (answer: object | null): Term => answer as Term

/** A verb that makes the tables if there are none. The policy is its last argument. */
const making = (args: SessionVerb['args'], work: OnScene): SessionVerb => ({
  mode: 'write',
  args: [...args, 'session_policy'],
  others: () => TABLE_NAMES,
  run(database, owner, values, nowMs) {
    checkOwner(owner)
    const policy = as<Policy>(values[args.length])
    return work({ owner, policy, nowMs, tables: SessionTables.open(database, policy.journal) }, values)
  },
})

/** A verb that finds the tables, and answers `none` where there are none. */
const finding = (mode: Verb['mode'], args: SessionVerb['args'], none: Term, work: OnScene): SessionVerb => ({
  mode,
  args: [...args, 'session_policy'],
  others: () => TABLE_NAMES,
  run(database: Database, owner: string, values: Arguments, nowMs: EpochMs) {
    checkOwner(owner)
    const tables = SessionTables.find(database)
    if (tables === undefined) return none
    return work({ owner, policy: as<Policy>(values[args.length]), nowMs, tables }, values)
  },
})

type OnSession = (scene: Scene, living: Living, args: Arguments) => Term

/**
 * A verb on the session of a token, its first argument; from where it comes is its last. It answers `null` where that is
 * of no valid session.
 */
const onSession = (mode: Verb['mode'], args: SessionVerb['args'], work: OnSession): SessionVerb =>
  finding(mode, ['token_hash', ...args, 'session_origin'], null, (scene, values) => {
    const living = sessionOfToken(scene, as(values[0]), as<Origin>(values[args.length + 1]))
    return living === undefined ? null : work(scene, living, values)
  })

const NO_SESSIONS = term({ epoch: 0, found: [], next: null } satisfies Page<SessionSummary>)

export const SESSION_VERBS = {
  session_create: making(['session_id', 'token_hash', 'new_session', 'session_origin'], (scene, a) => {
    const id = as<string>(a[0])
    return term(viewOf(scene, id, begin(scene, id, as(a[1]), as<NewSession>(a[2]), as<Origin>(a[3]))))
  }),

  /** A read: all that it moves is the idle deadline, as a look-up does. */
  session_get: onSession('read', [], (scene, living) =>
    term(viewOf(scene, living.id, glance(scene, living))),
  ),

  session_touch: onSession('write', [], (scene, { id, value }) =>
    term(viewOf(scene, id, use(scene, id, value))),
  ),

  session_patch: onSession('write', ['session_patch'], (scene, { id, value }, a) => {
    const patch = as<Patch>(a[1])
    if (patch.ifVersion !== undefined && patch.ifVersion !== value.version)
      throw conflict(scene, value.version)
    const data = patched(value.data, patch)
    const flash = joined(value.flash, patch.flash ?? {})
    checkSize(data, flash, scene.policy.maxDataBytes)
    const grows = () => bytesOf(data, flash) > bytesOf(value.data, value.flash)
    if (value.user === null && isCrowded(scene) && grows()) throw crowded()
    const version = value.version + 1
    use(scene, id, { ...value, data, flash, version })
    const counters = Object.keys(patch.increment ?? {}).map((name) => [name, data[name] as Term])
    return { version, counters: Object.fromEntries(counters) }
  }),

  /** Removes a field: `[value]`, or `[]` where it is not there. Of many that ask, one is given it. */
  session_take: onSession('write', ['session_field'], (scene, { id, value }, a) => {
    const field = as<string>(a[1])
    if (!Object.hasOwn(value.data, field)) return []
    const { [field]: taken, ...data } = value.data
    use(scene, id, { ...value, data, version: value.version + 1 })
    return [taken as Term]
  }),

  /** Takes all flash values: each is given once. */
  session_flash: onSession('write', [], (scene, { id, value }) => {
    if (Object.keys(value.flash).length === 0) return value.flash
    use(scene, id, { ...value, flash: {}, version: value.version + 1 })
    return value.flash
  }),

  session_rotate: onSession('write', ['new_token_hash'], (scene, living, a) =>
    term(viewOf(scene, living.id, rotate(scene, living, as(a[1])))),
  ),

  session_authenticate: onSession('write', ['new_token_hash'], (scene, living, a) =>
    term(viewOf(scene, living.id, authenticate(scene, living, as(a[1]), as<Origin>(a[2])))),
  ),

  /** Ends a session that another takes the place of, if it is as that one was told: nothing acknowledged is lost. */
  session_depart: making(['token_hash', 'session_version', 'session_origin'], (scene, a) => {
    const origin = as<Origin>(a[2])
    const living = sessionOfToken(scene, as(a[0]), origin)
    if (living === undefined) throw conflict(scene, 0)
    if (!living.isCurrent || living.value.version !== a[1]) throw conflict(scene, living.value.version)
    end(scene, living, 'ended', origin)
    return true
  }),

  session_destroy: finding('write', ['token_hash', 'session_origin'], true, (scene, a) => {
    const origin = as<Origin>(a[1])
    const living = sessionOfToken(scene, as(a[0]), origin)
    if (living !== undefined) end(scene, living, 'ended', origin)
    return true
  }),

  /** A page of the sessions of a user. */
  session_list: finding('read', ['session_user', 'session_choice'], NO_SESSIONS, (scene, a) => {
    const { own, after } = as<Choice>(a[1])
    const current = idOfToken(scene, own, {})
    const { epoch, found, next } = pageOf(scene, as(a[0]), after)
    const summaries = found.map(({ id, slot, value }) => ({
      ...summaryOf(scene.tables, slot, id, value),
      isCurrent: id === current,
    }))
    return term({ epoch, found: summaries, next })
  }),

  session_revoke: finding('write', ['session_user', 'session_id', 'session_origin'], false, (scene, a) => {
    const id = as<string>(a[1])
    const found = sessionOf(scene, id)
    if (found === undefined || found.value.user !== a[0]) return false
    end(scene, { id, ...found }, 'revoked', as<Origin>(a[2]))
    return true
  }),

  session_revoke_user: making(['session_user', 'session_choice', 'session_origin'], (scene, a) => {
    const { own, spec, after } = as<Choice>(a[1])
    const user = as<string>(a[0])
    const origin = as<Origin>(a[2])
    const kept = idOfToken(scene, own, origin)
    if (spec !== undefined) {
      const { found, next } = matchingPageOf(scene, user, after, spec)
      const endings = found.filter(({ id }) => id !== kept)
      endAll(scene, endings, 'revoked', origin)
      return term({ revoked: endings.length, next })
    }
    return revokeAll(scene, user, kept, origin)
  }),

  /** What a login asks for before it proves anything; `ifEpoch` of a new session is this. */
  session_epoch: finding(
    'read',
    ['session_user'],
    0,
    ({ tables, nowMs }, a) => userOf(tables, as(a[0]), nowMs).epoch,
  ),

  session_audit: finding('read', ['session_user'], [], ({ tables, policy, nowMs }, a) =>
    term(trail(tables, as(a[0]), policy, nowMs)),
  ),

  /** What became of a token. Its holder is not to know. */
  session_inspect: {
    ...finding('read', ['token_hash'], { state: 'unknown' }, (scene, a) => inspect(scene, as(a[0]))),
    isForAdmin: true,
  },
} satisfies Record<string, SessionVerb>

/** The id of a valid session that has the token, whether it is its first or a replaced one in its grace. */
function idOfToken(scene: Scene, hash: string | undefined, origin: Origin): string | undefined {
  return hash === undefined ? undefined : sessionOfToken(scene, hash, origin)?.id
}

/** Ends all sessions of a user but one by raising the epoch. Cost: O(1), whatever their number. */
function revokeAll(scene: Scene, user: string, keptId: string | undefined, origin: Origin): Term {
  const { tables, policy, nowMs } = scene
  const entry = userOf(tables, user, nowMs)
  const kept = keptId === undefined ? undefined : sessionOf(scene, keptId)
  const isKept = kept !== undefined && kept.value.user === user
  const epoch = epochAfter(entry, nowMs)
  keepUser(tables, user, { ...entry, epoch, sessions: isKept ? 1 : 0 }, policy, nowMs)
  if (isKept && keptId !== undefined) {
    const { createdAtMs, epoch: before } = kept.value
    tables.byUser.remove(tables.byUser.find([user, before, createdAtMs, keptId], nowMs), nowMs)
    use(scene, keptId, { ...kept.value, epoch })
  }
  noteAll(scene, user, 'revoked_all', [isKept && keptId !== undefined ? keptId : null], origin)
  return { epoch }
}

function inspect(scene: Scene, hash: string): TermObject {
  const { tables, nowMs } = scene
  const token = find<TokenEntry>(tables.tokens, hash, nowMs)?.value
  if (token === undefined) return { state: 'unknown' }
  const found = token.id === null ? undefined : sessionOf(scene, token.id)
  if (found === undefined) return { state: 'ended', id: token.id }
  const { user } = found.value
  if (token.graceEndsAtMs === null) return { state: 'valid', id: token.id, user }
  return { state: nowMs < token.graceEndsAtMs ? 'replaced' : 'expired', id: token.id, user }
}
