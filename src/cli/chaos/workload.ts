/** What each client does: which operation is its n-th, from the seed. */
import { JOURNAL_MODES, type JournalMode } from '../../engine/options.ts'
import type { Manner, Operation } from './client.ts'
import type { Action, Shape, Target } from './history.ts'
import type { Random } from './random.ts'

const SHAPES = ['register', 'counter', 'bag', 'duplicate_bag'] as const satisfies Shape[]
const KEYS_PER_TABLE = 3
/** Half of the operations go to a key that all clients turn to for this many operations each. */
const RUSH_OPERATIONS = 6

/** How many of a hundred operations are called how. */
const MANNERS: Readonly<Record<Manner, number>> = { hasty: 6, twice: 4, careless: 2, late: 2, steady: 86 }
const HUNDRED = Object.entries(MANNERS).flatMap(([manner, share]) =>
  Array<Manner>(share).fill(manner as Manner),
)

export interface Place {
  readonly round: number
  readonly journals: readonly JournalMode[]
}

/** The process of `sync` tables that has no others. */
export const SYNC_PROCESS = 'chaos-sync'
/** Tables of all modes share one process, and those of each mode have one beside it. */
export const PROCESSES = ['chaos', ...JOURNAL_MODES.map((mode) => `chaos-${mode}`)]

const tableOf = (isShared: boolean, journal: JournalMode, shape: Shape): string =>
  isShared ? `chaos.${journal}-${shape}` : `chaos-${journal}.${shape}`

/** Every table of a drill, once. */
export const allTables = (): Target[] =>
  [true, false].flatMap((isShared) =>
    JOURNAL_MODES.flatMap((journal) =>
      SHAPES.map((shape) => ({ table: tableOf(isShared, journal, shape), key: '', shape, journal })),
    ),
  )

export class Workload {
  readonly #random: Random
  readonly #place: Place
  readonly #client: number
  /** Values that this client gave to the bags, by key. */
  readonly #inserted = new Map<string, string[]>()

  /** `random` is the stream of the round, the same for all its clients. */
  constructor(random: Random, place: Place, client: number) {
    this.#random = random
    this.#place = place
    this.#client = client
  }

  /**
   * The `n`-th operation. Tables that can lose rows get new keys in each life of the service, so that what
   * was lost is not mistaken for what came later.
   */
  operation(n: number, life: number): Operation {
    const random = this.#random.fork(`client ${this.#client}`).fork(n)
    const name = `r${this.#place.round}c${this.#client}n${n}`
    const target = this.#target(random, n, life)
    return {
      client: this.#client,
      target,
      action: this.#action(random, target, name),
      idempotencyKey: `${this.#random.fork(name).int(0, 2 ** 32)}-${name}`,
      manner: random.pick(HUNDRED),
    }
  }

  #target(random: Random, n: number, life: number): Target {
    const rush = this.#random.fork(`rush ${Math.floor(n / RUSH_OPERATIONS)}`)
    const choice = random.chance(0.5) ? rush : random
    const journal = choice.pick(this.#place.journals)
    const shape = choice.pick(SHAPES)
    const number = choice.int(1, KEYS_PER_TABLE)
    const key = `r${this.#place.round}${journal === 'sync' ? '' : `l${life}`}k${number}`
    return { table: tableOf(choice.chance(0.5), journal, shape), key, shape, journal }
  }

  #action(random: Random, { shape, table, key }: Target, value: string): Action {
    if (random.chance(0.25)) return { kind: 'read' }
    if (shape === 'counter') return { kind: 'increment' }
    if (shape === 'register') {
      const kind = random.pick(['insert', 'insert', 'insert_new', 'insert_new', 'take', 'delete'] as const)
      return kind === 'insert' || kind === 'insert_new' ? { kind, value } : { kind }
    }
    const id = `${table}/${key}`
    const mine = this.#inserted.get(id) ?? []
    if (mine.length > 0 && random.chance(0.25)) {
      return { kind: 'delete_object', value: mine.splice(random.int(0, mine.length - 1), 1)[0] as string }
    }
    this.#inserted.set(id, [...mine, value])
    return { kind: 'insert', value }
  }
}
