/**
 * Time as the engine sees it: numbers of milliseconds that somebody else read from a clock.
 *
 * The engine never asks what time it is. Every verb is told, once per turn, so a turn sees one moment.
 */

declare const unit: unique symbol

/** A point in time: milliseconds since the Unix epoch. */
export type EpochMs = number & { readonly [unit]: 'EpochMs' }

/** The deadline of a row without a TTL. On the wire and on disk it is `null`. */
export const NEVER = Number.POSITIVE_INFINITY as EpochMs

/** A row may be seen from its insertion up to, and not including, its deadline. */
export const isLive = (expiresAtMs: EpochMs, nowMs: EpochMs): boolean => nowMs < expiresAtMs
