/** Placement: over how many objects a process goes and where the platform is asked to put them. */
import * as v from 'valibot'
import { MAX_SHARDS } from './limits.ts'
import { type ShardMap, SINGLE, shardMapOf } from './shard-map.ts'

/** Source: "Data location" of Durable Objects. */
const LOCATION_HINTS = [
  'wnam',
  'enam',
  'sam',
  'weur',
  'eeur',
  'apac',
  'apac-ne',
  'apac-se',
  'oc',
  'afr',
  'me',
] as const
const JURISDICTIONS = ['eu', 'us', 'fedramp', 'fedramp-high'] as const

export interface Placement {
  readonly map: ShardMap
  /** Near what an object is made; it does not move later. */
  readonly locationHint?: (typeof LOCATION_HINTS)[number]
  /** Where its data has to stay. The same name in another jurisdiction is another object. */
  readonly jurisdiction?: (typeof JURISDICTIONS)[number]
}

/** A section of the configuration, as the placement that it describes. */
export const PlacementSchema = v.pipe(
  v.strictObject({
    shards: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_SHARDS)), 1),
    location_hint: v.optional(v.picklist(LOCATION_HINTS)),
    jurisdiction: v.optional(v.picklist(JURISDICTIONS)),
  }),
  v.transform(
    ({ shards, location_hint: locationHint, jurisdiction }): Placement => ({
      map: shardMapOf(shards),
      ...(locationHint === undefined ? {} : { locationHint }),
      ...(jurisdiction === undefined ? {} : { jurisdiction }),
    }),
  ),
)

/** One shard, where the platform wants it. */
export const ANYWHERE: Placement = { map: SINGLE }

/** A namespace of Durable Objects, as far as names go. */
export interface ObjectsByName {
  getByName(name: string, options?: Pick<Placement, 'locationHint'>): unknown
  jurisdiction(jurisdiction: NonNullable<Placement['jurisdiction']>): ObjectsByName
}

/**
 * The stub of the object of that name where a placement wants it. Making a stub wakes nothing.
 *
 * What its methods are is written out by each caller: a recursive JSON type in a method of a Durable Object is too
 * deep for TypeScript to map (TS2589).
 */
export function objectNamed<Stub>(
  namespace: ObjectsByName,
  { jurisdiction, locationHint }: Placement,
  name: string,
): Stub {
  const within = jurisdiction === undefined ? namespace : namespace.jurisdiction(jurisdiction)
  return (
    locationHint === undefined ? within.getByName(name) : within.getByName(name, { locationHint })
  ) as Stub
}
