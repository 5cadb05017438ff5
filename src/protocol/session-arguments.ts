/** The shapes of sessions' arguments, checked here and described in OpenAPI; the verbs trust them. */
import * as v from 'valibot'
import { JOURNAL_MODES } from '../engine/options.ts'
import type { Term } from '../engine/term.ts'
import type { Policy } from '../session/policy.ts'
import type { SessionArgumentName } from '../session/verbs.ts'
import {
  MAX_AUDIT_ENTRIES,
  MAX_FIELD_LENGTH,
  MAX_ORIGIN_LENGTH,
  MAX_SESSION_BYTES,
  MAX_SESSIONS_PER_USER,
  MAX_USER_LENGTH,
} from './limits.ts'

export const described = <T extends v.GenericSchema>(schema: T, text: string) =>
  v.pipe(schema, v.description(text))
const integer = (min: number, max: number = Number.MAX_SAFE_INTEGER) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(min), v.maxValue(max))
export const Milliseconds = integer(1)
export const MillisecondsOrNone = integer(0)

/** SHA-256 in base64url. */
const Hash = described(
  v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/, 'a hash has 43 characters')),
  'SHA-256 of a token.',
)
export const SessionId = described(
  v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/, 'the id of a session has 22 characters')),
  'The public id of a session.',
)
export const User = described(
  v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_USER_LENGTH)),
  'The id of a user.',
)
const Short = v.pipe(v.string(), v.maxLength(MAX_ORIGIN_LENGTH))

export const Field = v.pipe(
  v.string(),
  v.check((name) => isField(name), 'the name of a field is wanted'),
)

/**
 * An object whose members are fields, each value passing a test. It is taken as it is: `v.record` would take an array for
 * one, and leave out names that every object has.
 */
const fieldsOf = <T extends Term = Term>(isValue: (value: unknown) => boolean = () => true) =>
  v.custom<Readonly<Record<string, T>>>(
    (input) =>
      typeof input === 'object' &&
      input !== null &&
      !Array.isArray(input) &&
      Object.entries(input).every(([name, value]) => isField(name) && isValue(value)),
    `an object is wanted, of fields whose names are not empty, not __proto__ and at most ${MAX_FIELD_LENGTH} long`,
  )
const isField = (name: string): boolean =>
  name !== '' && name !== '__proto__' && name.length <= MAX_FIELD_LENGTH

export const Fields = fieldsOf()

/** What a patch may do; the same over HTTP. */
export const SessionPatch = v.strictObject({
  set: v.optional(described(Fields, 'Fields and their values.')),
  unset: v.optional(described(v.pipe(v.array(Field), v.maxLength(1000)), 'Fields to remove.')),
  increment: v.optional(described(fieldsOf<number>(Number.isSafeInteger), 'Integers to add to fields.')),
  append: v.optional(described(Fields, 'Elements to add at the end of lists.')),
  flash: v.optional(described(Fields, 'Values that are given once.')),
  ifVersion: v.optional(described(integer(1), 'Only if the session has this version.')),
})

/** The shape of the policy of a realm; see `session/policy`. */
export const POLICY_FIELDS = {
  idleMs: Milliseconds,
  absoluteMs: Milliseconds,
  freshMs: MillisecondsOrNone,
  touchMs: MillisecondsOrNone,
  rotateMs: MillisecondsOrNone,
  graceMs: MillisecondsOrNone,
  detectsReuse: v.boolean(),
  maxPerUser: integer(1, MAX_SESSIONS_PER_USER),
  atLimit: v.picklist(['evict_oldest', 'refuse']),
  maxDataBytes: integer(0, MAX_SESSION_BYTES),
  tombstoneMs: MillisecondsOrNone,
  auditEntries: integer(0, MAX_AUDIT_ENTRIES),
  auditMs: Milliseconds,
  journal: v.picklist(JOURNAL_MODES),
}

/** What a policy has to be, whoever made it. */
export const PolicySchema = v.strictObject(POLICY_FIELDS)

/** Policies that were checked when the configuration was read, and cannot change. */
const knownPolicies = new WeakSet<object>()

/** Spares a policy the check at each call: it was made from checked options. */
export function trusted(policy: Policy): Policy {
  knownPolicies.add(Object.freeze(policy))
  return policy
}

export const SESSION_ARGUMENT_SCHEMAS = {
  token_hash: Hash,
  new_token_hash: Hash,
  session_id: SessionId,
  session_user: User,
  session_field: Field,
  session_version: integer(1),
  new_session: v.strictObject({
    user: v.optional(User),
    ifEpoch: v.optional(integer(0)),
    data: v.optional(Fields),
    flash: v.optional(Fields),
    provisionalMs: v.optional(Milliseconds),
  }),
  session_patch: SessionPatch,
  session_choice: v.strictObject({
    own: v.optional(Hash),
    spec: v.optional(v.unknown()),
    after: v.optional(v.strictTuple([integer(0), integer(0), SessionId])),
  }),
  session_origin: v.strictObject({
    network: v.optional(Short),
    userAgent: v.optional(Short),
    by: v.optional(Short),
  }),
  session_policy: v.lazy((input) => (knownPolicies.has(input as object) ? v.any() : PolicySchema)),
} satisfies Record<SessionArgumentName, v.GenericSchema>
