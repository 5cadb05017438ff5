/** Valibot schemas as JSON Schema, the dialect of OpenAPI 3.1. */
import { toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import type { JsonSchema } from './route.ts'

/** What cannot be said in JSON Schema (a transformation, a check in code) is left out, not refused. */
export function jsonSchemaOf(schema: v.GenericSchema): JsonSchema {
  const { $schema: _, ...document } = toJsonSchema(schema, { errorMode: 'ignore', typeMode: 'input' })
  return document
}
