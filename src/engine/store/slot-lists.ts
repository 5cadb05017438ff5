/**
 * A fixed number of lists over slots: a slot is in one of them or in none.
 *
 * Owns the links only, two 32-bit integers per slot. The lists are circular with a head of their own, so a
 * slot leaves its list without anyone knowing which list that is, and a whole list moves in a few writes.
 *
 * Cost:   everything O(1) and without allocation, but for growing (amortised) and `clear`; 8 bytes per slot
 *         up to the highest ever seen.
 */

const NO_SLOT = -1

/** The link of a node that is in no list: typed arrays start out, and grow, with this. */
const UNLINKED = 0

export class SlotLists {
  /** Nodes: 0 is nobody, then a head for each list, then the slots. */
  readonly #listCount: number
  readonly #firstSlotNode: number
  #next: Int32Array
  #previous: Int32Array

  constructor(listCount: number) {
    this.#listCount = listCount
    this.#firstSlotNode = 1 + listCount
    this.#next = new Int32Array(this.#firstSlotNode)
    this.#previous = new Int32Array(this.#firstSlotNode)
    this.clear()
  }

  clear(): void {
    this.#next.fill(UNLINKED)
    this.#previous.fill(UNLINKED)
    for (let list = 0; list < this.#listCount; list++) this.#link(headOf(list), headOf(list))
  }

  isEmpty(list: number): boolean {
    return this.#next[headOf(list)] === headOf(list)
  }

  /** The slot that has been in `list` for longest, or -1. */
  first(list: number): number {
    return this.isEmpty(list) ? NO_SLOT : (this.#next[headOf(list)] as number) - this.#firstSlotNode
  }

  /** The slot behind `slot`, which is in a list, or -1. */
  after(slot: number): number {
    const next = this.#next[slot + this.#firstSlotNode] as number
    return next < this.#firstSlotNode ? NO_SLOT : next - this.#firstSlotNode
  }

  /** The slot that came to `list` last, or -1. */
  last(list: number): number {
    return this.isEmpty(list) ? NO_SLOT : (this.#previous[headOf(list)] as number) - this.#firstSlotNode
  }

  /** Moves `slot`, which must be in a list, to the end of `list`. */
  moveToEnd(list: number, slot: number): void {
    const node = slot + this.#firstSlotNode
    const head = headOf(list)
    if (this.#next[node] === head) return
    this.#link(this.#previous[node] as number, this.#next[node] as number)
    this.#link(this.#previous[head] as number, node)
    this.#link(node, head)
  }

  /** Puts `slot`, which must be in no list, at the end of `list`. */
  append(list: number, slot: number): void {
    const node = slot + this.#firstSlotNode
    if (node >= this.#next.length) this.#grow(node)
    const head = headOf(list)
    this.#link(this.#previous[head] as number, node)
    this.#link(node, head)
  }

  /** Takes `slot` out of its list. Returns whether it was in one. */
  remove(slot: number): boolean {
    const node = slot + this.#firstSlotNode
    if (node >= this.#next.length || this.#next[node] === UNLINKED) return false
    this.#link(this.#previous[node] as number, this.#next[node] as number)
    this.#next[node] = UNLINKED
    this.#previous[node] = UNLINKED
    return true
  }

  /** Moves all of `from` to the end of `to`, another list. */
  moveAll(from: number, to: number): void {
    if (this.isEmpty(from)) return
    const source = headOf(from)
    const target = headOf(to)
    this.#link(this.#previous[target] as number, this.#next[source] as number)
    this.#link(this.#previous[source] as number, target)
    this.#link(source, source)
  }

  /** The slots of `list` in order, for tests. Throws when their links do not agree. */
  check(list: number): number[] {
    const slots: number[] = []
    for (let node = headOf(list); ; ) {
      const next = this.#next[node] as number
      if (this.#previous[next] !== node) throw new Error(`slot lists: links disagree in list ${list}`)
      if (next === headOf(list)) return slots
      slots.push(next - this.#firstSlotNode)
      node = next
    }
  }

  #link(node: number, next: number): void {
    this.#next[node] = next
    this.#previous[next] = node
  }

  #grow(node: number): void {
    const length = Math.max(node + 1, 2 * this.#next.length)
    this.#next = grown(this.#next, length)
    this.#previous = grown(this.#previous, length)
  }
}

const headOf = (list: number): number => 1 + list

function grown(links: Int32Array, length: number): Int32Array {
  const copy = new Int32Array(length)
  copy.set(links)
  return copy
}
