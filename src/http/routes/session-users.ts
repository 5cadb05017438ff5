/** `/v1/sessions/:realm/users/:user`: all sessions of a user, as one list and at one stroke. */
import * as v from 'valibot'
import type { Term } from '../../engine/term.ts'
import { MAX_USER_LENGTH } from '../../protocol/limits.ts'
import { RealmName } from '../../protocol/realms.ts'
import { SessionId, User } from '../../protocol/session-arguments.ts'
import { type Route, route } from '../route.ts'
import { AUDIT, SESSION_SUMMARIES } from '../session-documents.ts'
import { answer, answers, REALM_REFUSALS, sessionInput } from './session-input.ts'

/** A user in a path is percent-encoded. */
const UserPart = v.pipe(
  v.string(),
  v.maxLength(9 * MAX_USER_LENGTH),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return decodeURIComponent(dataset.value)
    } catch {
      addIssue({ message: 'the user is not percent-encoded UTF-8' })
      return NEVER
    }
  }),
  User,
)
const UserPath = v.object({ realm: RealmName, user: UserPart })
const DevicePath = v.object({ realm: RealmName, user: UserPart, id: SessionId })

const listSessions = route({
  method: 'get',
  needs: 'read',
  sessionToken: 'optional',
  path: '/v1/sessions/:realm/users/:user',
  summary: 'The sessions of a user, the oldest first',
  params: UserPath,
  answer: answers('Every valid one; that of the token is marked', SESSION_SUMMARIES),
  refusals: REALM_REFUSALS,
  async handle(input) {
    const { sessions, own } = sessionInput(input)
    return answer(await sessions.list(input.params.user, own))
  },
})

const revokeSessions = route({
  method: 'delete',
  needs: 'write',
  sessionToken: 'optional',
  path: '/v1/sessions/:realm/users/:user',
  summary: 'End all sessions of a user at once, but that of the token; logins that are under way fail',
  params: UserPath,
  answer: answers('They have ended', { const: true }),
  refusals: REALM_REFUSALS,
  async handle(input) {
    const { sessions, own, call } = sessionInput(input)
    await sessions.revokeUser(input.params.user, own === undefined ? {} : { own }, call)
    return answer(true)
  },
})

const revokeMatching = route({
  method: 'post',
  needs: 'write',
  sessionToken: 'optional',
  path: '/v1/sessions/:realm/users/:user/revoke',
  summary: 'End the sessions of a user that a match specification takes, but that of the token',
  params: UserPath,
  body: v.strictObject({ spec: v.array(v.unknown()) }),
  bodyDocument: {
    type: 'object',
    required: ['spec'],
    additionalProperties: false,
    properties: {
      spec: {
        type: 'array',
        description:
          'A match specification of rows `[id, createdAtMs, authenticatedAtMs, seenAtMs, client, data]`; ' +
          'those are meant for which it gives `true`.',
      },
    },
  },
  answer: answers('They have ended', { const: true }),
  refusals: REALM_REFUSALS,
  async handle(input) {
    const { sessions, own, call } = sessionInput(input)
    const spec = input.body.spec as Term
    await sessions.revokeUser(input.params.user, { spec, ...(own === undefined ? {} : { own }) }, call)
    return answer(true)
  },
})

const revokeSession = route({
  method: 'delete',
  needs: 'write',
  sessionToken: 'none',
  path: '/v1/sessions/:realm/users/:user/sessions/:id',
  summary: 'End one session of a user by its public id',
  params: DevicePath,
  answer: answers('It has ended', { const: true }),
  refusals: [...REALM_REFUSALS, 'no_such_session'],
  async handle(input) {
    const { sessions, call } = sessionInput(input)
    await sessions.revoke(input.params.user, input.params.id, call)
    return answer(true)
  },
})

const userEpoch = route({
  method: 'get',
  needs: 'read',
  path: '/v1/sessions/:realm/users/:user/epoch',
  summary:
    'The epoch of a user: ask before a password is checked, and begin the session only if it is still that',
  params: UserPath,
  answer: answers('A number that grows when all sessions are revoked', { type: 'integer' }),
  refusals: REALM_REFUSALS,
  async handle(input) {
    return answer(await sessionInput(input).sessions.epoch(input.params.user))
  },
})

const userAudit = route({
  method: 'get',
  needs: 'read',
  path: '/v1/sessions/:realm/users/:user/audit',
  summary: 'What happened to the sessions of a user, the latest first',
  params: UserPath,
  answer: answers('The events that are kept', AUDIT),
  refusals: REALM_REFUSALS,
  async handle(input) {
    return answer(await sessionInput(input).sessions.audit(input.params.user))
  },
})

export const sessionUserRoutes: readonly Route[] = [
  listSessions,
  revokeSessions,
  revokeMatching,
  revokeSession,
  userEpoch,
  userAudit,
]
