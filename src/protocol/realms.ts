/**
 * Realms from `wrangler.toml`: `[vars.SESSIONS.web]` sections give what the realm `web` promises of its sessions.
 *
 * A preset sets the deadlines, options of their own may only shorten them. A realm without a section does not exist.
 */
import * as v from 'valibot'
import { DEFAULTS, type Policy, PRESETS, TOUCH_FRACTION } from '../session/policy.ts'
import { describeIssue } from './check.ts'
import { POLICY_FIELDS, trusted } from './session-arguments.ts'

/** A realm, ready for use. */
export interface Realm {
  readonly name: string
  /** Processes that its users are spread over. Fixed when the realm goes live: another number finds no old session. */
  readonly owners: number
  readonly policy: Policy
}

export type Realms = ReadonlyMap<string, Realm>

/** Processes of a realm. Each takes some hundred writes a second; more than this is another design. */
const MAX_OWNERS = 256

export const RealmName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_]{1,64}$/, 'a realm name is made of 1 to 64 letters, digits and _'),
)

const { touchMs: _, ...fields } = POLICY_FIELDS
const RealmOptions = v.strictObject({
  ...v.partial(v.object(fields)).entries,
  preset: v.optional(v.picklist(['aal1', 'aal2', 'aal3'])),
  touchFraction: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(0.5))),
  owners: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_OWNERS))),
})
/** The options of a section. */
export type RealmOptions = v.InferInput<typeof RealmOptions>

const Sections = v.optional(v.record(RealmName, RealmOptions), {})

/** What is wrong with the section of a realm. */
export interface RealmFault {
  readonly realm: string | undefined
  readonly option: string | undefined
  readonly message: string
}

/** The realms of a configuration, or what is wrong with it first. */
export function readRealms(sections: unknown): Realms | RealmFault {
  const result = v.safeParse(Sections, sections, { abortEarly: true })
  if (!result.success) {
    const [issue] = result.issues
    const [realm, option] = issue.path?.map(({ key }) => String(key)) ?? []
    return { realm, option, message: describeIssue({ ...issue, path: undefined }).message }
  }
  const realms = new Map<string, Realm>()
  for (const [name, options] of Object.entries(result.output)) {
    const fault = faultOf(options)
    if (fault !== undefined) return { realm: name, ...fault }
    realms.set(name, realmOf(name, options))
  }
  return realms
}

export const isFault = (read: Realms | RealmFault): read is RealmFault => !(read instanceof Map)

/** The realm of a name and its options, which may be none. */
export function realmOf(name: string, options: RealmOptions = {}): Realm {
  const { preset = 'aal1', touchFraction = TOUCH_FRACTION, owners = 1, ...own } = options
  const policy = { ...PRESETS[preset], ...DEFAULTS, ...own } as Policy
  // What was not said is not longer than what was: a session of ten minutes does not idle for a week.
  const absoluteMs = policy.absoluteMs
  const idleMs = Math.min(policy.idleMs, absoluteMs)
  const touchMs = Math.floor(idleMs * touchFraction)
  return { name, owners, policy: trusted({ ...policy, idleMs, touchMs }) }
}

/** A preset is a promise: an option that is said beside it may be stricter, and never laxer. */
function faultOf({ preset, ...options }: RealmOptions): Omit<RealmFault, 'realm'> | undefined {
  if (preset === undefined) return undefined
  for (const [option, most] of Object.entries(PRESETS[preset])) {
    const given = options[option as keyof (typeof PRESETS)[typeof preset]]
    if (given !== undefined && given > most) {
      return { option, message: `${preset} allows at most ${most}` }
    }
  }
  return undefined
}
