import { expect, it } from 'vitest'
import { realmOf } from '../../src/protocol/realms.ts'
import { localTables } from '../../src/router/local-tables.ts'
import { Grants } from '../../src/security/grants.ts'
import { callerOf, tablesFor } from '../../src/security/principal.ts'
import { tableSessions } from '../../src/sessions/table-sessions.ts'
import { expectRefusal } from '../support/refusal.ts'

const tables = localTables()
const realms = new Map([['web', realmOf('web')]])
const as = (...words: string[]) => {
  const principal = { tenant: '', key: 'k', grants: new Grants(words) }
  return tableSessions({ tables: tablesFor(principal, callerOf(principal), tables), realms }, 'web')
}

it('[SES22] who may read sees sessions, who may write makes and ends them, and who is admin inspects tokens', async () => {
  const { token, session } = await as('write:sessions-web').create({ user: 'ada' })
  expect(await as('read:sessions-*').get(token)).toMatchObject({ id: session.id })
  expect(await as('read:sessions-web').list('ada')).toHaveLength(1)
  await expectRefusal(() => as('read:sessions-web').destroy(token), 'forbidden')
  await expectRefusal(() => as('write:sessions-other').get(token), 'forbidden')
  await expectRefusal(() => as('write').inspect(token), 'forbidden', { needs: 'admin' })
  expect(await as('admin').inspect(token)).toMatchObject({ state: 'valid' })
})
