/** Whose credential it is: the admin key's, for now the only one. */
import { EtsError } from '../engine/error.ts'
import { isSameKey, keyIdOf } from './api-key.ts'
import { Grants } from './grants.ts'
import type { Principal } from './principal.ts'

/** Knows the admin key: everything, in the tenant without a name. */
export function adminOnly(adminKey: string): (credential: string) => Principal {
  const admin: Principal = { tenant: '', key: keyIdOf(adminKey), grants: new Grants(['admin']) }
  return (credential) => {
    if (isSameKey(credential, adminKey)) return admin
    throw new EtsError('unauthorized', { message: 'this key is not known' })
  }
}
