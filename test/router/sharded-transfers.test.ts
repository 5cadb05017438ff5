import { describe, expect, it } from 'vitest'
import { EtsError } from '../../src/engine/error.ts'
import { exportStream, importStream } from '../../src/http/table-stream.ts'
import { shardMapOf } from '../../src/protocol/shard-map.ts'
import type { OwnerTransfers, Transfers } from '../../src/protocol/transfers.ts'
import { ShardedTransfers } from '../../src/router/sharded-transfers.ts'
import { expectRefusal } from '../support/refusal.ts'
import { ShardedOwners } from '../support/sharded-owners.ts'

/** A process over shards, its transfers, and steps that are made to fail. */
class Subject {
  readonly owners: ShardedOwners
  readonly transfers: Transfers
  readonly fails = new Map<string, EtsError>()
  /** Steps that were done, by shard. */
  readonly steps: string[] = []

  constructor(shards: number) {
    this.owners = new ShardedOwners(shards)
    const owner = (shard: number): OwnerTransfers => {
      const { owner: of } = this.owners.owner(shard)
      const step =
        <Args extends unknown[], T>(name: string, work: (...args: Args) => Promise<T>) =>
        async (...args: Args): Promise<T> => {
          const failure = this.fails.get(`${name} ${shard}`)
          if (failure !== undefined) throw failure
          this.steps.push(`${name} ${shard}`)
          return await work(...args)
        }
      return {
        exportPage: (table, cursor, part) => of.exportPage(table, cursor, undefined, part),
        beginImport: step('begin', async (...args) =>
          (await this.owners.admitted(shard)).owner.beginImport(...args),
        ),
        importRows: step('rows', (...args) => of.importRows(...args)),
        finishImport: step('finish', (...args) => of.finishImport(...args)),
        dropImport: step('drop', (...args) => of.dropImport(...args)),
      }
    }
    const drop = (shard: number, table: string) => this.owners.owner(shard).run(table, 'delete_table')
    this.transfers = new ShardedTransfers({ process: 'p', map: shardMapOf(shards), owner, drop })
  }

  async exported(table: string): Promise<string> {
    return await new Response(
      exportStream(this.transfers, table, await this.transfers.exportPage(table)),
    ).text()
  }

  imported(table: string, file: string, replaces = false) {
    return importStream(this.transfers, table, new Blob([file]).stream(), replaces)
  }
}

const ROWS = Array.from({ length: 6_000 }, (_, i) => [`key ${i}`, 'x'.repeat(200), i])

async function filled(shards: number, options: object = {}): Promise<Subject> {
  const subject = new Subject(shards)
  await subject.owners.run('p.t', 'new', options)
  for (const row of ROWS) await subject.owners.run('p.t', 'insert', row)
  return subject
}

const linesOf = (text: string): string[] => text.split('\n').slice(0, -1)
const restarting = new EtsError('restarting', { retryAfterMs: 1 })

describe('an export of several shards', () => {
  it('[EXP11] is the file of one table, whose rows any number of shards may take in', async () => {
    const subject = await filled(3)
    const file = await subject.exported('p.t')
    const lines = linesOf(file).map((each) => JSON.parse(each))
    expect(lines.filter((each) => 'format' in each)).toHaveLength(1)
    expect(lines.filter((each) => 'end' in each)).toMatchObject([{ rows: ROWS.length }])
    for (const shards of [3, 1, 5]) {
      const other = shards === 1 ? undefined : new Subject(shards)
      const single = new ShardedOwners(1)
      const imported = await (other === undefined
        ? importStream((await single.admitted(0)).owner, 'p.copy', new Blob([file]).stream(), false)
        : other.imported('p.copy', file))
      expect(imported).toMatchObject({ rows: ROWS.length, ended: 0 })
      const rows = (await (other?.owners ?? single).run('p.copy', 'tab2list')) as unknown[]
      expect(new Set(rows.map((each) => JSON.stringify(each)))).toEqual(
        new Set(ROWS.map((each) => JSON.stringify(each))),
      )
    }
  })

  it('[EXP11] goes on behind any of its cursors, within a shard and between two', async () => {
    const subject = await filled(3)
    const whole = linesOf(await subject.exported('p.t'))
    const cursors = whole.flatMap((line, i) => (line.startsWith('{"cursor"') ? [i] : []))
    expect(cursors.length).toBeGreaterThan(3)
    // The last ones first: an owner forgets exports that were done when others begin.
    for (const i of cursors.toReversed()) {
      const { cursor } = JSON.parse(whole[i] as string)
      const first = await subject.transfers.exportPage('p.t', cursor)
      const rest = linesOf(await new Response(exportStream(subject.transfers, 'p.t', first)).text())
      // A shard that begins again is another snapshot of the same rows.
      const rowsOf = (lines: readonly string[]) => lines.filter((line) => !line.startsWith('{"cursor"'))
      expect(rowsOf(rest)).toEqual(rowsOf(whole.slice(i + 1)))
    }
  })

  it.each(['3~1-1.0.0.0', '0~', 'x', '1-1.0.0.0', '0~begin', '99~begin.0.0'])(
    '[EXP11] %j is no cursor of it',
    async (cursor) => {
      const subject = await filled(3)
      await expectRefusal(() => subject.transfers.exportPage('p.t', cursor), 'bad_request')
    },
  )
})

describe('an import into several shards', () => {
  it('[IMP7] puts each row on the shard of its key, bags in their order, whatever the key position', async () => {
    for (const options of [{ type: 'duplicate_bag', keypos: 3 }, { type: 'ordered_set' }]) {
      const source = await filled(3, options)
      const subject = new Subject(3)
      await subject.imported('p.copy', await source.exported('p.t'))
      for (const [key, , number] of ROWS.slice(0, 300)) {
        const wanted = 'keypos' in options ? number : key
        const rows = await subject.owners.run('p.copy', 'lookup', wanted as string)
        expect(rows).toEqual(await source.owners.run('p.t', 'lookup', wanted as string))
        expect(rows).toHaveLength(1)
      }
    }
  })

  it('[IMP7] a damaged file, and a shard that fails before the end, change nothing on any shard', async () => {
    const file = await (await filled(3)).exported('p.t')
    const subject = new Subject(3)
    const isClean = async () => {
      for (const shard of [0, 1, 2])
        expect(await subject.owners.owner(shard).run('p.copy', 'info')).toBe(null)
    }
    await expectRefusal(() => subject.imported('p.copy', file.slice(0, -100)), 'bad_request')
    expect(subject.steps.slice(-3)).toEqual(['drop 0', 'drop 1', 'drop 2'])
    await isClean()
    for (const step of ['begin 2', 'rows 1', 'finish 1', 'finish 0']) {
      subject.fails.clear()
      subject.fails.set(step, restarting)
      await expectRefusal(() => subject.imported('p.copy', file), 'restarting')
      await isClean()
    }
    subject.fails.clear()
    expect(await subject.imported('p.copy', file)).toMatchObject({ rows: ROWS.length })
    await expectRefusal(() => subject.imported('p.copy', file), 'table_exists', { table: 'p.copy' })
  })

  it('[IMP7] where it replaces and a shard fails at the end, that is told, and trying again does the rest', async () => {
    const subject = await filled(3)
    const file = await subject.exported('p.t')
    await subject.owners.run('p.t', 'delete_all_objects')
    subject.fails.set('finish 2', restarting)
    await expectRefusal(() => subject.imported('p.t', file, true), 'partial_failure', {
      done: ['p~1'],
      failed: 'p~2',
      cause: 'restarting',
    })
    subject.fails.clear()
    expect(await subject.imported('p.t', file, true)).toMatchObject({ rows: ROWS.length })
    expect(await subject.owners.run('p.t', 'info', 'size')).toBe(ROWS.length)
  })
})
