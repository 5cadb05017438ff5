/**
 * What a body may call itself. One that says that it is something else is not read.
 *
 * Text and forms are taken for JSON: they are what a client says that was told nothing, `curl -d` among them. That
 * is no way in from another site, as nothing here goes by cookies.
 */
import { EtsError } from '../engine/error.ts'
import type { Fields } from './fields.ts'

const JSON_TYPE = /^(application\/(json|([\w.-]+\+)json|x-ndjson|x-www-form-urlencoded)|text\/plain)$/

/** Errors: `unsupported_type` for a body that is not JSON in UTF-8 as it is, by what its headers say. */
export function checkContentType(headers: Fields): void {
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity') throw unsupported('the body is compressed')
  const [type = '', ...parameters] = (headers.get('content-type') ?? '').toLowerCase().split(';')
  if (type.trim() !== '' && !JSON_TYPE.test(type.trim())) throw unsupported('the body is not called JSON')
  const charset = parameters.map((each) => each.trim()).find((each) => each.startsWith('charset='))
  if (charset !== undefined && !/^charset="?utf-8"?$/.test(charset))
    throw unsupported('the body is not UTF-8')
}

const unsupported = (message: string): EtsError => new EtsError('unsupported_type', { message })
