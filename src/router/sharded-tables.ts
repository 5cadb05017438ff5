/**
 * Tables whose processes may go over several shards.
 *
 * A process of one shard is called as it is. Else operations on keys go to the shard that owns them, all of a call
 * to the same one or to none (`cross_shard`): a turn is atomic because it has one owner. Reads of everything go to
 * every shard and are put together; writes to everything are done shard by shard.
 *
 * `seq` and `incarnation` of an answer that came from every shard are the sums of theirs: they grow when one does.
 */
import { Allowance, UNBOUNDED } from '../engine/allowance.ts'
import { EtsError } from '../engine/error.ts'
import type { Term } from '../engine/term.ts'
import { END_OF_TABLE } from '../engine/verbs/traversal.ts'
import { MAX_ANSWER_LENGTH } from '../protocol/limits.ts'
import { globalName } from '../protocol/names.ts'
import type { Operation } from '../protocol/operation.ts'
import type { Placement } from '../protocol/placement.ts'
import { shardName, shardOf } from '../protocol/shard-map.ts'
import { slotOf } from '../protocol/slots.ts'
import { isKeyed, slotsOf, spreadOf } from '../protocol/spread.ts'
import type { Answer } from '../protocol/tables.ts'
import { createOnEvery, type EveryShard, mergeWrites, onEvery, onEveryThatHasIt } from './every-shard.ts'
import { isMissingTable } from './failure.ts'
import { nearest, type Part, type Reading, readingOf } from './merge.ts'
import type { CallOwner, OwnerCallOptions } from './owners.ts'
import { orderedScan, type ReadShard, unorderedScan } from './scan-shards.ts'
import { isSameShape, type Shape, Shapes, shapeOf } from './shapes.ts'
import { isUnmade, makeOnEvery } from './shard-caches.ts'
import { eventsOfEvery } from './shard-events.ts'
import { isOfSeveral, manyByShard, orderedKeys, sliceByShard } from './shard-keys.ts'

export class ShardedTables {
  readonly #call: CallOwner
  readonly #shapes = new Shapes()

  constructor(call: CallOwner) {
    this.#call = call
  }

  /** Runs operations, checked, all on tables of `process`. Errors: those of `Tables.run`. */
  run(
    process: string,
    placement: Placement,
    operations: readonly Operation[],
    options: OwnerCallOptions,
  ): Promise<Answer> {
    const { shards } = placement.map
    const onShard: EveryShard['onShard'] = (shard, each) =>
      this.#call({ process, shard, placement }, each, options)
    if (shards === 1) return onShard(0, operations)
    const tenant = options.caller?.tenant ?? ''
    const every: Every = { process, shards, onShard, placement, tenant }
    const [only] = operations
    if (only === undefined || operations.length > 1) return this.#keyed(every, operations, options)
    const shardOfKey = (key: Term): number => shardOf(placement.map, slotOf(key))
    if (isOfSeveral(only, shardOfKey))
      return this.#oneByOne(every, (read) => manyByShard(only, shardOfKey, read))
    if (isKeyed(only)) return this.#keyed(every, operations, options)
    switch (spreadOf(only)) {
      case 'all':
        return this.#read(every, only)
      case 'step':
        return this.#step(every, only)
      case 'each':
        return this.#write(every, only)
      case 'slice':
        return only.op === 'cache_keys' ? this.#read(every, only) : this.#pageByShard(every, only)
      case 'events':
        return this.#oneByOne(every, (read) => eventsOfEvery(only, shards, read))
      case 'any':
        return onShard(0, operations)
      default:
        throw refused(every, `${only.op} is not possible over several shards`)
    }
  }

  /** Sends operations to the one shard that owns all their keys. Errors: `cross_shard`. */
  async #keyed(every: Every, operations: readonly Operation[], options: OwnerCallOptions): Promise<Answer> {
    const shards = await this.#shardsOf(every, operations)
    try {
      return await every.onShard(theOne(every, shards), operations)
    } catch (error) {
      if (isUnmade(error, operations)) {
        await this.#make(every, operations, options)
        return await every.onShard(theOne(every, shards), operations)
      }
      if (!(error instanceof EtsError) || error.code !== 'moved') throw error
      // Perhaps a table was made anew with its key elsewhere; if not, the owner says the same again.
      for (const { table } of operations) this.#shapes.forget(globalName(every.tenant, table))
      return await every.onShard(theOne(every, await this.#shardsOf(every, operations)), operations)
    }
  }

  /** Makes the caches of operations on every shard. */
  async #make(every: Every, operations: readonly Operation[], options: OwnerCallOptions): Promise<void> {
    const { process, placement, shards } = every
    // The key of the call is that of the write alone.
    const { idempotencyKey: _, ...rest } = options
    await makeOnEvery(operations, shards, (shard, each) =>
      this.#call({ process, shard, placement }, each, rest),
    )
  }

  async #shardsOf(every: Every, operations: readonly Operation[]): Promise<ReadonlySet<number>> {
    const shards = new Set<number>()
    for (const operation of operations) {
      const spread = spreadOf(operation)
      const needsShape = spread === 'row' || spread === 'rows'
      const shape = needsShape ? await this.#shape(every, operation.table) : undefined
      const slots = slotsOf(operation, shape?.keypos ?? 1)
      if (slots === undefined) {
        throw refused(every, `${operation.op} goes to every shard and cannot be part of a batch`)
      }
      for (const slot of slots) shards.add(shardOf(every.placement.map, slot))
    }
    return shards
  }

  /** Reads every shard. A shape that was remembered is confirmed by each of them, in the same turn. */
  async #read(every: Every, operation: Operation): Promise<Answer> {
    const { table, op } = operation
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const shape = (await this.#shape(every, table)) ?? NO_TABLE
      const isPaged = op === 'scan' || op === 'cache_keys'
      if (isPaged && !shape.isOrdered) return this.#pageByShard(every, operation)
      const reading = isPaged ? orderedPage(operation, shape, every.shards) : readingOf(operation, shape)
      const { parts, state, infos } = await this.#ask(every, table, reading.operations)
      if (this.#confirm(every, table, shape, infos))
        return { ...state, values: [bounded(reading.merge(parts))] }
    }
    throw differing(every, table)
  }

  /** A page of what has no order, or is removed in pages. */
  #pageByShard(every: Every, operation: Operation): Promise<Answer> {
    const page = operation.op === 'scan' ? unorderedScan : sliceByShard
    return this.#oneByOne(every, (read) => page(operation, every.shards, read))
  }

  /** What is read, or removed, by operations on single shards. */
  async #oneByOne(every: Every, work: (read: ReadShard) => Promise<Term>): Promise<Answer> {
    const last = new Map<number, Answer>()
    const value = await work(async (shard, each) => {
      const answer = await every.onShard(shard, [each])
      last.set(shard, answer)
      return answer.values[0] as Term
    })
    return { ...stateOf([...last.values()]), values: [bounded(value)] }
  }

  async #step(every: Every, operation: Operation): Promise<Answer> {
    const { table, op } = operation
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const shape = (await this.#shape(every, table)) ?? NO_TABLE
      if (!shape.isOrdered) return await this.#stepByShard(every, operation)
      const { parts, state, infos } = await this.#ask(every, table, [operation])
      if (!this.#confirm(every, table, shape, infos)) continue
      const values = parts.map(([value]) => value as Term)
      return { ...state, values: [nearest(op, values)] }
    }
    throw differing(every, table)
  }

  /** A step in a table without an order: within a shard, and from the end of one to the next. */
  async #stepByShard(every: Every, operation: Operation): Promise<Answer> {
    const { table, op, args } = operation
    const isEdge = op.startsWith('first') || op.startsWith('last')
    const from = isEdge ? 0 : shardOf(every.placement.map, slotOf(args[0] as Term))
    const edge: Operation = { table, op: op.endsWith('_lookup') ? 'first_lookup' : 'first', args: [] }
    let answer = await every.onShard(from, [operation])
    for (let shard = from + 1; shard < every.shards && answer.values[0] === END_OF_TABLE; shard++) {
      answer = await every.onShard(shard, [edge])
    }
    return answer
  }

  async #write(every: Every, operation: Operation): Promise<Answer> {
    const { table, op } = operation
    const shape = op === 'traverse_delete' ? await this.#shape(every, table) : undefined
    const isNew = op === 'new' || op === 'cache_new'
    if (isNew || op === 'delete_table') this.#shapes.forget(globalName(every.tenant, table))
    const answers = await (isNew
      ? createOnEvery(every, operation)
      : op === 'delete_table' || op === 'cache_reset_stats'
        ? onEveryThatHasIt(every, operation)
        : onEvery(every, operation))
    const values = answers.map(({ values: [value] }) => value as Term)
    return { ...stateOf(answers), values: [mergeWrites(op, values, shape)] }
  }

  /** Asks every shard the same, each in one turn, and what its table is. Errors: that of the first that fails. */
  async #ask(every: Every, table: string, operations: readonly Operation[]): Promise<Asked> {
    const all: readonly Operation[] = [{ table, op: 'info', args: [] }, ...operations]
    const asked = await Promise.allSettled(
      Array.from({ length: every.shards }, (_, shard) => every.onShard(shard, all)),
    )
    // A cache that nobody created by name may be on some shards only, for a moment.
    const mayLack =
      operations.every(({ op }) => op.startsWith('cache_')) &&
      asked.some(({ status }) => status === 'fulfilled')
    const answers = asked.flatMap((each) => {
      if (each.status === 'fulfilled') return [each.value]
      if (mayLack && isMissingTable(each.reason)) return []
      throw asAlone(each.reason)
    })
    const infos = answers.map(({ values }) => values[0] as Term)
    return {
      parts: answers.map(({ values }) => values.slice(1)),
      infos: answers.length < asked.length ? [...infos, null] : infos,
      state: stateOf(answers),
    }
  }

  /** Whether every shard has the table as it was thought to be; if not, it is asked for again. */
  #confirm(every: Every, table: string, shape: Shape, infos: readonly Term[]): boolean {
    const isSame = infos.every((info) => isSameShape(shapeOf(info) ?? NO_TABLE, shape))
    const isWhole = !infos.includes(null)
    if (!isSame || !isWhole) this.#shapes.forget(globalName(every.tenant, table))
    // Where a table is half made or half dropped, what the shards say of it is as good as it gets.
    return isSame || !isWhole
  }

  async #shape(every: Every, table: string): Promise<Shape | undefined> {
    const name = globalName(every.tenant, table)
    const known = this.#shapes.find(name)
    if (known !== undefined) return known
    const { values } = await every.onShard(0, [{ table, op: 'info', args: [] }])
    const shape = shapeOf(values[0])
    if (shape !== undefined) this.#shapes.put(name, shape)
    return shape
  }
}

const orderedPage = (operation: Operation, shape: Shape, shards: number): Reading =>
  operation.op === 'scan' ? orderedScan(operation, shape, shards) : orderedKeys(operation, shards)

interface Every extends EveryShard {
  readonly placement: Placement
  readonly tenant: string
}

interface Asked {
  readonly parts: readonly Part[]
  readonly infos: readonly Term[]
  readonly state: Omit<Answer, 'values'>
}

/** Of a table that is not there nothing depends on the shape: every shard refuses, or has nothing to tell. */
const NO_TABLE: Shape = { keypos: 1, isOrdered: false }

/** A table may be made anew between two attempts, but not for ever. */
const MAX_ATTEMPTS = 3

/** What several unfinished calls may leave, each with options of its own. */
const differing = ({ process }: EveryShard, table: string): EtsError =>
  new EtsError('partial_failure', {
    done: [],
    failed: process,
    cause: 'table_exists',
    message: `the shards have tables named ${table} that differ; delete_table removes them`,
  })

function theOne(every: Every, shards: ReadonlySet<number>): number {
  if (shards.size <= 1) return [...shards][0] ?? 0
  throw refused(every, 'the keys of this call belong to several shards; give them one {tag}', [...shards])
}

const refused = ({ process, shards }: EveryShard, message: string, of?: readonly number[]): EtsError =>
  new EtsError('cross_shard', {
    processes: (of ?? Array.from({ length: shards }, (_, i) => i)).map((shard) => shardName(process, shard)),
    message,
  })

/** The state that answers of several shards show together. */
function stateOf(answers: readonly Answer[]): Omit<Answer, 'values'> {
  const isReplayed = answers.length > 0 && answers.every(({ replayed }) => replayed)
  return {
    seq: answers.reduce((all, { seq }) => all + seq, 0),
    incarnation: answers.reduce((all, { incarnation }) => all + incarnation, 0),
    ...(isReplayed ? { replayed: true } : {}),
  }
}

/** What the shards answered together is no longer than what one may answer. Errors: `too_large`. */
function bounded(value: Term): Term {
  new Allowance({ ...UNBOUNDED, maxAnswerLength: MAX_ANSWER_LENGTH }).answer(value)
  return value
}

/** A refusal without the place in the batch that the router made of one operation. */
function asAlone(error: unknown): unknown {
  if (!(error instanceof EtsError) || !('index' in error.details)) return error
  const { index: _, ...details } = error.details
  return new EtsError(error.code, details as EtsError['details'])
}
