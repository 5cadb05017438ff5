/**
 * A visitor who is counted, logs in, sees where else they are logged in, and logs out everywhere.
 *
 * It is a Worker of its own that owns its sessions: no other service, no key. `npx wrangler dev` runs it.
 */
import { type SessionEnv, sessions } from 'edge-ets/hono'
import { Hono } from 'hono'
import { html } from 'hono/html'

export { KeyRing, Supervisor, TableProcess } from 'edge-ets/worker'

/** Whoever knows a user's name and that it is spelled backwards: an example has no passwords. */
const mayLogIn = (user: string, password: string): boolean =>
  user !== '' && password === [...user].reverse().join('')

const app = new Hono<SessionEnv>()
app.use(sessions({ realm: 'web' }))

app.get('/', async (c) => {
  const { session } = c.var
  const visits = await session.increment('visits')
  const { notice } = await session.takeFlash()
  const devices = await session.devices()
  return c.html(html`<!doctype html>
    <title>Sessions</title>
    ${notice === undefined ? '' : html`<p role="status">${String(notice)}</p>`}
    <p>Hello ${session.user ?? 'stranger'}, visit ${visits}.</p>
    ${
      session.user === null
        ? html`<form method="post" action="/login">
            <input name="user" placeholder="ada" /> <input name="password" type="password" placeholder="ada backwards" />
            <button>Log in</button>
          </form>`
        : html`<ul>
              ${devices.map(
                ({ id, client, isCurrent }) => html`<li>
                  ${client.userAgent ?? 'something'} ${isCurrent ? '(this one)' : ''}
                  <form method="post" action="/devices/${id}/log-out"><button>Log out</button></form>
                </li>`,
              )}
            </ul>
            <form method="post" action="/log-out"><button>Log out</button></form>
            <form method="post" action="/log-out-everywhere"><button>Log out everywhere</button></form>`
    }`)
})

app.post('/login', async (c) => {
  const { session } = c.var
  const { user = '', password = '' } = await c.req.parseBody<{ user?: string; password?: string }>()
  // Asked before the password is checked: whoever logs out everywhere meanwhile stops this login too.
  const ifEpoch = user === '' ? 0 : await session.epoch(user)
  if (!mayLogIn(user, password)) session.flash('notice', 'That is not right.')
  else await session.login(user, { ifEpoch, flash: { notice: 'You are logged in.' } })
  return c.redirect('/', 303)
})

app.post('/devices/:id/log-out', async (c) => {
  const { session } = c.var
  if (c.req.param('id') === session.id) await session.destroy()
  else await session.revoke(c.req.param('id'))
  return c.redirect('/', 303)
})

app.post('/log-out', async (c) => {
  await c.var.session.destroy()
  return c.redirect('/', 303)
})

app.post('/log-out-everywhere', async (c) => {
  await c.var.session.revokeOthers({ everywhere: true })
  return c.redirect('/', 303)
})

export default app
