/** How tests ask why a call was refused. */
import { EtsError } from '../../../src/engine/error.ts'

/** The `why` of the `badarg` that `call` throws, or what else it did. */
export function whyOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (error instanceof EtsError && 'why' in error.details) return error.details.why
    return `threw ${error}`
  }
  return 'no refusal'
}
