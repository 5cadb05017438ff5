/**
 * Traces of secrets: whether any part of some texts that hold random bytes is in other bytes, in any form.
 *
 * A part is so long that it does not come about by chance and so short that nobody gains from cutting: every stretch of
 * 72 bits as text, and of 64 as bytes.
 */

/** A stretch of a form, and whose it is. */
interface Trace {
  readonly bytes: Buffer
  readonly of: string
}

const TEXT_STRETCH = 12
const BYTES_STRETCH = 8

export class Traces {
  readonly #byStart = new Map<number, Trace[]>()

  /** Looks for a secret text, and for the bytes that it is base64url of from its `skip`th character on. */
  add(name: string, text: string, skip = 0): void {
    const bytes = Buffer.from(text.slice(skip), 'base64url')
    this.#addText(name, text)
    // What is written in base64 begins at one of three places of a group.
    for (const shift of [0, 1, 2]) {
      this.#addText(`${name} in base64`, bytes.subarray(shift).toString('base64'), 1)
      this.#addText(`${name} in base64url`, bytes.subarray(shift).toString('base64url'), 1)
      this.#addText(`${name} twice in base64`, Buffer.from(text).subarray(shift).toString('base64'), 1)
    }
    this.#addText(`${name} in hex`, bytes.toString('hex'))
    this.#addText(`${name} in HEX`, bytes.toString('hex').toUpperCase())
    this.#addText(`${name} as numbers`, [...bytes].join(','), 0, 20)
    this.#addStretches(`${name} as bytes`, bytes, BYTES_STRETCH)
  }

  /** The names of what is in `haystack`. Cost: O(bytes). */
  in(haystack: Buffer): string[] {
    const found = new Set<string>()
    for (let at = 0; at + 4 <= haystack.length; at++) {
      for (const { bytes, of } of this.#byStart.get(haystack.readUInt32LE(at)) ?? []) {
        if (haystack.subarray(at, at + bytes.length).equals(bytes)) found.add(of)
      }
    }
    return [...found]
  }

  /** As bytes of UTF-8, and as the two bytes a character that engines keep some strings in. `spare` ends are left out. */
  #addText(name: string, text: string, spare = 0, length = TEXT_STRETCH): void {
    const certain = text.slice(spare, text.length - spare)
    this.#addStretches(name, Buffer.from(certain), length)
    this.#addStretches(`${name}, two bytes a letter`, Buffer.from(certain, 'utf16le'), 2 * length)
  }

  #addStretches(of: string, bytes: Buffer, length: number): void {
    for (let at = 0; at + length <= bytes.length; at++) {
      const trace = { of, bytes: bytes.subarray(at, at + length) }
      const start = trace.bytes.readUInt32LE(0)
      const others = this.#byStart.get(start)
      if (others === undefined) this.#byStart.set(start, [trace])
      else others.push(trace)
    }
  }
}
