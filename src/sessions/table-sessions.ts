/**
 * Sessions over tables: draws tokens, hashes them, finds the owner by the slot, and asks it.
 *
 * Hashing happens here, before the turn: what an operation carries, and what is kept, logged or answered, has the hash
 * alone.
 */
import { type ErrorCode, EtsError } from '../engine/error.ts'
import type { Term, TermObject } from '../engine/term.ts'
import { check } from '../protocol/check.ts'
import { MAX_ORIGIN_LENGTH } from '../protocol/limits.ts'
import { networkOf } from '../protocol/network.ts'
import { isFault, type Realm, type RealmOptions, type Realms, readRealms } from '../protocol/realms.ts'
import { User } from '../protocol/session-arguments.ts'
import type {
  AuditEntry,
  CallOrigin,
  Issued,
  Patch,
  Patched,
  SessionCall,
  SessionStart,
  SessionSummary,
  Sessions,
  SessionView,
  TokenReport,
} from '../protocol/sessions.ts'
import { SLOTS } from '../protocol/slots.ts'
import type { CallOptions, Tables } from '../protocol/tables.ts'
import type { Origin } from '../session/audit.ts'
import { ownerName } from '../session/names.ts'
import type { Page } from '../session/pages.ts'
import { DeadTokens } from './dead-tokens.ts'
import { csrfTokenOf, hashOf } from './hashes.ts'
import { Throttle } from './throttle.ts'
import { base64Url, SECRET_BYTES, slotOfToken, slotOfUser, tokenOf } from './token.ts'

/** Bytes of a public id: enough that none comes twice. */
const ID_BYTES = 16

/** How long a session lives that is made in another owner, until the one it replaces has ended. */
const PROVISIONAL_MS = 60_000

/** How often a login reads a session again that changes while it is replaced. */
const MAX_LOGIN_ATTEMPTS = 5

export interface SessionsParts {
  readonly tables: Tables
  readonly realms: Realms
  /** What an isolate remembers, shared by whatever serves the same callers. Default: one of each for this alone. */
  readonly throttle?: Throttle
  readonly dead?: DeadTokens
  /** Whose tables these are: what is remembered of one tenant is nothing to another. Default: nobody's in particular. */
  readonly tenant?: string
}

/** The sessions of a realm. Errors: `no_such_realm`. */
export function tableSessions(parts: SessionsParts, name: string): Sessions {
  const { tables, realms, throttle = new Throttle(), dead = new DeadTokens(), tenant = '' } = parts
  const realm = realms.get(name)
  if (realm === undefined) throw new EtsError('no_such_realm', { realm: name.slice(0, 64) })
  return new TableSessions(tables, realm, throttle, dead, `${tenant}.${name}`)
}

/**
 * The sessions of a realm whose options are given here: for programs, over any tables.
 *
 * Errors: `bad_request` for options that are none.
 */
export function sessionsOf(tables: Tables, name: string, options: RealmOptions = {}): Sessions {
  const realms = readRealms({ [name]: options })
  if (isFault(realms)) throw new EtsError('bad_request', { message: realms.message })
  return tableSessions({ tables, realms }, name)
}

class TableSessions implements Sessions {
  readonly #tables: Tables
  readonly #realm: Realm
  readonly #throttle: Throttle
  readonly #dead: DeadTokens
  /** The realm, of all realms of all tenants. */
  readonly #place: string

  constructor(tables: Tables, realm: Realm, throttle: Throttle, dead: DeadTokens, place: string) {
    this.#tables = tables
    this.#realm = realm
    this.#throttle = throttle
    this.#dead = dead
    this.#place = place
  }

  async create(start: SessionStart = {}, call: SessionCall = {}): Promise<Issued> {
    const slot = start.user === undefined ? anySlot() : slotOfUser(check(User, start.user))
    const drawn = await draw(slot)
    const args = [drawn.id, drawn.hash, start, originOf(call)]
    const session = await this.#run<SessionView>(slot, 'create', args, unnamed(call))
    return issued(drawn.token, session)
  }

  get(token: string, call?: SessionCall): Promise<SessionView> {
    return this.#ofToken(token, call, 'get')
  }

  touch(token: string, call?: SessionCall): Promise<SessionView> {
    return this.#ofToken(token, call, 'touch')
  }

  patch(token: string, patch: Patch, call?: SessionCall): Promise<Patched> {
    return this.#ofToken(token, call, 'patch', patch)
  }

  async take(token: string, field: string, call?: SessionCall): Promise<Term | undefined> {
    return (await this.#ofToken<readonly Term[]>(token, call, 'take', field))[0]
  }

  flash(token: string, call?: SessionCall): Promise<TermObject> {
    return this.#ofToken(token, call, 'flash')
  }

  async rotate(token: string, call?: SessionCall): Promise<Issued> {
    const drawn = await draw(slotOfToken(token) ?? 0)
    return issued(drawn.token, await this.#ofToken(token, unnamed(call), 'rotate', drawn.hash))
  }

  async authenticate(token: string, call?: SessionCall): Promise<Issued> {
    const drawn = await draw(slotOfToken(token) ?? 0)
    return issued(drawn.token, await this.#ofToken(token, unnamed(call), 'authenticate', drawn.hash))
  }

  async destroy(token: string, call?: SessionCall): Promise<void> {
    const slot = slotOfToken(token)
    if (slot !== undefined) await this.#run(slot, 'destroy', [await hashOf(token), originOf(call)], call)
  }

  async login(
    token: string | undefined,
    start: SessionStart & { readonly user: string },
    given: SessionCall = {},
  ): Promise<Issued> {
    const call = unnamed(given)
    check(User, start.user)
    for (let attempt = 1; ; attempt++) {
      const old = token === undefined ? undefined : await this.#find(token, call)
      if (token === undefined || old === undefined) return this.create(start, call)
      const isOwn = old.user === null || old.user === start.user
      const carried = isOwn
        ? { ...start, data: { ...old.data, ...start.data }, flash: { ...old.flash, ...start.flash } }
        : start
      try {
        return await this.#replace(token, old.version, carried, call)
      } catch (error) {
        if (!isConflict(error, this.#ownerOfToken(token)) || attempt === MAX_LOGIN_ATTEMPTS) throw error
        if (start.ifEpoch !== undefined && (await this.epoch(start.user)) !== start.ifEpoch) throw error
      }
    }
  }

  /**
   * Ends one session and begins another with its data, if it is still as it was read.
   *
   * With one owner that is a turn. With two the new one is made first and provisionally: where the old one has changed
   * meanwhile it is dropped, and where this ends half-way it drops itself, its token never told to anybody.
   */
  async #replace(
    token: string,
    version: number,
    start: SessionStart & { readonly user: string },
    call: SessionCall,
  ): Promise<Issued> {
    const slot = slotOfUser(start.user)
    const drawn = await draw(slot)
    const { policy } = this.#realm
    const table = this.#owner(slot)
    const old = this.#ownerOfToken(token)
    const depart = {
      table: old,
      op: 'session_depart',
      args: [await hashOf(token), version, originOf(call), policy],
    }
    const createWith = (wanted: object) => ({
      table,
      op: 'session_create',
      args: [drawn.id, drawn.hash, wanted, originOf(call), policy],
    })
    if (table === old) {
      const { values } = await this.#tables.run([depart, createWith(start)], optionsOf(call))
      return issued(drawn.token, as<SessionView>(values[1]))
    }
    const provisional = createWith({ ...start, provisionalMs: PROVISIONAL_MS })
    const { values } = await this.#tables.run([provisional], optionsOf(call))
    try {
      await this.#tables.run([depart], optionsOf(call))
    } catch (error) {
      if (isRefusal(error, 'version_conflict')) await this.destroy(drawn.token)
      throw error
    }
    return issued(drawn.token, await this.#settled(drawn.token, as<SessionView>(values[0])))
  }

  /** A provisional session, for good. Where that cannot be said now, its first use says it. */
  async #settled(token: string, provisional: SessionView): Promise<SessionView> {
    try {
      return await this.touch(token)
    } catch (error) {
      if (isRefusal(error, 'no_such_session')) throw error
      return provisional
    }
  }

  async list(user: string, own?: string): Promise<readonly SessionSummary[]> {
    const choice = await ownOf(own)
    let epoch: number | undefined
    let found: SessionSummary[] = []
    let after: object = {}
    for (;;) {
      const page = await this.#ofUser<Page<SessionSummary>>(user, 'list', [{ ...choice, ...after }])
      // All that were found have been revoked meanwhile.
      if (page.epoch !== epoch) found = []
      found.push(...page.found)
      if (page.next === null) return found
      epoch = page.epoch
      after = { after: page.next }
    }
  }

  async revoke(user: string, id: string, call?: SessionCall): Promise<void> {
    if (!(await this.#ofUser(user, 'revoke', [id, originOf(call)], call))) throw noSuchSession()
  }

  async revokeUser(
    user: string,
    { own, spec }: { readonly own?: string; readonly spec?: Term } = {},
    call?: SessionCall,
  ): Promise<void> {
    const choice = { ...(await ownOf(own)), ...(spec === undefined ? {} : { spec }) }
    let after: object = {}
    for (let n = 0; ; n++) {
      const args = [{ ...choice, ...after }, originOf(call)]
      const named = await nthOf(call, n)
      const { next = null } = await this.#ofUser<Partial<Page<never>>>(user, 'revoke_user', args, named)
      if (next === null) return
      after = { after: next }
    }
  }

  epoch(user: string): Promise<number> {
    return this.#ofUser(user, 'epoch', [])
  }

  audit(user: string): Promise<readonly AuditEntry[]> {
    return this.#ofUser(user, 'audit', [])
  }

  async inspect(token: string): Promise<TokenReport> {
    const slot = slotOfToken(token)
    return slot === undefined ? { state: 'unknown' } : this.#run(slot, 'inspect', [await hashOf(token)])
  }

  #owner(slot: number): string {
    const { name, owners } = this.#realm
    return ownerName(name, Math.floor((slot * owners) / SLOTS), owners)
  }

  #ownerOfToken(token: string): string {
    return this.#owner(slotOfToken(token) ?? 0)
  }

  async #run<T>(slot: number, verb: string, args: readonly unknown[], call: SessionCall = {}): Promise<T> {
    const operation = { table: this.#owner(slot), op: `session_${verb}`, args: [...args, this.#realm.policy] }
    const { values } = await this.#tables.run([operation], optionsOf(call))
    return as<T>(values[0])
  }

  #ofUser<T>(user: string, verb: string, args: readonly unknown[], call?: SessionCall): Promise<T> {
    return this.#run(slotOfUser(check(User, user)), verb, [user, ...args], call)
  }

  /** Asks the owner about a token. Errors: `no_such_session`, `rate_limited`. */
  async #ofToken<T>(
    token: string,
    call: SessionCall = {},
    verb: string,
    ...args: readonly unknown[]
  ): Promise<T> {
    const slot = slotOfToken(token)
    const hash = slot === undefined ? undefined : await hashOf(token)
    if (hash !== undefined && this.#dead.has(this.#place, hash)) throw noSuchSession()
    const address = call.origin?.address
    this.#throttle.check(address, this.#place)
    if (slot !== undefined && hash !== undefined) {
      const answer = await this.#run<T | null>(slot, verb, [hash, ...args, originOf(call)], call)
      if (answer !== null) return answer
      this.#dead.add(this.#place, hash)
    }
    this.#throttle.miss(address, this.#place)
    throw noSuchSession()
  }

  async #find(token: string, call: SessionCall): Promise<SessionView | undefined> {
    try {
      return await this.get(token, call.origin === undefined ? {} : { origin: call.origin })
    } catch (error) {
      if (isRefusal(error, 'no_such_session')) return undefined
      throw error
    }
  }
}

/** What the call of the owner is told of that of the caller. */
const optionsOf = ({ idempotencyKey, timeoutMs }: SessionCall): CallOptions => ({
  ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  ...(timeoutMs === undefined ? {} : { timeoutMs }),
})

/** A call that draws a token is not the same when it is made again: an idempotency key would name two calls. */
const unnamed = ({ idempotencyKey: _, ...call }: SessionCall = {}): SessionCall => call

/** One of several calls that one is made of: each is known again when the whole is sent again. */
async function nthOf(call: SessionCall = {}, n: number): Promise<SessionCall> {
  const { idempotencyKey } = call
  if (idempotencyKey === undefined || n === 0) return call
  return { ...call, idempotencyKey: await hashOf(`${idempotencyKey} ${n}`) }
}

interface Drawn {
  readonly token: string
  readonly hash: string
  readonly id: string
}

/** A token that nobody knows and the public id of a session. */
async function draw(slot: number): Promise<Drawn> {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES + ID_BYTES))
  const token = tokenOf(slot, bytes.subarray(0, SECRET_BYTES))
  return { token, hash: await hashOf(token), id: base64Url(bytes.subarray(SECRET_BYTES)) }
}

const anySlot = (): number => (crypto.getRandomValues(new Uint16Array(1))[0] as number) % SLOTS

const issued = async (token: string, session: SessionView): Promise<Issued> => ({
  token,
  csrfToken: await csrfTokenOf(token),
  session,
})

/** The hash of a token that may be none: what is no token is that of no session. */
async function ownOf(own: string | undefined): Promise<{ readonly own?: string }> {
  return own === undefined || slotOfToken(own) === undefined ? {} : { own: await hashOf(own) }
}

/** What is kept of where a call comes from: the network, and of long texts the beginning. */
function originOf({ origin = {} }: SessionCall = {}): Origin {
  const { address, userAgent, by }: CallOrigin = origin
  const network = address === undefined ? undefined : networkOf(address)
  return {
    ...(network === undefined ? {} : { network }),
    ...(userAgent === undefined ? {} : { userAgent: cut(userAgent) }),
    ...(by === undefined ? {} : { by: cut(by) }),
  }
}

const cut = (text: string): string => text.slice(0, MAX_ORIGIN_LENGTH).toWellFormed()

/** Whether the session that was to be replaced has changed. A user's epoch is told by another owner, or checked after. */
const isConflict = (error: unknown, owner: string): boolean =>
  isRefusal(error, 'version_conflict') && error.details.table === owner

const isRefusal = <C extends ErrorCode>(error: unknown, code: C): error is EtsError<C> =>
  error instanceof EtsError && error.code === code

/** The one answer for a token that is of no valid session, whatever became of it. */
const noSuchSession = (): EtsError =>
  new EtsError('no_such_session', { message: 'the token is of no session' })

/** What an operation answers is known by its verb. */
const as = <T>(value: unknown): T => value as T
