/**
 * Reply: how a process answers. An error that is thrown across processes loses its class and is logged as
 * a fault, so a refusal travels as a value.
 */
import { type ErrorCode, type ErrorDetails, EtsError } from '../engine/error.ts'

export type Reply<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: Refusal }

export type Refusal = { [C in ErrorCode]: { readonly code: C; readonly details: ErrorDetails[C] } }[ErrorCode]

/** What `work` gives as a reply; a refusal becomes one, anything else that is thrown goes on. */
export async function replyOf<T>(work: () => T | Promise<T>): Promise<Reply<T>> {
  try {
    return { ok: true, value: await work() }
  } catch (error) {
    if (error instanceof EtsError) return { ok: false, error: refusalOf(error) }
    throw error
  }
}

/** The value of a reply. Errors: the refusal it carries, as an `EtsError`. */
export function unwrap<T>(reply: Reply<T>): T {
  if (reply.ok) return reply.value
  throw new EtsError(reply.error.code, reply.error.details)
}

// The code and the details of an error belong together by construction; TypeScript loses that here.
export const refusalOf = ({ code, details }: EtsError): Refusal => ({ code, details }) as Refusal
