/** JSON Schemas of sessions for the OpenAPI document. */
import type { JsonSchema } from './route.ts'

const MOMENT: JsonSchema = { type: 'integer', description: 'Milliseconds since 1970.' }

const SUMMARY = {
  id: { type: 'string', description: 'Public: it names the session, and is no token.' },
  user: { type: ['string', 'null'] },
  createdAtMs: MOMENT,
  authenticatedAtMs: { type: ['integer', 'null'] },
  seenAtMs: MOMENT,
  expiresAtMs: MOMENT,
  endsAtMs: MOMENT,
  client: {
    type: 'object',
    properties: { network: { type: 'string' }, userAgent: { type: 'string' } },
  },
} as const satisfies Record<string, JsonSchema>

export const SESSION: JsonSchema = {
  type: 'object',
  required: [...Object.keys(SUMMARY), 'version', 'data', 'flash', 'isFresh', 'isRotationDue'],
  properties: {
    ...SUMMARY,
    version: { type: 'integer' },
    data: { type: 'object' },
    flash: { type: 'object', description: 'Values that wait to be taken.' },
    isFresh: { type: 'boolean', description: 'The user proved who they are not long ago.' },
    isRotationDue: { type: 'boolean', description: 'The realm wants another token by now.' },
  },
}

export const SESSION_SUMMARIES: JsonSchema = {
  type: 'array',
  items: {
    type: 'object',
    required: [...Object.keys(SUMMARY), 'isCurrent'],
    properties: { ...SUMMARY, isCurrent: { type: 'boolean' } },
  },
}

export const ISSUED_SESSION: JsonSchema = {
  type: 'object',
  required: ['token', 'csrfToken', 'session'],
  properties: { token: { type: 'string' }, csrfToken: { type: 'string' }, session: SESSION },
}

export const PATCHED_SESSION: JsonSchema = {
  type: 'object',
  required: ['version', 'counters'],
  properties: {
    version: { type: 'integer' },
    counters: { type: 'object', additionalProperties: { type: 'integer' } },
  },
}

export const TOKEN_REPORT: JsonSchema = {
  type: 'object',
  required: ['state'],
  properties: {
    state: { enum: ['valid', 'replaced', 'expired', 'ended', 'unknown'] },
    id: { type: ['string', 'null'] },
    user: { type: ['string', 'null'] },
  },
}

export const AUDIT: JsonSchema = {
  type: 'array',
  items: {
    type: 'object',
    required: ['number', 'atMs', 'event', 'id', 'client'],
    properties: {
      number: { type: 'integer', description: 'Counts the events of the user.' },
      atMs: MOMENT,
      event: { enum: ['began', 'authenticated', 'ended', 'revoked', 'revoked_all', 'evicted', 'reused'] },
      id: { type: ['string', 'null'] },
      client: SUMMARY.client,
      by: { type: 'string' },
    },
  },
}
