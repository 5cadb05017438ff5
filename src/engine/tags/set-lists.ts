/**
 * Lists of slots, as many as come: a slot is in one of them or in none, and knows which.
 *
 * Cost: everything O(1) but for growing, amortised; 12 bytes a slot up to the highest in a list.
 */

const NONE = -1

export class SetLists<Name> {
  /** By slot: the number of its list and one more, 0 for none; its neighbours in that. */
  #listOf = new Int32Array(16)
  #next = new Int32Array(16)
  #previous = new Int32Array(16)
  /** By list: its first slot, and what it stands for. The links go round. */
  readonly #first: number[] = []
  readonly #names: (Name | undefined)[] = []
  readonly #free: number[] = []

  newList(): number {
    const list = this.#free.pop() ?? this.#first.length
    this.#first[list] = NONE
    return list
  }

  name(list: number, name: Name): void {
    this.#names[list] = name
  }

  /** Gives back a list that is empty. */
  dropList(list: number): void {
    this.#names[list] = undefined
    this.#free.push(list)
  }

  /** What the list of a slot stands for. */
  of(slot: number): Name | undefined {
    const list = slot < this.#listOf.length ? (this.#listOf[slot] as number) : 0
    return list === 0 ? undefined : this.#names[list - 1]
  }

  /** Takes a slot out of its list, if it is in one, and puts it at the end of another, if there is one. */
  move(slot: number, to: { readonly list: number } | undefined): void {
    if (slot >= this.#listOf.length) this.#grow(slot)
    const from = this.#listOf[slot] as number
    if (from !== 0) this.#unlink(slot, from - 1)
    this.#listOf[slot] = to === undefined ? 0 : to.list + 1
    if (to !== undefined) this.#append(slot, to.list)
  }

  /** The first slot of a list that is not empty, which becomes the last. */
  rotate(list: number): number {
    const slot = this.#first[list] as number
    this.#first[list] = this.#next[slot] as number
    return slot
  }

  /** The slots of a list, for tests. Throws when its links do not agree. */
  check({ list }: { readonly list: number }): number[] {
    const slots: number[] = []
    const first = this.#first[list] as number
    for (let slot = first; slot !== NONE; ) {
      const next = this.#next[slot] as number
      if (this.#previous[next] !== slot) throw new Error('set lists: links disagree')
      if (this.#listOf[slot] !== list + 1) throw new Error('set lists: a slot is in another list')
      slots.push(slot)
      slot = next === first ? NONE : next
    }
    return slots
  }

  #append(slot: number, list: number): void {
    const first = this.#first[list] as number
    if (first === NONE) {
      this.#first[list] = slot
      this.#link(slot, slot)
      return
    }
    this.#link(this.#previous[first] as number, slot)
    this.#link(slot, first)
  }

  #unlink(slot: number, list: number): void {
    const next = this.#next[slot] as number
    this.#link(this.#previous[slot] as number, next)
    if (this.#first[list] === slot) this.#first[list] = next === slot ? NONE : next
  }

  #link(slot: number, next: number): void {
    this.#next[slot] = next
    this.#previous[next] = slot
  }

  #grow(slot: number): void {
    const capacity = Math.max(slot + 1, 2 * this.#listOf.length)
    this.#listOf = widen(this.#listOf, capacity)
    this.#next = widen(this.#next, capacity)
    this.#previous = widen(this.#previous, capacity)
  }
}

function widen(column: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const wide = new Int32Array(capacity)
  wide.set(column)
  return wide
}
