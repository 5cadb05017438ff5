/**
 * Pages: the sessions of a user, so many in a turn that none is long, however many there are.
 *
 * A page goes on where the one before ended, in the order in which sessions begin. That order never changes, so a session
 * that is there all the while is met once, whatever begins and ends between two pages. When all sessions were revoked in
 * between, what was met is gone, and the page is the first of those that there are now.
 */
import { EtsError } from '../engine/error.ts'
import { visitsOf } from '../engine/match/effort.ts'
import { specOf } from '../engine/query.ts'
import type { Bound } from '../engine/store/btree.ts'
import type { Term } from '../engine/term.ts'
import { type Ending, endingOf, type Scene } from './life.ts'
import { keyAt, startOf, userOf, visit } from './users.ts'
import { rowOf } from './views.ts'

/** Sessions of one page. To end them all takes some 3 ms; no turn of a process is to be longer than 15. */
export const MAX_PAGE = 500

/** Behind which session a page begins. */
export type Place = readonly [epoch: number, createdAtMs: number, id: string]

/** What of a user's sessions one turn has seen. */
export interface Page<T> {
  /** That of the user; where it is another than that of the page before, what that had is gone. */
  readonly epoch: number
  readonly found: readonly T[]
  /** Where the next page begins; `null` where this is the last. */
  readonly next: Place | null
}

/**
 * The valid sessions of a user behind a place, the oldest first.
 *
 * Cost: O(sessions of the page).
 */
export const pageOf = (scene: Scene, user: string, after: Place | undefined): Page<Ending> =>
  pageWhere(
    scene,
    user,
    after,
    () => 1,
    () => true,
  )

/**
 * Those of a page that a match specification takes, of rows as {@link rowOf} makes them. One that is laborious sees fewer.
 *
 * Errors: `badarg`/`match_spec`; `too_large` where one session alone is more than a turn may look at.
 */
export function matchingPageOf(
  scene: Scene,
  user: string,
  after: Place | undefined,
  spec: Term,
): Page<Ending> {
  const { isTrue, effort } = specOf(spec)
  const { sessions } = scene.tables
  return pageWhere(
    scene,
    user,
    after,
    ({ slot }) => visitsOf(effort, sessions.rowBytes(slot)),
    ({ id, value }) => isTrue(rowOf(id, value)),
  )
}

function pageWhere(
  scene: Scene,
  user: string,
  after: Place | undefined,
  visitsFor: (session: Ending) => number,
  isWanted: (session: Ending) => boolean,
): Page<Ending> {
  const { tables, nowMs } = scene
  const { byUser } = tables
  const { epoch } = userOf(tables, user, nowMs)
  const goesOn = after !== undefined && after[0] === epoch
  const low: Bound = goesOn ? { key: [user, ...after], basis: 'beyond' } : startOf(user, epoch)
  const found: Ending[] = []
  let seen = 0
  let last: Place | null = null
  const isWhole = visit(tables, low, startOf(user, epoch + 1), (slot) => {
    const [, , createdAtMs, id] = keyAt(byUser, slot)
    const session = byUser.isLive(slot, nowMs) ? endingOf(scene, id) : undefined
    if (seen === MAX_PAGE || !byUser.allowance.tryVisit(session === undefined ? 1 : visitsFor(session))) {
      if (last === null) throw tooLaborious(byUser.allowance.maxVisited)
      return false
    }
    last = [epoch, createdAtMs, id]
    if (session === undefined) return true
    seen++
    if (isWanted(session)) found.push(session)
    return true
  })
  return { epoch, found, next: isWhole ? null : last }
}

const tooLaborious = (limit: number): EtsError =>
  new EtsError('too_large', { what: 'work of the match specification on one session', limit })
