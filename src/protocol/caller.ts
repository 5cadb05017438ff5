/** Who calls, as far as the owner of a table must know: made from a key that was checked, never from a request. */
export interface Caller {
  /** Whose processes these are; empty for the tenant that the service has without any other. */
  readonly tenant: string
  /** The id of the key, which owns the tables that it makes. */
  readonly key: string
  /** It may do everything within its tenant. */
  readonly isAdmin: boolean
}
