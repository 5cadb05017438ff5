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

/** The link of a node that is in no list: a typed array starts out, and grows, with this. */
const UNLINKED = 0

export class SlotLists {
  /** Nodes: 0 is nobody, then a head for each list, then the slots. */
  readonly #listCount: number
  readonly #firstSlotNode: number
  /** Two links a node, side by side as they are read together: the next node, then the previous one. */
  #links: Int32Array

  constructor(listCount: number) {
    this.#listCount = listCount
    this.#firstSlotNode = 1 + listCount
    this.#links = new Int32Array(2 * this.#firstSlotNode)
    this.clear()
  }

  clear(): void {
    this.#links.fill(UNLINKED)
    for (let list = 0; list < this.#listCount; list++) this.#link(headOf(list), headOf(list))
  }

  isEmpty(list: number): boolean {
    return this.#next(headOf(list)) === headOf(list)
  }

  /** The slot that has been in `list` for longest, or -1. */
  first(list: number): number {
    return this.#slotOf(this.#next(headOf(list)))
  }

  /** The slot behind `slot`, which is in a list, or -1. */
  after(slot: number): number {
    return this.#slotOf(this.#next(slot + this.#firstSlotNode))
  }

  /** The slot that came to `list` last, or -1. */
  last(list: number): number {
    return this.#slotOf(this.#previous(headOf(list)))
  }

  /** Moves `slot`, which must be in a list, to the end of `list`. */
  moveToEnd(list: number, slot: number): void {
    const node = slot + this.#firstSlotNode
    const head = headOf(list)
    const next = this.#next(node)
    if (next === head) return
    this.#link(this.#previous(node), next)
    this.#link(this.#previous(head), node)
    this.#link(node, head)
  }

  /** Puts `slot`, which must be in no list, at the end of `list`. */
  append(list: number, slot: number): void {
    const node = slot + this.#firstSlotNode
    const head = headOf(list)
    if (2 * node >= this.#links.length) this.#grow(node)
    this.#link(this.#previous(head), node)
    this.#link(node, head)
  }

  /** Takes `slot` out of its list. Returns whether it was in one. */
  remove(slot: number): boolean {
    const node = slot + this.#firstSlotNode
    const links = this.#links
    if (2 * node >= links.length || links[2 * node] === UNLINKED) return false
    this.#link(this.#previous(node), this.#next(node))
    links[2 * node] = UNLINKED
    links[2 * node + 1] = UNLINKED
    return true
  }

  /** Moves all of `from` to the end of `to`, another list. */
  moveAll(from: number, to: number): void {
    if (this.isEmpty(from)) return
    const source = headOf(from)
    const target = headOf(to)
    this.#link(this.#previous(target), this.#next(source))
    this.#link(this.#previous(source), target)
    this.#link(source, source)
  }

  /** The slots of `list` in order, for tests. Throws when their links do not agree. */
  check(list: number): number[] {
    const slots: number[] = []
    for (let node = headOf(list); ; ) {
      const next = this.#next(node)
      if (this.#previous(next) !== node) throw new Error(`slot lists: links disagree in list ${list}`)
      if (next === headOf(list)) return slots
      slots.push(next - this.#firstSlotNode)
      node = next
    }
  }

  /** The slot of a node, or -1 for a head. */
  #slotOf(node: number): number {
    return node < this.#firstSlotNode ? NO_SLOT : node - this.#firstSlotNode
  }

  #next(node: number): number {
    return this.#links[2 * node] as number
  }

  #previous(node: number): number {
    return this.#links[2 * node + 1] as number
  }

  #link(node: number, next: number): void {
    this.#links[2 * node] = next
    this.#links[2 * next + 1] = node
  }

  #grow(node: number): void {
    const links = new Int32Array(2 * Math.max(node + 1, this.#links.length))
    links.set(this.#links)
    this.#links = links
  }
}

const headOf = (list: number): number => 1 + list
