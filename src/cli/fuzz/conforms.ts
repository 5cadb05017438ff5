/** Whether a value is what a schema describes: as much of JSON Schema as the OpenAPI document uses. */
import type { OpenApi, Schema } from './document.ts'

/** What is wrong with a value and where, or `undefined`. Whatever the schema does not mention is right. */
export function faultOf(schema: Schema, value: unknown, document: OpenApi, at = '$'): string | undefined {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) as string
    return faultOf(document.components.schemas[name] ?? {}, value, document, at)
  }
  const types = schema.type === undefined ? [] : [schema.type].flat()
  if (types.length > 0 && !types.some((type) => isOfType(type, value)))
    return `${at} is not ${types.join(' or ')}`
  if (schema.const !== undefined && value !== schema.const)
    return `${at} is not ${JSON.stringify(schema.const)}`
  if (schema.enum !== undefined && !schema.enum.includes(value)) return `${at} is none of the enum`
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined && !choices.some((each) => faultOf(each, value, document, at) === undefined)) {
    return `${at} is none of the choices`
  }
  if (Array.isArray(value)) return faultOfItems(schema, value, document, at)
  return typeof value === 'object' && value !== null
    ? faultOfMembers(schema, value as Record<string, unknown>, document, at)
    : undefined
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return typeof value === type
}

function faultOfItems({ items, minItems = 0 }: Schema, value: unknown[], document: OpenApi, at: string) {
  if (value.length < minItems) return `${at} has fewer than ${minItems} items`
  if (items === undefined) return undefined
  for (const [i, each] of value.entries()) {
    const fault = faultOf(items, each, document, `${at}[${i}]`)
    if (fault !== undefined) return fault
  }
  return undefined
}

function faultOfMembers(
  { properties = {}, required = [] }: Schema,
  value: Record<string, unknown>,
  document: OpenApi,
  at: string,
): string | undefined {
  for (const name of required) if (!Object.hasOwn(value, name)) return `${at}.${name} is missing`
  for (const [name, schema] of Object.entries(properties)) {
    if (!Object.hasOwn(value, name)) continue
    const fault = faultOf(schema, value[name], document, `${at}.${name}`)
    if (fault !== undefined) return fault
  }
  return undefined
}
