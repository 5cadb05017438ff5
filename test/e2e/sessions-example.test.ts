import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestHarness } from 'wrangler'
import { Browser } from '../support/a-browser.ts'

const server = createTestHarness({ workers: [{ configPath: './examples/sessions/wrangler.toml' }] })
let url: string
beforeAll(async () => {
  url = String((await server.listen()).url)
})
afterAll(() => server.close())

const aBrowser = (name: string): Browser =>
  new Browser(url, (request) => fetch(request), { 'user-agent': name })
const text = async (response: Promise<Response>): Promise<string> => (await response).text()

it('[E2E3] the example: visits are counted, a login keeps them, and logging out everywhere ends every device', async () => {
  const phone = aBrowser('Phone')
  const laptop = aBrowser('Laptop')
  expect(await text(phone.get('/'))).toContain('Hello stranger, visit 1.')
  const wrong = await text(phone.post('/login', { user: 'ada', password: 'ada?' }))
  expect(wrong).toContain('That is not right.')
  const before = new Map(phone.cookies)
  const loggedIn = await text(phone.post('/login', { user: 'ada', password: 'ada' }))
  expect(loggedIn).toContain('You are logged in.')
  expect(loggedIn).toContain('Hello ada, visit 3.')
  expect(await text(phone.get('/'))).not.toContain('You are logged in.')
  expect(phone.cookies).not.toEqual(before)

  await laptop.post('/login', { user: 'ada', password: 'ada' })
  const both = await text(laptop.get('/'))
  expect(both).toMatch(/Phone\s+<form/)
  expect(both).toMatch(/Laptop \(this one\)/)

  expect(await text(phone.post('/log-out-everywhere'))).toContain('Hello stranger, visit 1.')
  expect(await text(laptop.get('/'))).toContain('Hello stranger, visit 1.')
})

it('[E2E3] a page of another site can change nothing', async () => {
  const phone = aBrowser('Phone')
  await phone.post('/login', { user: 'bob', password: 'bob' })
  const attack = await phone.post(
    '/log-out-everywhere',
    {},
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' },
  )
  expect(attack.status).toBe(403)
  expect(await text(phone.get('/'))).toContain('Hello bob')
})
