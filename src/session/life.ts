/**
 * The life of sessions: how they begin, are found, change their token and end.
 *
 * There is no way to write a session that is not there: `begin` is the only one that makes one, under an id and a
 * hash that were just drawn. So nothing that comes late can bring an ended session back.
 */
import { EtsError } from '../engine/error.ts'
import type { TermObject } from '../engine/term.ts'
import type { EpochMs } from '../engine/time.ts'
import { type AuditEvent, noteAll, type Origin } from './audit.ts'
import { deadlineOf, isWorthMoving } from './deadlines.ts'
import { checkSize, joined } from './patch.ts'
import type { Policy } from './policy.ts'
import {
  type Client,
  find,
  type Placed,
  put,
  type Session,
  type SessionTables,
  type TokenEntry,
  type UserKey,
} from './tables.ts'
import { idsOf, keepUser, reap, userOf } from './users.ts'

/** What a verb works with: the tables, and what holds for the turn. */
export interface Scene {
  /** The table that the operation names: the owner of the sessions. */
  readonly owner: string
  readonly tables: SessionTables
  readonly policy: Policy
  readonly nowMs: EpochMs
}

/** A session that is valid. */
export interface Living extends Placed<Session> {
  readonly id: string
  /** Its token is the one that was given, not one that has been replaced and is in its grace. */
  readonly isCurrent: boolean
}

export interface NewSession {
  readonly user?: string
  /** Only if the user has this epoch: what {@link userOf} told before the login began. */
  readonly ifEpoch?: number
  readonly data?: TermObject
  readonly flash?: TermObject
  /** It ends so soon unless it is touched: for one that takes another's place, until that has ended. */
  readonly provisionalMs?: number
}

/** Tokens of a session that are known for having been replaced; beyond that the oldest is forgotten. */
const MAX_REPLACED = 8

/**
 * Bytes of sessions and tokens in one owner up to which an anonymous session begins or grows: some 70,000 small ones. Anybody can
 * have an application begin those, so half of the memory that an object has is left for users and for what they do. The
 * next one is refused: to end the oldest would let whoever asks often enough empty the carts of all others.
 */
const MAX_BYTES_FOR_ANONYMOUS = 64 * 1024 * 1024

/** The session of an id, if it is valid: its row is there and it has the epoch of its user. */
export function sessionOf(
  { tables, nowMs }: Pick<Scene, 'tables' | 'nowMs'>,
  id: string,
): Placed<Session> | undefined {
  const found = find<Session>(tables.sessions, id, nowMs)
  if (found === undefined) return undefined
  const { user, epoch } = found.value
  return user === null || userOf(tables, user, nowMs).epoch === epoch ? found : undefined
}

/** The session of an id that the order of a user has: it has the user's epoch, and ends when it does there. */
export function endingOf({ tables, nowMs }: Scene, id: string): Ending {
  const { slot, value } = find<Session>(tables.sessions, id, nowMs) as Placed<Session>
  return { id, slot, value }
}

/**
 * The session of a token, or `undefined`.
 *
 * A replaced token that comes after its grace ends the session, where the realm wants that: its holder and somebody
 * else both had it, and nobody can tell who is who.
 */
export function sessionOfToken(scene: Scene, hash: string, origin: Origin): Living | undefined {
  const { tables, policy, nowMs } = scene
  const token = find<TokenEntry>(tables.tokens, hash, nowMs)?.value
  if (token === undefined || token.id === null) return undefined
  const found = sessionOf(scene, token.id)
  if (found === undefined) return undefined
  const living = { ...found, id: token.id, isCurrent: token.graceEndsAtMs === null }
  if (token.graceEndsAtMs === null || nowMs < token.graceEndsAtMs) return living
  if (policy.detectsReuse) end(scene, living, 'reused', origin)
  return undefined
}

/**
 * Begins a session, under an id and the hash of a token that nobody ever had.
 *
 * Errors: `version_conflict` when the epoch is another, `too_large` at the limit of the user, of the data or of what is
 *         anonymous.
 */
export function begin(scene: Scene, id: string, hash: string, wanted: NewSession, origin: Origin): Session {
  const { tables, policy, nowMs } = scene
  const { user = null, data = {}, flash = {}, provisionalMs } = wanted
  checkSize(joined({}, data), joined({}, flash), policy.maxDataBytes)
  if (tables.tokens.find(hash, nowMs) !== -1 || tables.sessions.find(id, nowMs) !== -1) {
    throw new EtsError('bad_request', { message: 'the token or the id was used before' })
  }
  if (user === null && isCrowded(scene)) throw crowded()
  const session: Session = {
    user,
    epoch: user === null ? 0 : enter(scene, user, wanted.ifEpoch, origin),
    token: hash,
    replaced: [],
    data,
    flash,
    version: 1,
    createdAtMs: nowMs,
    authenticatedAtMs: user === null ? null : nowMs,
    seenAtMs: nowMs,
    rotatedAtMs: nowMs,
    endsAtMs: nowMs + policy.absoluteMs,
    client: clientOf(origin),
  }
  const deadlineMs = deadlineOf(session, policy, nowMs)
  keep(
    scene,
    id,
    session,
    provisionalMs === undefined ? deadlineMs : Math.min(deadlineMs, nowMs + provisionalMs),
  )
  putToken(scene, hash, { id, graceEndsAtMs: null }, session.endsAtMs)
  if (user !== null) noteAll(scene, user, 'began', [id], origin)
  return session
}

/** Whether the room that is left is for users. */
export const isCrowded = ({ tables: { sessions, tokens } }: Scene): boolean =>
  sessions.bytes + tokens.bytes >= MAX_BYTES_FOR_ANONYMOUS

/** What an anonymous session is told that begins or grows where it is crowded. */
export const crowded = (): EtsError =>
  new EtsError('too_large', {
    what: 'bytes of sessions where anonymous ones begin or grow',
    limit: MAX_BYTES_FOR_ANONYMOUS,
  })

/** Makes room for one more session of a user, and says under which epoch it begins. */
function enter(scene: Scene, user: string, ifEpoch: number | undefined, origin: Origin): number {
  const { tables, policy, nowMs } = scene
  const { epoch, sessions } = userOf(tables, user, nowMs)
  if (ifEpoch !== undefined && ifEpoch !== epoch) throw conflict(scene, epoch)
  reap(tables, user, nowMs)
  // The number may be too high, as sessions end by themselves; only where it matters they are counted.
  const others = sessions < policy.maxPerUser ? undefined : idsOf(tables, user, nowMs)
  const excess = others === undefined ? 0 : others.length - policy.maxPerUser + 1
  if (excess > 0 && policy.atLimit === 'refuse') {
    throw new EtsError('too_large', { what: 'sessions of the user', limit: policy.maxPerUser })
  }
  if (others !== undefined && excess > 0) {
    const oldest = others.slice(0, excess).map((id) => endingOf(scene, id))
    endAll(scene, oldest, 'evicted', origin)
  }
  const left = others === undefined ? sessions : others.length - Math.max(0, excess)
  keepUser(tables, user, { ...userOf(tables, user, nowMs), sessions: left + 1 }, policy, nowMs)
  return epoch
}

/** Writes a session that was used now, with its deadlines. */
export const use = (scene: Scene, id: string, session: Session): Session => {
  const used = { ...session, seenAtMs: scene.nowMs }
  keep(scene, id, used, deadlineOf(used, scene.policy, scene.nowMs))
  return used
}

/** Moves the idle deadline of a session that is read, if that is worth a write. */
export function glance(scene: Scene, { slot, id, value }: Living): Session {
  const { tables, policy, nowMs } = scene
  const expiresAtMs = tables.sessions.expiresAtMs(slot)
  return isWorthMoving(expiresAtMs, deadlineOf(value, policy, nowMs), policy) ? use(scene, id, value) : value
}

function keep({ tables, nowMs }: Scene, id: string, session: Session, deadlineMs: number): void {
  put(tables.sessions, id, session, nowMs, deadlineMs)
  if (session.user === null) return
  const key: UserKey = [session.user, session.epoch, session.createdAtMs, id]
  const slot = tables.byUser.find(key, nowMs)
  if (slot === -1) tables.byUser.put([key, true], nowMs, deadlineMs as EpochMs)
  else if (tables.byUser.expiresAtMs(slot) !== deadlineMs)
    tables.byUser.retime(slot, deadlineMs as EpochMs, nowMs)
}

/**
 * Puts another token in the place of the session's. The old one is taken until its grace ends.
 *
 * Errors: `version_conflict` when the token that was given is not the current one: another request was first.
 */
export function rotate(scene: Scene, { id, value, isCurrent }: Living, hash: string): Session {
  const { tables, policy, nowMs } = scene
  if (!isCurrent) throw conflict(scene, value.version)
  putToken(scene, value.token, { id, graceEndsAtMs: nowMs + policy.graceMs }, value.endsAtMs)
  putToken(scene, hash, { id, graceEndsAtMs: null }, value.endsAtMs)
  const replaced = [...value.replaced, value.token]
  for (const forgotten of replaced.splice(0, replaced.length - MAX_REPLACED)) {
    const slot = tables.tokens.find(forgotten, nowMs)
    if (slot !== -1) tables.tokens.remove(slot, nowMs)
  }
  return use(scene, id, { ...value, token: hash, replaced, rotatedAtMs: nowMs })
}

/**
 * Marks that the user has just proved who they are: another token at once, without grace, and both deadlines anew.
 *
 * Errors: `version_conflict` as {@link rotate}.
 */
export function authenticate(scene: Scene, living: Living, hash: string, origin: Origin): Session {
  const { policy, nowMs } = scene
  const { id, value, isCurrent } = living
  if (!isCurrent) throw conflict(scene, value.version)
  const session: Session = {
    ...value,
    token: hash,
    replaced: [],
    rotatedAtMs: nowMs,
    authenticatedAtMs: nowMs,
    endsAtMs: nowMs + policy.absoluteMs,
    client: clientOf({ ...value.client, ...origin }),
  }
  // They lead nowhere from now on: a request that is still under way with one of them is no thief.
  for (const old of [...value.replaced, value.token]) putToken(scene, old, DEAD, nowMs + policy.tombstoneMs)
  putToken(scene, hash, { id, graceEndsAtMs: null }, session.endsAtMs)
  if (value.user !== null) noteAll(scene, value.user, 'authenticated', [id], origin)
  return use(scene, id, session)
}

/** A session that is valid, by its id. */
export type Ending = Placed<Session> & { readonly id: string }

/** Ends a session. */
export const end = (scene: Scene, ending: Ending, event: AuditEvent, origin: Origin): void =>
  endAll(scene, [ending], event, origin)

/**
 * Ends sessions, of one user if they are of any. Their tokens stay as tombstones: they lead to no session any more.
 *
 * Cost: O(sessions), some microseconds each.
 */
export function endAll(scene: Scene, endings: readonly Ending[], event: AuditEvent, origin: Origin): void {
  const { tables, policy, nowMs } = scene
  for (const ending of endings) remove(scene, ending)
  const user = endings[0]?.value.user
  if (user === null || user === undefined) return
  const entry = userOf(tables, user, nowMs)
  keepUser(tables, user, { ...entry, sessions: entry.sessions - endings.length }, policy, nowMs)
  noteAll(
    scene,
    user,
    event,
    endings.map(({ id }) => id),
    origin,
  )
}

function remove({ tables, policy, nowMs }: Scene, { id, slot, value }: Ending): void {
  const { user, epoch, createdAtMs, endsAtMs, token, replaced } = value
  tables.sessions.remove(slot, nowMs)
  if (user !== null) {
    const key: UserKey = [user, epoch, createdAtMs, id]
    tables.byUser.remove(tables.byUser.find(key, nowMs), nowMs)
  }
  const forgottenAtMs = nowMs + policy.tombstoneMs
  if (forgottenAtMs >= endsAtMs) return
  for (const hash of [token, ...replaced]) {
    const tombstone = tables.tokens.find(hash, nowMs)
    if (tombstone !== -1) tables.tokens.retime(tombstone, forgottenAtMs as EpochMs, nowMs)
  }
}

const DEAD: TokenEntry = { id: null, graceEndsAtMs: null }

function putToken({ tables, nowMs }: Scene, hash: string, entry: TokenEntry, endsAtMs: number): void {
  put(tables.tokens, hash, entry, nowMs, endsAtMs)
}

const clientOf = ({ network, userAgent }: Origin): Client => ({
  ...(network === undefined ? {} : { network }),
  ...(userAgent === undefined ? {} : { userAgent }),
})

/** What somebody waits for has changed meanwhile. */
export const conflict = ({ owner }: Scene, version: number): EtsError =>
  new EtsError('version_conflict', { table: owner, version })
