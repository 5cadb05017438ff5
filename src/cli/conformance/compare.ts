/** How results of conformance vectors are compared; see the README beside the vectors. */

import { canonicalText } from '../../engine/key.ts'
import type { Term } from '../../engine/term.ts'

export type Comparison = 'exact' | 'multiset' | 'chunks'

/** Whether `found` is what was recorded. `limit` is the length of a chunk. */
export function isAsRecorded(recorded: Term, found: Term, comparison: Comparison, limit: number): boolean {
  switch (comparison) {
    case 'exact':
      return canonicalText(found) === canonicalText(recorded)
    case 'multiset':
      return isSameMultiset(recorded as readonly Term[], found)
    case 'chunks':
      return (
        areChunks(found, limit) && isSameMultiset(recorded as readonly Term[], (found as Term[][]).flat())
      )
  }
}

function isSameMultiset(recorded: readonly Term[], found: Term): boolean {
  if (!Array.isArray(found) || found.length !== recorded.length) return false
  const texts = found.map(canonicalText).sort()
  return recorded
    .map(canonicalText)
    .sort()
    .every((text, i) => text === texts[i])
}

const areChunks = (found: Term, limit: number): boolean =>
  Array.isArray(found) &&
  found.every((chunk) => Array.isArray(chunk) && chunk.length > 0 && chunk.length <= limit)
