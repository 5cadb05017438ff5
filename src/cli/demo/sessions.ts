/** The life of a session: a visitor, a login, a second device, a crash, and logging out everywhere. */
import type { RequestStep } from './scenario.ts'

const AT = '/v1/sessions/web'

const current = (
  title: string,
  method: RequestStep['method'],
  session: string,
  path = '',
  body?: unknown,
): RequestStep => ({
  title,
  method,
  path: `${AT}/current${path}`,
  session,
  ...(body === undefined ? {} : { body }),
})

const begin = (title: string, issues: string, body: unknown): RequestStep => ({
  title,
  method: 'POST',
  path: AT,
  body,
  issues,
})

const login = { user: 'ada', ifEpoch: 0 }

export const BEFORE_THE_CRASH: readonly RequestStep[] = [
  begin('A visitor begins a session', 'visitor', { data: { cart: ['tea'] } }),
  current('A field, a counter and a list', 'PATCH', 'visitor', '', {
    set: { theme: 'dark' },
    increment: { visits: 1 },
    append: { cart: 'milk' },
  }),
  { title: 'The epoch, before a password is checked', method: 'GET', path: `${AT}/users/ada/epoch` },
  { ...current('Ada logs in, and the cart is hers', 'POST', 'visitor', '/rotate', login), issues: 'laptop' },
  current('The token of the visitor is worth nothing', 'GET', 'visitor'),
  begin('A second device', 'phone', { user: 'ada' }),
]

export const AFTER_THE_CRASH: readonly RequestStep[] = [
  current('The session is as it was', 'GET', 'laptop'),
  {
    title: 'Ada logs out everywhere else',
    method: 'DELETE',
    path: `${AT}/users/ada`,
    session: 'phone',
  },
  current('The laptop is out', 'GET', 'laptop'),
  { title: 'The phone is left', method: 'GET', path: `${AT}/users/ada`, session: 'phone' },
  begin('A login that began before is too late', 'nobody', login),
  { title: 'What happened to her sessions', method: 'GET', path: `${AT}/users/ada/audit` },
]
