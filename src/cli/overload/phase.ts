/** What the generator is told to do, and what it tells of it: plain data, as it runs in a process of its own. */

/** How a phase offers its requests. */
export type Load =
  /** So many callers, each asking again when it has been answered: what the service takes by itself. */
  | { readonly kind: 'closed'; readonly callers: number }
  /** So many arrivals a second whatever becomes of them, of which at most `inFlight` are under way. */
  | { readonly kind: 'open'; readonly perSecond: number; readonly inFlight: number }

/** Somebody who asks for something else meanwhile, one request after the other with a pause between them. */
export interface Bystander {
  readonly name: string
  readonly request: string
}

export interface Phase {
  readonly url: string
  readonly load: Load
  readonly durationMs: number
  /** What is served before it is over does not count for the goodput: queues fill first. */
  readonly settleMs: number
  /** Requests as bytes, sent in turn. */
  readonly requests: readonly string[]
  readonly bystanders: readonly Bystander[]
}

/** How answers were, by kind: `503 overloaded`, `429 rate_limited`, …; those that lack `Retry-After` say so. */
export type Refusals = Readonly<Record<string, number>>

export interface Tally {
  /** Answered with success. */
  readonly served: number
  readonly refused: Refusals
  /** Without an answer: connections that broke, and requests that hung. */
  readonly broken: Refusals
  /** Of those served, from the moment they should have been sent. */
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface PhaseFigures extends Tally {
  readonly durationMs: number
  /** Arrivals of the schedule; of a closed loop, what was sent. */
  readonly offered: number
  /** Of those, the ones that found no room in flight: the service has left so many unanswered. */
  readonly unsent: number
  /** Served a second, while the phase lasted, without its first moments. */
  readonly goodput: number
  readonly bystanders: readonly (Tally & { readonly name: string })[]
  /** How much later than planned the generator woke up, at worst: it has a processor of its own or not. */
  readonly lagMs: number
}
