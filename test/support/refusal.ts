/** Asserting refusals: the code and the details, whatever the words. */
import { expect } from 'vitest'
import { type ErrorCode, EtsError } from '../../src/engine/error.ts'

/** Expects `work` to be refused with `code` and, among others, these details. */
export async function expectRefusal(
  work: () => unknown,
  code: ErrorCode,
  details: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const error = await outcome(work)
  expect(error).toBeInstanceOf(EtsError)
  expect(error).toMatchObject({ code, details })
}

/** What `work` throws, or fails the test with what it returned. */
async function outcome(work: () => unknown): Promise<unknown> {
  try {
    return { returned: await work() }
  } catch (error) {
    return error
  }
}
