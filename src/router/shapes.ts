/**
 * Shapes of tables, as far as they decide where rows are and in which order: asked for once and remembered.
 *
 * A table may have been dropped and made anew since, by anybody. So whoever uses a shape has it confirmed in the
 * same turn (a read asks `info` beside), or is refused by the owner (a row that is not its own is `moved`).
 *
 * Limits: {@link MAX_SHAPES}; the oldest go first.
 */
import type { Term, TermObject } from '../engine/term.ts'

export interface Shape {
  readonly keypos: number
  readonly isOrdered: boolean
}

/** Some hundred bytes each. */
const MAX_SHAPES = 10_000

/** What `info` says of a table, or `undefined` when there is none. */
export function shapeOf(info: Term | undefined): Shape | undefined {
  if (info === null || info === undefined) return undefined
  const { keypos, type } = info as TermObject
  return { keypos: keypos as number, isOrdered: type === 'ordered_set' }
}

export const isSameShape = (a: Shape, b: Shape): boolean =>
  a.keypos === b.keypos && a.isOrdered === b.isOrdered

export class Shapes {
  readonly #shapes = new Map<string, Shape>()

  find(table: string): Shape | undefined {
    return this.#shapes.get(table)
  }

  put(table: string, shape: Shape): void {
    this.#shapes.delete(table)
    this.#shapes.set(table, shape)
    if (this.#shapes.size > MAX_SHAPES) this.forget(this.#shapes.keys().next().value as string)
  }

  forget(table: string): void {
    this.#shapes.delete(table)
  }
}
