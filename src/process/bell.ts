/** Bell: tells that something happened, what happens in one go at once. Cost: O(1), and a timer for each go. */
export class Bell<T> {
  readonly #later: (work: () => void, delayMs: number) => void
  readonly #ring: (about: ReadonlySet<T>) => void
  #about = new Set<T>()

  /** `ring` is told, a moment later, all that it was rung about. */
  constructor(later: (work: () => void, delayMs: number) => void, ring: (about: ReadonlySet<T>) => void) {
    this.#later = later
    this.#ring = ring
  }

  about(one: T): void {
    if (this.#about.size === 0) this.#later(() => this.#tell(), 0)
    this.#about.add(one)
  }

  #tell(): void {
    const about = this.#about
    this.#about = new Set()
    this.#ring(about)
  }
}
