/**
 * Tag index: which rows carry which tags, and when each tag was invalidated last.
 *
 * Invalidating a tag notes the number of that change, and nothing else: a row that carries it and was written before
 * is gone for everybody who asks `isGone`, or `staleSinceMs`, from then on. Afterwards the rows that are gone are given
 * back slice by slice.
 *
 * Rows mostly carry the same few combinations of tags. A combination is kept once, as a set, and a row has the number
 * of its set; the rows of a set are a list over their slots, so that a sweep looks at no other rows.
 *
 * A tag is forgotten when no row carries it, but not within a turn, which may have to bring its last row back.
 *
 * Cost: a row O(tags it carries); asking O(1) of a row written since the last invalidation of any tag, else O(its tags);
 *       invalidating O(1) a tag. 18 bytes a row, and some hundred a set and a tag.
 */
import type { Slots } from '../store/slots.ts'
import type { EpochMs } from '../time.ts'
import { SetLists } from './set-lists.ts'

/** A tag of the rows of one table. */
export interface Tag {
  readonly number: number
  readonly name: string
  /** The sets that have it, those alone that rows carry. */
  readonly sets: Set<TagSet>
  /** The number of the last change that took its rows away, and of the one that made them stale; 0 for none. */
  goneSeq: number
  goneAtMs: number
  staleSeq: number
  staleAtMs: number
  /** Where a journal keeps it, from 0; -1 as long as it was never invalidated. */
  place: number
  /** Whether the rows that it took away wait to be given back. */
  isQueued: boolean
}

/** A combination of tags that rows carry. */
export interface TagSet {
  readonly key: string
  readonly tags: readonly Tag[]
  readonly names: readonly string[]
  readonly list: number
  rows: number
}

/** What can be said of a tag when it was invalidated: what a journal keeps, and what undoing needs. */
export type TagState = Pick<Tag, 'goneSeq' | 'goneAtMs' | 'staleSeq' | 'staleAtMs'>

const NO_TAGS: readonly string[] = []
/** A row: its set, and its links in the list of that. */
const ROW_BYTES = 18
const SET_BYTES = 200
const TAG_BYTES = 300

export class TagIndex {
  readonly #slots: Slots
  readonly #tags = new Map<string, Tag>()
  readonly #sets = new Map<string, TagSet>()
  readonly #lists = new SetLists<TagSet>()
  #nextNumber = 0
  /** By place. */
  readonly #kept: (Tag | undefined)[] = []
  readonly #freePlaces: number[] = []
  /** No row that was written later is gone or stale. */
  #lastGoneSeq = 0
  #lastStaleSeq = 0
  /** Since when single rows are stale that were changed since without being written. */
  #staleSinceMs: Map<number, number> | undefined
  /** Tags that took rows away which hold their slots. */
  #queue: Tag[] = []
  #sweep: Iterator<number> | undefined
  /** Tags that no row carries, perhaps. */
  #unused = new Set<Tag>()
  bytes = 0

  constructor(slots: Slots) {
    this.#slots = slots
  }

  /** Whether rows that are gone may still hold their slots. */
  get mayHoldGone(): boolean {
    return this.#sweep !== undefined || this.#queue.length > 0
  }

  /** Whether there is anything for a sweep to do. */
  get wantsSweep(): boolean {
    return this.mayHoldGone || this.#unused.size > 0
  }

  names(slot: number): readonly string[] {
    return this.#lists.of(slot)?.names ?? NO_TAGS
  }

  /** Gives the row in a slot other tags, each once. */
  set(slot: number, names: readonly string[]): void {
    const before = this.#lists.of(slot)
    if (names.length === 0 && before === undefined) return
    const next = names.length === 0 ? undefined : this.#setOf(names)
    if (next !== undefined && next.rows++ === 0) this.#use(next)
    if (next !== undefined) this.bytes += ROW_BYTES
    this.#lists.move(slot, next)
    if (before === undefined) return
    this.bytes -= ROW_BYTES
    if (--before.rows === 0) this.#drop(before)
  }

  /** The row in a slot goes. */
  remove(slot: number): void {
    this.set(slot, NO_TAGS)
    this.setOwnStale(slot, undefined)
  }

  /** What giving a new row, or the one in slot `of`, these tags would add to {@link bytes}; at most, for one that has others. */
  bytesFor(names: readonly string[], of = -1): number {
    if (names.length === 0) return 0
    const known = names.map((name) => this.#tags.get(name))
    let bytes = of !== -1 && this.#lists.of(of) !== undefined ? 0 : ROW_BYTES
    if (!known.every((tag) => tag !== undefined) || !this.#sets.has(keyOf(known))) bytes += setBytes(names)
    names.forEach((name, i) => {
      if ((known[i]?.sets.size ?? 0) === 0) bytes += tagBytes(name)
    })
    return bytes
  }

  /** Whether the row in a slot was taken away by one of its tags. */
  isGone(slot: number): boolean {
    const version = this.#slots.version(slot)
    return version <= this.#lastGoneSeq && this.#goneBy(slot, version) !== undefined
  }

  /** The tag that took the row in a slot away. */
  goneBy(slot: number): Tag | undefined {
    return this.#goneBy(slot, this.#slots.version(slot))
  }

  /** As {@link isGone} when change `seq` was the last, for who knows what was queued then. */
  wasGone(slot: number, seq: number, queued: ReadonlyMap<Tag, number>): boolean {
    const version = this.#slots.version(slot)
    const tags = this.#lists.of(slot)?.tags ?? []
    return tags.some((tag) => version <= (tag.goneSeq <= seq ? tag.goneSeq : (queued.get(tag) ?? 0)))
  }

  /** The tags whose rows were not all given back yet, and when they were taken away. */
  queued(): ReadonlyMap<Tag, number> {
    const tags = this.mayHoldGone ? [...this.#tags.values()].filter(({ goneSeq }) => goneSeq > 0) : []
    return new Map(tags.map((tag) => [tag, tag.goneSeq]))
  }

  /** When the row in a slot was made stale, the last time; `undefined` for a fresh one. */
  staleSinceMs(slot: number): EpochMs | undefined {
    let sinceMs = this.#staleSinceMs?.get(slot)
    const version = this.#slots.version(slot)
    if (version <= this.#lastStaleSeq) {
      for (const tag of this.#lists.of(slot)?.tags ?? []) {
        if (version <= tag.staleSeq) sinceMs = Math.max(sinceMs ?? 0, tag.staleAtMs)
      }
    }
    return sinceMs as EpochMs | undefined
  }

  /** Since when the row in a slot is stale, whatever its tags say. */
  ownStaleMs(slot: number): number | undefined {
    return this.#staleSinceMs?.get(slot)
  }

  setOwnStale(slot: number, sinceMs: number | undefined): void {
    if (sinceMs === undefined) this.#staleSinceMs?.delete(slot)
    else {
      this.#staleSinceMs ??= new Map()
      this.#staleSinceMs.set(slot, sinceMs)
    }
  }

  find(name: string): Tag | undefined {
    const tag = this.#tags.get(name)
    return tag === undefined || tag.sets.size === 0 ? undefined : tag
  }

  /** Sets when a tag was invalidated; gives what it was before. */
  invalidate(tag: Tag, state: TagState): TagState {
    const { goneSeq, goneAtMs, staleSeq, staleAtMs } = tag
    Object.assign(tag, state)
    if (tag.place === -1) tag.place = this.#newPlace(tag)
    this.#lastGoneSeq = Math.max(this.#lastGoneSeq, tag.goneSeq)
    this.#lastStaleSeq = Math.max(this.#lastStaleSeq, tag.staleSeq)
    if (tag.goneSeq !== goneSeq) this.#enqueue(tag)
    return { goneSeq, goneAtMs, staleSeq, staleAtMs }
  }

  /** A row is back that may have been taken away: it has to be given back again. */
  recheck(slot: number): void {
    if (!this.isGone(slot)) return
    for (const tag of this.#lists.of(slot)?.tags ?? []) if (tag.goneSeq > 0) this.#enqueue(tag)
  }

  /** A row that is gone and holds its slot, or -1 where a short look finds none. */
  firstGone(limit: number): number {
    for (let seen = 0; seen < limit; seen++) {
      const slot = this.#nextOfSweep()
      if (slot === -1 || this.isGone(slot)) return slot
    }
    return -1
  }

  /** Has rows removed that are gone, looking at no more than `limit`, and forgets tags; says whether there is more. */
  sweep(limit: number, remove: (slot: number) => void, forget: (place: number) => void): boolean {
    for (let seen = 0; seen < limit; seen++) {
      const slot = this.#nextOfSweep()
      if (slot === -1) break
      if (this.isGone(slot)) remove(slot)
    }
    let forgotten = 0
    for (const tag of this.#unused) {
      if (forgotten++ === limit) break
      this.#unused.delete(tag)
      if (tag.sets.size === 0) this.#forget(tag, forget)
    }
    return this.wantsSweep
  }

  /** The tag that a journal keeps at a place, if it says anything of rows. */
  keptAt(place: number): Tag | undefined {
    const tag = this.#kept[place]
    return tag !== undefined && (tag.goneSeq > 0 || tag.staleSeq > 0) ? tag : undefined
  }

  /** Takes a tag over from a journal. */
  restore(place: number, name: string, state: TagState): void {
    const tag = this.#tagOf(name)
    tag.place = place
    this.#kept[place] = tag
    this.invalidate(tag, state)
    // Known only when all rows are there.
    this.#unused.add(tag)
  }

  finishRestore(): void {
    for (let place = 0; place < this.#kept.length; place++) {
      if (this.#kept[place] === undefined) this.#freePlaces.push(place)
    }
  }

  /** Throws when its parts do not agree, for tests. Cost: O(n). */
  check(): void {
    let bytes = 0
    for (const tag of this.#tags.values()) {
      if (tag.sets.size > 0) bytes += tagBytes(tag.name)
      else if (!this.#unused.has(tag)) throw new Error(`tags: ${tag.name} is kept for nobody`)
      for (const set of tag.sets)
        if (this.#sets.get(set.key) !== set) throw new Error(`tags: ${tag.name} has a set that is none`)
      if (tag.place !== -1 && this.#kept[tag.place] !== tag) throw new Error('tags: a place is wrong')
    }
    for (const set of this.#sets.values()) {
      const slots = this.#lists.check(set)
      if (slots.length !== set.rows || set.rows === 0) throw new Error('tags: the rows of a set are wrong')
      if (slots.some((slot) => this.#slots.key(slot) === undefined)) throw new Error('tags: a row is gone')
      if (!this.mayHoldGone && slots.some((slot) => this.isGone(slot))) throw new Error('tags: a row is left')
      if (set.tags.some((tag) => !tag.sets.has(set))) throw new Error('tags: a tag lacks one of its sets')
      bytes += setBytes(set.names) + set.rows * ROW_BYTES
    }
    if (bytes !== this.bytes) throw new Error(`tags: ${this.bytes} bytes are counted, and there are ${bytes}`)
  }

  #goneBy(slot: number, version: number): Tag | undefined {
    const set = this.#lists.of(slot)
    if (set === undefined) return undefined
    for (const tag of set.tags) if (version <= tag.goneSeq) return tag
    return undefined
  }

  #tagOf(name: string): Tag {
    let tag = this.#tags.get(name)
    if (tag === undefined) {
      const state = { goneSeq: 0, goneAtMs: 0, staleSeq: 0, staleAtMs: 0, place: -1, isQueued: false }
      tag = { number: this.#nextNumber++, name, sets: new Set(), ...state }
      this.#tags.set(name, tag)
    }
    return tag
  }

  #setOf(names: readonly string[]): TagSet {
    const tags = names.map((name) => this.#tagOf(name))
    const key = keyOf(tags)
    let set = this.#sets.get(key)
    if (set === undefined) {
      set = { key, tags, names, list: this.#lists.newList(), rows: 0 }
      this.#sets.set(key, set)
      this.#lists.name(set.list, set)
    }
    return set
  }

  /** The first row came to a set. */
  #use(set: TagSet): void {
    this.bytes += setBytes(set.names)
    for (const tag of set.tags) {
      if (tag.sets.size === 0) this.bytes += tagBytes(tag.name)
      tag.sets.add(set)
    }
  }

  /** The last row left a set. */
  #drop(set: TagSet): void {
    this.#sets.delete(set.key)
    this.#lists.dropList(set.list)
    this.bytes -= setBytes(set.names)
    for (const tag of set.tags) {
      tag.sets.delete(set)
      if (tag.sets.size > 0) continue
      this.bytes -= tagBytes(tag.name)
      this.#unused.add(tag)
    }
  }

  #enqueue(tag: Tag): void {
    if (tag.isQueued) return
    tag.isQueued = true
    this.#queue.push(tag)
  }

  /** The next row that may have been taken away, or -1 when there is none. */
  #nextOfSweep(): number {
    for (;;) {
      const next = this.#sweep?.next()
      if (next !== undefined && !next.done) return next.value
      this.#sweep = undefined
      const tag = this.#queue.shift()
      if (tag === undefined) return -1
      tag.isQueued = false
      this.#sweep = this.#rowsOf(tag)
    }
  }

  /** The rows that carry a tag, whatever comes and goes meanwhile. */
  *#rowsOf(tag: Tag): Generator<number, void> {
    for (const set of tag.sets) {
      for (let left = set.rows; left > 0 && set.rows > 0; left--) yield this.#lists.rotate(set.list)
    }
  }

  #newPlace(tag: Tag): number {
    const place = this.#freePlaces.pop() ?? this.#kept.length
    this.#kept[place] = tag
    return place
  }

  #forget(tag: Tag, forget: (place: number) => void): void {
    this.#tags.delete(tag.name)
    if (tag.place === -1) return
    this.#kept[tag.place] = undefined
    this.#freePlaces.push(tag.place)
    forget(tag.place)
  }
}

const keyOf = (tags: readonly (Tag | undefined)[]): string => tags.map((tag) => tag?.number).join()
const setBytes = (names: readonly string[]): number => SET_BYTES + 16 * names.length
const tagBytes = (name: string): number => TAG_BYTES + name.length
