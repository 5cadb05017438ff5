import { MemoryStore } from '../../src/journal/memory-store.ts'
import { recordStoreContract } from '../contract/record-store-contract.ts'

recordStoreContract('in memory', async (work) => work(new MemoryStore()))
