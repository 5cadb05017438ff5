/** What every storage of records promises. `open` gives an empty one each time. */
import { describe, expect, it } from 'vitest'
import type { StoredRecord } from '../../src/journal/record.ts'
import type { RecordStore } from '../../src/journal/record-store.ts'

const record = (text: string): StoredRecord => ({ format: 1, checksum: text.length, text })

export function recordStoreContract(
  name: string,
  run: (work: (store: RecordStore) => void) => Promise<void>,
): void {
  describe(`records ${name}`, () => {
    it('[RST1] the catalog is the last one that was put', () =>
      run((store) => {
        expect(store.readCatalog()).toBeUndefined()
        store.putCatalog(record('first'))
        store.putCatalog(record('second'))
        expect(store.readCatalog()).toEqual(record('second'))
      }))

    it('[RST2] the log comes by numbers, whatever the places, and a place is written over', () =>
      run((store) => {
        store.putLog({ place: 0, number: 7, record: record('seven') })
        store.putLog({ place: 1, number: 5, record: record('five') })
        store.putLog({ place: 2, number: 6, record: record('six') })
        store.putLog({ place: 1, number: 8, record: record('eight') })
        store.deleteLog(2)
        expect([...store.readLog()]).toEqual([
          { place: 0, number: 7, record: record('seven') },
          { place: 1, number: 8, record: record('eight') },
        ])
      }))

    it('[RST3] pages come by contents and number', () =>
      run((store) => {
        for (const [contents, page] of [
          [2, 0],
          [1, 10],
          [1, 9],
        ] as const) {
          store.putPage({ contents, page }, record(`${contents}.${page}`))
        }
        store.putPage({ contents: 1, page: 9 }, record('again'))
        store.deletePage({ contents: 2, page: 0 })
        store.deletePage({ contents: 2, page: 1 })
        expect([...store.readPages()]).toEqual([
          { contents: 1, page: 9, record: record('again') },
          { contents: 1, page: 10, record: record('1.10') },
        ])
      }))

    it('[RST4] what is set aside is kept in order, with its name', () =>
      run((store) => {
        store.setAside('log record 3', record('three'))
        store.setAside('page 1', { format: 2, checksum: 0, text: 'not {JSON' })
        expect(store.readSetAside()).toEqual([
          { what: 'log record 3', record: record('three') },
          { what: 'page 1', record: { format: 2, checksum: 0, text: 'not {JSON' } },
        ])
      }))

    it('[RST5] a record may be longer than a row of storage, and a shorter one may take its place', () =>
      run((store) => {
        const long = record(`${'x'.repeat(599_999)}😀${'y'.repeat(1_000_000)}`)
        store.putPage({ contents: 1, page: 0 }, long)
        const [found] = store.readPages()
        expect(found?.record.text === long.text).toBe(true)
        store.putPage({ contents: 1, page: 0 }, record('short'))
        store.putPage({ contents: 1, page: 1 }, record('next'))
        expect(Array.from(store.readPages(), (each) => each.record.text.slice(0, 9))).toEqual([
          'short',
          'next',
        ])
      }))
  })
}
