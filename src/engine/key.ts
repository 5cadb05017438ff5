/**
 * Keys as a JavaScript `Map` can hold them: one string or number for every term, equal exactly when the
 * terms are equal.
 *
 * Cost: nothing for a primitive; O(size) for an array or object, whose text is length-prefixed so that no
 * escaping is needed and no two terms share one text.
 */
import { sortedNames, type Term, type TermObject } from './term.ts'

export type Primitive = number | string | boolean | null

export const isPrimitive = (term: Term): term is Primitive => typeof term !== 'object' || term === null

/** The text of a term, the same for equal terms and for no others; object members in any order. */
export function canonicalText(term: Term): string {
  switch (typeof term) {
    case 'number':
      return `n${term};`
    case 'string':
      return `s${term.length}:${term}`
    case 'boolean':
      return term ? 't' : 'f'
    default:
      if (term === null) return 'z'
      return Array.isArray(term) ? arrayText(term) : objectText(term as TermObject)
  }
}

function arrayText(array: readonly Term[]): string {
  let text = `[${array.length};`
  for (const element of array) text += canonicalText(element)
  return text
}

function objectText(object: TermObject): string {
  const names = sortedNames(object)
  let text = `{${names.length};`
  for (const name of names) text += `${name.length}:${name}${canonicalText(object[name] as Term)}`
  return text
}

/** A map from keys to slots. Primitives and compound terms are held apart, so no text can pass for a key. */
export class KeyMap {
  readonly #primitives = new Map<Primitive, number>()
  readonly #compounds = new Map<string, number>()

  get size(): number {
    return this.#primitives.size + this.#compounds.size
  }

  /** The slot under `key`, or -1. */
  get(key: Term): number {
    const slot = isPrimitive(key) ? this.#primitives.get(key) : this.#compounds.get(canonicalText(key))
    return slot === undefined ? -1 : slot
  }

  set(key: Term, slot: number): void {
    if (isPrimitive(key)) this.#primitives.set(key, slot)
    else this.#compounds.set(canonicalText(key), slot)
  }

  delete(key: Term): void {
    if (isPrimitive(key)) this.#primitives.delete(key)
    else this.#compounds.delete(canonicalText(key))
  }
}
