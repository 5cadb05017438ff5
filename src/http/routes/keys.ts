/** `/v1/keys` and `/v1/tokens`: who may call, and for how long. */
import * as v from 'valibot'
import { KeyId } from '../../protocol/keys.ts'
import { MINTED_TOKENS } from '../../protocol/limits.ts'
import { TenantName } from '../../protocol/names.ts'
import { GrantWords } from '../../security/grants.ts'
import { demandKey } from '../../security/principal.ts'
import { DEFAULT_TTL_MS, MAX_TTL_MS } from '../../security/token.ts'
import { KEY_INFO, MADE_KEY, TOKEN, valueBody } from '../documents.ts'
import { rateFields } from '../problem.ts'
import { type Route, route } from '../route.ts'

/** Longer than any deployment of a new key takes. */
const MAX_OVERLAP_MS = 30 * 24 * 60 * 60 * 1000
const DEFAULT_OVERLAP_MS = 24 * 60 * 60 * 1000

const KeyPath = v.object({ id: KeyId })
const Moment = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const span = (maxMs: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(maxMs))
const Label = v.pipe(
  v.string(),
  v.regex(/^[^\p{Cc}]{1,100}$/u, 'a name has 1 to 100 characters, none of them a control'),
)

/** What was made for one pair of eyes is kept by nobody on the way. */
const secretly = (value: unknown, status: number, headers: Record<string, string> = {}): Response =>
  Response.json({ value }, { status, headers: { ...headers, 'cache-control': 'no-store' } })

const createKey = route({
  method: 'post',
  path: '/v1/keys',
  summary: 'Make a key; it is shown here and never again',
  needs: 'admin',
  params: v.object({}),
  body: v.strictObject({
    name: Label,
    grants: GrantWords,
    tenant: v.optional(TenantName),
    expiresAtMs: v.optional(v.nullable(Moment), null),
  }),
  answer: { status: 201, description: 'The key', body: valueBody(MADE_KEY) },
  refusals: ['bad_request', 'forbidden', 'too_large'],
  async handle({ body: { tenant, ...wanted }, keys, principal }) {
    demandKey(principal)
    return secretly(await keys.create({ ...wanted, tenant: tenant ?? principal.tenant }), 201)
  },
})

const listKeys = route({
  method: 'get',
  path: '/v1/keys',
  summary: 'List the keys of the tenant, by id',
  needs: 'admin',
  params: v.object({}),
  query: v.strictObject({ after: v.optional(KeyId) }),
  answer: {
    status: 200,
    description: 'At most 100 keys; ask again with `after` the last of them',
    body: valueBody({ type: 'array', items: KEY_INFO }),
  },
  refusals: ['bad_request'],
  async handle({ query: { after }, keys }) {
    return secretly(await keys.list(after), 200)
  },
})

const describeKey = route({
  method: 'get',
  path: '/v1/keys/:id',
  summary: 'Describe a key: what it allows, until when, when it was last used',
  needs: 'admin',
  params: KeyPath,
  answer: { status: 200, description: 'The key, without its secrets', body: valueBody(KEY_INFO) },
  refusals: ['bad_request', 'no_such_key'],
  async handle({ params: { id }, keys }) {
    return secretly(await keys.find(id), 200)
  },
})

const rotateKey = route({
  method: 'post',
  path: '/v1/keys/:id/rotate',
  summary: 'Give a key a new secret; the one before is good for a while longer',
  needs: 'admin',
  params: KeyPath,
  body: v.optional(v.strictObject({ overlapMs: v.optional(span(MAX_OVERLAP_MS), DEFAULT_OVERLAP_MS) }), {}),
  answer: { status: 200, description: 'The key with its new secret', body: valueBody(MADE_KEY) },
  refusals: ['bad_request', 'forbidden', 'no_such_key'],
  async handle({ params: { id }, body: { overlapMs = DEFAULT_OVERLAP_MS }, keys, principal }) {
    demandKey(principal)
    return secretly(await keys.rotate(id, overlapMs), 200)
  },
})

const revokeKey = route({
  method: 'delete',
  path: '/v1/keys/:id',
  summary: 'Revoke a key and its tokens, everywhere within ten seconds',
  needs: 'admin',
  params: KeyPath,
  answer: { status: 200, description: 'It is gone', body: valueBody({ const: true }) },
  refusals: ['bad_request', 'no_such_key'],
  async handle({ params: { id }, keys }) {
    await keys.revoke(id)
    return secretly(true, 200)
  },
})

const mintToken = route({
  method: 'post',
  path: '/v1/tokens',
  summary: 'Mint a token that allows a part of what the key does, for at most an hour',
  needs: 'read',
  params: v.object({}),
  body: v.strictObject({
    grants: GrantWords,
    ttlMs: v.optional(v.pipe(span(MAX_TTL_MS), v.minValue(1000)), DEFAULT_TTL_MS),
  }),
  answer: { status: 201, description: 'The token, to be sent as a key is', body: valueBody(TOKEN) },
  refusals: ['bad_request', 'forbidden', 'rate_limited'],
  async handle({ body: { grants, ttlMs = DEFAULT_TTL_MS }, principal, mint }) {
    const { rate, ...minted } = await mint(principal, grants, ttlMs)
    return secretly(minted, 201, rateFields(MINTED_TOKENS, rate))
  },
})

export const keyRoutes: readonly Route[] = [createKey, listKeys, describeKey, rotateKey, revokeKey, mintToken]
