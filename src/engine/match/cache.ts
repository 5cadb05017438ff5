/**
 * Cache of compiled queries, so that a query asked again is not compiled again.
 *
 * A query is known by its JSON text, as one that comes over the wire is a new object each time. Where the
 * very same object comes again (a constant of a program) it is from then on known by identity, which saves
 * writing the text. Terms are immutable by contract, and that is what makes identity safe.
 *
 * Texts are held for a bounded number of queries of bounded length; the one not used for longest goes first.
 * Identities are held weakly and cost nothing once the caller lets go.
 *
 * Cost:   by identity one look-up; by text O(length of the text).
 * Limits: a value that is no term, such as NaN, may be taken for what JSON writes in its place.
 */
import type { Term } from '../term.ts'

/** Programs have tens of distinct queries; when keys are spelled into them, the latest are worth keeping. */
const MAX_QUERIES = 256

/** Longer queries carry data, which seldom comes again; with this bound the texts fill half a megabyte. */
const MAX_TEXT_LENGTH = 2_048

interface Entry<T> {
  readonly compiled: T
  /** The object that last asked for it. */
  readonly query: object
}

/** Remembers what `compile` made of a query. What it refuses is not remembered. */
export class QueryCache<T> {
  readonly #compile: (query: Term) => T
  readonly #byIdentity = new WeakMap<object, T>()
  /**
   * Where the entry of a text is, in the order of their last use. The entries themselves would be kept by each table
   * that the map outgrows, until the next full collection: ten times the time of compiling (bench/engine, ranges).
   */
  readonly #placeOf = new Map<string, number>()
  /** Stands before the text not used for longest. A new iterator would first pass over all that were deleted. */
  readonly #oldest = this.#placeOf.keys()
  readonly #entries: Entry<T>[] = []

  constructor(compile: (query: Term) => T) {
    this.#compile = compile
  }

  /** The number of texts held. */
  get size(): number {
    return this.#placeOf.size
  }

  /** What `query` compiles to. Errors: those of compiling. */
  get(query: Term): T {
    if (typeof query !== 'object' || query === null) return this.#compile(query)
    return this.#byIdentity.get(query) ?? this.#getByText(query)
  }

  #getByText(query: Term & object): T {
    const text = textOf(query)
    if (text === undefined || text.length > MAX_TEXT_LENGTH) return this.#compile(query)
    const place = this.#placeOf.get(text)
    const known = place === undefined ? undefined : this.#entries[place]
    const compiled = known === undefined ? this.#compile(query) : known.compiled
    // Only for an object that comes twice: entering every one off the wire would cost more than it saves.
    if (known?.query === query) this.#byIdentity.set(query, compiled)
    this.#hold(text, place, { compiled, query })
    return compiled
  }

  /** Makes `text` the latest of all: a Map keeps the order in which its entries came. */
  #hold(text: string, place: number | undefined, entry: Entry<T>): void {
    if (place !== undefined) this.#placeOf.delete(text)
    const free = place ?? this.#freePlace()
    this.#placeOf.set(text, free)
    this.#entries[free] = entry
  }

  #freePlace(): number {
    if (this.#placeOf.size < MAX_QUERIES) return this.#placeOf.size
    const oldest = this.#oldest.next().value as string
    const place = this.#placeOf.get(oldest) as number
    this.#placeOf.delete(oldest)
    return place
  }
}

/** The JSON text, or `undefined` for what has none because it is nested without end: compiling refuses it. */
function textOf(query: Term): string | undefined {
  try {
    return JSON.stringify(query)
  } catch {
    return undefined
  }
}
