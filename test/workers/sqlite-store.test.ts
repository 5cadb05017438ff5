import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { SqliteStore } from '../../src/journal/sqlite-store.ts'
import { recordStoreContract } from '../contract/record-store-contract.ts'

let stores = 0

recordStoreContract('in SQLite', (work) => {
  stores += 1
  const stub = env.TABLE_PROCESS.getByName(`store${stores}`)
  return runInDurableObject(stub, (_, { storage }) => {
    work(new SqliteStore(storage.sql))
  })
})
