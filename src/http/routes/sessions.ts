/**
 * `/v1/sessions/:realm`: sessions for the back end of an application, which holds the key of the service.
 *
 * The token of a session comes beside the key; see `http/credentials`. No answer may be kept by anybody.
 */
import * as v from 'valibot'
import { EtsError } from '../../engine/error.ts'
import { RealmName } from '../../protocol/realms.ts'
import { Field, Fields, SessionPatch, User } from '../../protocol/session-arguments.ts'
import { type Route, route } from '../route.ts'
import { ISSUED_SESSION, PATCHED_SESSION, SESSION, TOKEN_REPORT } from '../session-documents.ts'
import { answer, answers, given, REALM_REFUSALS, sessionInput, TOKEN_REFUSALS } from './session-input.ts'

const RealmPath = v.object({ realm: RealmName })
const StartBody = v.optional(
  v.strictObject({
    user: v.optional(User),
    ifEpoch: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
    data: v.optional(Fields),
    flash: v.optional(Fields),
  }),
  {},
)

const createSession = route({
  method: 'post',
  needs: 'write',
  sessionToken: 'none',
  path: '/v1/sessions/:realm',
  summary: 'Begin a session, of a user or of nobody yet',
  params: RealmPath,
  body: StartBody,
  answer: answers('The session and its token, which nobody can tell again', ISSUED_SESSION, 201),
  refusals: [...REALM_REFUSALS, 'too_large', 'version_conflict'],
  async handle(input) {
    const { sessions, call } = sessionInput(input)
    return answer(await sessions.create(given(input.body), call), 201)
  },
})

const getSession = route({
  method: 'get',
  needs: 'read',
  sessionToken: 'required',
  path: '/v1/sessions/:realm/current',
  summary: 'The session of a token; its idle deadline moves',
  params: RealmPath,
  answer: answers('The session', SESSION),
  refusals: TOKEN_REFUSALS,
  async handle(input) {
    const { sessions, token, call } = sessionInput(input)
    return answer(await sessions.get(token, call))
  },
})

const patchSession = route({
  method: 'patch',
  needs: 'write',
  takesIdempotencyKey: true,
  sessionToken: 'required',
  path: '/v1/sessions/:realm/current',
  summary: 'Change fields of its data; the others stay, whoever changes them meanwhile',
  params: RealmPath,
  body: SessionPatch,
  answer: answers('The version, and the counters that changed', PATCHED_SESSION),
  refusals: [...TOKEN_REFUSALS, 'too_large', 'version_conflict'],
  async handle(input) {
    const { sessions, token, call } = sessionInput(input)
    return answer(await sessions.patch(token, given(input.body), call))
  },
})

const destroySession = route({
  method: 'delete',
  needs: 'write',
  sessionToken: 'required',
  path: '/v1/sessions/:realm/current',
  summary: 'End the session of a token, if it is of one',
  params: RealmPath,
  answer: answers('There is none now', { const: true }),
  refusals: REALM_REFUSALS,
  async handle(input) {
    const { sessions, token, call } = sessionInput(input)
    await sessions.destroy(token, call)
    return answer(true)
  },
})

const touchSession = route({
  method: 'post',
  needs: 'write',
  sessionToken: 'required',
  path: '/v1/sessions/:realm/current/touch',
  summary: 'Move the idle deadline of a session',
  params: RealmPath,
  answer: answers('The session', SESSION),
  refusals: TOKEN_REFUSALS,
  async handle(input) {
    const { sessions, token, call } = sessionInput(input)
    return answer(await sessions.touch(token, call))
  },
})

const rotateSession = route({
  method: 'post',
  needs: 'write',
  sessionToken: 'required',
  path: '/v1/sessions/:realm/current/rotate',
  summary: 'Put another token in the place of one; with a user, log in',
  params: RealmPath,
  body: StartBody,
  answer: answers('The session and its new token', ISSUED_SESSION),
  refusals: [...TOKEN_REFUSALS, 'too_large', 'version_conflict'],
  async handle(input) {
    const { sessions, token, call } = sessionInput(input)
    const { user, ...start } = given(input.body)
    if (user !== undefined) return answer(await sessions.login(token, { user, ...start }, call))
    if (Object.keys(start).length > 0) {
      throw new EtsError('bad_request', { message: 'only a login, with `user`, takes data or an epoch' })
    }
    return answer(await sessions.rotate(token, call))
  },
})

const authenticateSession = route({
  method: 'post',
  needs: 'write',
  sessionToken: 'required',
  path: '/v1/sessions/:realm/current/authenticate',
  summary: 'The user proved again who they are: another token at once, and both deadlines anew',
  params: RealmPath,
  answer: answers('The session and its new token', ISSUED_SESSION),
  refusals: [...TOKEN_REFUSALS, 'version_conflict'],
  async handle(input) {
    const { sessions, token, call } = sessionInput(input)
    return answer(await sessions.authenticate(token, call))
  },
})

const takeField = route({
  method: 'post',
  needs: 'write',
  takesIdempotencyKey: true,
  sessionToken: 'required',
  path: '/v1/sessions/:realm/current/take',
  summary: 'Take a field of its data, which of many that ask one is given',
  params: RealmPath,
  body: v.strictObject({ field: Field }),
  answer: answers('The value in a list, which is empty where the field is not there', {
    type: 'array',
    maxItems: 1,
  }),
  refusals: TOKEN_REFUSALS,
  async handle(input) {
    const { sessions, token, call } = sessionInput(input)
    const taken = await sessions.take(token, input.body.field, call)
    return answer(taken === undefined ? [] : [taken])
  },
})

const takeFlash = route({
  method: 'post',
  needs: 'write',
  takesIdempotencyKey: true,
  sessionToken: 'required',
  path: '/v1/sessions/:realm/current/flash',
  summary: 'Take the flash values, each of which is given once',
  params: RealmPath,
  answer: answers('The values by their names', { type: 'object' }),
  refusals: TOKEN_REFUSALS,
  async handle(input) {
    const { sessions, token, call } = sessionInput(input)
    return answer(await sessions.flash(token, call))
  },
})

const inspectToken = route({
  method: 'get',
  needs: 'admin',
  sessionToken: 'required',
  path: '/v1/sessions/:realm/current/state',
  summary: 'What became of a token; for administrators',
  params: RealmPath,
  answer: answers('Its state', TOKEN_REPORT),
  refusals: REALM_REFUSALS,
  async handle(input) {
    const { sessions, token } = sessionInput(input)
    return answer(await sessions.inspect(token))
  },
})

export const sessionRoutes: readonly Route[] = [
  createSession,
  getSession,
  patchSession,
  destroySession,
  touchSession,
  rotateSession,
  authenticateSession,
  takeField,
  takeFlash,
  inspectToken,
]
