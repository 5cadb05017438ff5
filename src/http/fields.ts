/** The header fields of a request, as routes read them: none is longer than it may be. Those that nobody reads cost nothing. */
import { EtsError } from '../engine/error.ts'
import { MAX_HEADER_LENGTH } from '../protocol/limits.ts'

export interface Fields {
  /** The value of a field, `null` where it was not sent. Errors: `too_large`, which names it. */
  get(name: string): string | null
}

export const fieldsOf = (headers: Headers): Fields => ({
  get(name) {
    const value = headers.get(name)
    if (value !== null && value.length > MAX_HEADER_LENGTH) {
      throw new EtsError('too_large', { what: `header ${name}`, limit: MAX_HEADER_LENGTH })
    }
    return value
  },
})
