/**
 * Types that follow from the type of a table's rows: its key, its positions, what a position holds.
 *
 * `readonly [key: string, count: number]` is a row with the positions 1 and 2. A table whose rows differ has a union of
 * such tuples, one of free rows `readonly Term[]`.
 */

import type { Term } from '../engine/term.ts'

/** A value that JSON can hold. Unlike `Term` it takes interfaces, which have no index signature. */
export type Storable<T> = T extends Term
  ? T
  : T extends bigint | symbol | undefined | ((...args: never) => unknown)
    ? never
    : { readonly [Name in keyof T]: Storable<T[Name]> }

/** What the type of a row has to be: a tuple or array of values that JSON can hold. */
export type RowOf<Row> = readonly unknown[] & { readonly [I in keyof Row]: Storable<Row[I]> }

/** The positions of a row, from 1. */
export type Position<Row extends readonly unknown[]> = Row extends unknown
  ? number extends Row['length']
    ? number
    : Exclude<keyof (readonly [never, ...Row]), '0' | keyof (readonly unknown[])> extends infer Name
      ? Name extends `${infer Place extends number}`
        ? Place
        : never
      : never
  : never

/** What a row has at a position. */
export type ElementAt<Row extends readonly unknown[], Place extends number> = Row extends unknown
  ? [never, ...Row][Place]
  : never

/** The element after the key, or `[position, increment]`, or with a bound past which the element is set anew. */
export type CounterUpdate<Row extends readonly unknown[]> =
  | readonly [position: Position<Row>, increment: number]
  | readonly [position: Position<Row>, increment: number, threshold: number, setValue: number]

/** `[position, value]`, the value of the type that the position has. */
export type ElementUpdate<Row extends readonly unknown[]> = {
  [Place in Position<Row>]: readonly [position: Place, value: ElementAt<Row, Place>]
}[Position<Row>]
