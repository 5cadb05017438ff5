/**
 * Belady's optimum: the hits of a cache that knows the future, and gives up the key that is needed last.
 *
 * Every missed key is taken in, as a table does: a key that is not needed again goes before any other. The
 * next use of each cached key stands in a heap with the farthest on top; an entry whose key was used meanwhile is
 * passed over when it comes to the top.
 *
 * Cost:   O(accesses · log accesses).
 * Source: Belady, "A study of replacement algorithms for a virtual-storage computer", 1966.
 */

export function beladyHits(accesses: Int32Array, keyCount: number, capacity: number): number {
  const nextUses = nextUsesOf(accesses, keyCount)
  /** By key, when it is used next, or -1 for one that is not cached. */
  const nextUseOf = new Int32Array(keyCount).fill(-1)
  const farthest = new UseHeap()
  let cached = 0
  let hits = 0
  for (let i = 0; i < accesses.length; i++) {
    const key = accesses[i] as number
    if (nextUseOf[key] !== -1) hits++
    else if (cached < capacity) cached++
    else {
      let use = farthest.pop()
      while (nextUseOf[use.key] !== use.at) use = farthest.pop()
      nextUseOf[use.key] = -1
    }
    const at = nextUses[i] as number
    nextUseOf[key] = at
    farthest.push({ key, at })
  }
  return hits
}

/** For each access, when its key is used next: an index, or one beyond the last that no other key has. */
function nextUsesOf(accesses: Int32Array, keyCount: number): Int32Array {
  const nextUses = new Int32Array(accesses.length)
  const next = new Int32Array(keyCount).fill(-1)
  for (let i = accesses.length - 1; i >= 0; i--) {
    const key = accesses[i] as number
    nextUses[i] = next[key] === -1 ? accesses.length + key : (next[key] as number)
    next[key] = i
  }
  return nextUses
}

interface Use {
  readonly key: number
  readonly at: number
}

/** A binary heap with the latest use on top. */
class UseHeap {
  readonly #uses: Use[] = []

  push(use: Use): void {
    const uses = this.#uses
    let at = uses.push(use) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if ((uses[parent] as Use).at >= use.at) break
      uses[at] = uses[parent] as Use
      at = parent
    }
    uses[at] = use
  }

  /** Not of an empty heap. */
  pop(): Use {
    const uses = this.#uses
    const top = uses[0] as Use
    const last = uses.pop() as Use
    if (uses.length > 0) this.#sink(last)
    return top
  }

  #sink(use: Use): void {
    const uses = this.#uses
    let at = 0
    for (let child = 1; child < uses.length; child = 2 * at + 1) {
      if (child + 1 < uses.length && (uses[child + 1] as Use).at > (uses[child] as Use).at) child++
      if ((uses[child] as Use).at <= use.at) break
      uses[at] = uses[child] as Use
      at = child
    }
    uses[at] = use
  }
}
