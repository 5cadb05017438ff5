/** The limits of caches, each with its reason. A limit that is reached is a refusal that names it. */

/** Keys of one call for many of them, as operations of a batch. */
export const MAX_KEYS_PER_CALL = 1000

/** A lease on an entry that is being loaded. Who takes longer has lost it: another caller may try by then. */
export const MAX_LEASE_TTL_MS = 300_000

/** How long a failed load may keep others from trying. */
export const MAX_BACKOFF_MS = 300_000

/** How long a call may wait for somebody else's load, or for events: most clients and proxies give up at thirty seconds. */
export const MAX_WAIT_MS = 30_000

/** Calls of one process that wait so: each holds a few kilobytes and a connection. */
export const MAX_WAITERS = 10_000

/** Bytes of all leases of one process, as those of rows are counted: some fifty thousand on ordinary keys. */
export const MAX_LEASES_BYTES = 8 * 1024 * 1024

/** A media type with its parameters, as long as any that is in use. */
export const MAX_TYPE_LENGTH = 255
