/**
 * The session of a request: what was read of it, what the handler changes, and what has to be written in the end.
 *
 * Fields that are set and unset wait until the request is done and go as one patch, field by field, so those of parallel
 * requests survive. What has to be known at once (counters, logins, rotations) is done at once. Steps are done one
 * after the other, whatever the handler awaits.
 *
 * A session begins when there is something to keep, not before.
 */
import { EtsError } from '../engine/error.ts'
import type { Term, TermObject } from '../engine/term.ts'
import type {
  Issued,
  SessionCall,
  SessionStart,
  SessionSummary,
  Sessions,
  SessionView,
} from '../protocol/sessions.ts'
import { csrfTokenOf } from '../sessions/hashes.ts'

export class Session {
  readonly #sessions: Sessions
  readonly #call: SessionCall
  #token: string | undefined
  #view: SessionView | undefined
  #set = new Map<string, Term>()
  #unset = new Set<string>()
  #flash = new Map<string, Term>()
  #wasEnded = false
  #last: Promise<unknown> = Promise.resolve()

  constructor(
    sessions: Sessions,
    call: SessionCall,
    known?: { readonly token: string; readonly view: SessionView },
  ) {
    this.#sessions = sessions
    this.#call = call
    this.#token = known?.token
    this.#view = known?.view
  }

  /** Whether there is one yet. */
  get exists(): boolean {
    return this.#view !== undefined
  }

  /** Public: for lists of devices, not for proof. */
  get id(): string | undefined {
    return this.#view?.id
  }

  get user(): string | null {
    return this.#view?.user ?? null
  }

  /** Whether the user proved who they are not long ago: ask before what is grave. */
  get isFresh(): boolean {
    return this.#view?.isFresh ?? false
  }

  /** What was read, and when it ends. */
  get view(): SessionView | undefined {
    return this.#view
  }

  /** Whether this request has ended it. */
  get wasEnded(): boolean {
    return this.#wasEnded
  }

  /** The token, for the cookie. */
  get token(): string | undefined {
    return this.#token
  }

  /** A field, as it was read or set here. To change what is in it, set it. */
  get(name: string): Term | undefined {
    if (this.#set.has(name)) return this.#set.get(name)
    if (this.#unset.has(name) || this.#view === undefined) return undefined
    return Object.hasOwn(this.#view.data, name) ? this.#view.data[name] : undefined
  }

  set(name: string, value: Term): void {
    this.#unset.delete(name)
    this.#set.set(name, value)
  }

  unset(name: string): void {
    this.#set.delete(name)
    if (this.#view !== undefined) this.#unset.add(name)
  }

  /** A value for the next request, or the one after: whichever takes it. */
  flash(name: string, value: Term): void {
    this.#flash.set(name, value)
  }

  /** The flash values, which nobody is given again. */
  takeFlash(): Promise<TermObject> {
    return this.#next(async () => {
      if (this.#token === undefined || this.#view === undefined) return {}
      if (Object.keys(this.#view.flash).length === 0) return {}
      this.#view = { ...this.#view, flash: {} }
      return this.#sessions.flash(this.#token, this.#call)
    })
  }

  /** Adds to a counter and tells what it is then: no two requests are told the same. */
  increment(name: string, by = 1): Promise<number> {
    return this.#next(async () => {
      await this.#write()
      if (this.#token === undefined) this.#become(await this.#sessions.create({}, this.#call))
      const token = this.#token as string
      const { version, counters } = await this.#sessions.patch(
        token,
        { increment: { [name]: by } },
        this.#call,
      )
      const value = counters[name] as number
      if (this.#view !== undefined) {
        this.#view = { ...this.#view, version, data: { ...this.#view.data, [name]: value } }
      }
      return value
    })
  }

  /** Takes a field, which of parallel requests one is given: one-time codes, the state of a login elsewhere. */
  take(name: string): Promise<Term | undefined> {
    return this.#next(async () => {
      await this.#write()
      if (this.#token === undefined) return undefined
      const value = await this.#sessions.take(this.#token, name, this.#call)
      if (this.#view !== undefined) {
        const { [name]: _, ...data } = this.#view.data
        this.#view = { ...this.#view, data }
      }
      return value
    })
  }

  /** What to ask for before a password is checked, and to hand to `login` as `ifEpoch`. */
  epoch(user: string): Promise<number> {
    return this.#sessions.epoch(user)
  }

  /** The user has proved who they are: another token, the same data. The one before is worth nothing. */
  login(user: string, start: Omit<SessionStart, 'user'> = {}): Promise<void> {
    return this.#next(async () => {
      await this.#write()
      this.#become(await this.#sessions.login(this.#token, { ...start, user }, this.#call))
    })
  }

  /** They have proved it again: another token, both deadlines anew. */
  authenticate(): Promise<void> {
    return this.#renew('authenticate')
  }

  /** Another token. The one before is taken for a moment, for requests that are under way. */
  rotate(): Promise<void> {
    return this.#renew('rotate')
  }

  /** Ends the session. What was set here goes with it. */
  destroy(): Promise<void> {
    return this.#next(async () => {
      if (this.#token !== undefined) await this.#sessions.destroy(this.#token, this.#call)
      this.#forget()
      this.#wasEnded = true
    })
  }

  /** The sessions of the user, this one marked; none where nobody is logged in. */
  async devices(): Promise<readonly SessionSummary[]> {
    return this.user === null ? [] : this.#sessions.list(this.user, this.#token)
  }

  /** Ends another session of the user. Errors: `no_such_session` where that is none of theirs. */
  async revoke(id: string): Promise<void> {
    if (this.user === null) throw new EtsError('no_such_session', { message: 'nobody is logged in' })
    await this.#sessions.revoke(this.user, id, this.#call)
  }

  /** Ends the user's other sessions; with `everywhere` this one too. */
  revokeOthers({ everywhere = false }: { readonly everywhere?: boolean } = {}): Promise<void> {
    return this.#next(async () => {
      if (this.user === null) return
      const own = everywhere || this.#token === undefined ? {} : { own: this.#token }
      await this.#sessions.revokeUser(this.user, own, this.#call)
      if (!everywhere) return
      this.#forget()
      this.#wasEnded = true
    })
  }

  /** The token for forms; a session begins for it if there was none. */
  csrfToken(): Promise<string> {
    return this.#next(async () => {
      if (this.#token === undefined) {
        await this.#write()
        if (this.#token === undefined) this.#become(await this.#sessions.create({}, this.#call))
      }
      return csrfTokenOf(this.#token as string)
    })
  }

  /** Writes what waits. A session that has ended meanwhile stays so: what is late is not kept. */
  save(): Promise<void> {
    return this.#next(() => this.#write())
  }

  /** Rotates the token if the realm wants that by now. */
  async rotateIfDue(): Promise<void> {
    if (!this.#view?.isRotationDue) return
    try {
      await this.rotate()
    } catch (error) {
      // Another request was first: the browser has the new token from there.
      if (!isRefusal(error, 'version_conflict') && !isRefusal(error, 'no_such_session')) throw error
    }
  }

  async #write(): Promise<void> {
    const set = Object.fromEntries(this.#set)
    const flash = Object.fromEntries(this.#flash)
    const unset = [...this.#unset]
    if (this.#set.size + this.#flash.size + unset.length === 0) return
    this.#set.clear()
    this.#flash.clear()
    this.#unset.clear()
    if (this.#token === undefined) {
      this.#become(await this.#sessions.create({ data: set, flash }, this.#call))
      return
    }
    try {
      const { version } = await this.#sessions.patch(this.#token, { set, unset, flash }, this.#call)
      this.#merge(set, unset, version)
    } catch (error) {
      if (!isRefusal(error, 'no_such_session')) throw error
      this.#forget()
    }
  }

  #merge(set: TermObject, unset: readonly string[], version: number): void {
    if (this.#view === undefined) return
    const data: Record<string, Term> = { ...this.#view.data, ...set }
    for (const name of unset) delete data[name]
    this.#view = { ...this.#view, data, version }
  }

  #renew(how: 'rotate' | 'authenticate'): Promise<void> {
    return this.#next(async () => {
      await this.#write()
      if (this.#token !== undefined) this.#become(await this.#sessions[how](this.#token, this.#call))
    })
  }

  #become({ token, session }: Issued): void {
    this.#token = token
    this.#view = session
  }

  #forget(): void {
    this.#token = undefined
    this.#view = undefined
    this.#set.clear()
    this.#flash.clear()
    this.#unset.clear()
  }

  /** Does a step when those before are done, however they ended. */
  #next<T>(work: () => Promise<T>): Promise<T> {
    const step = this.#last.then(work, work)
    this.#last = step
    return step
  }
}

export const isRefusal = (error: unknown, code: string): boolean =>
  error instanceof EtsError && error.code === code
