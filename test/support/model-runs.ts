/**
 * How long the tests with random histories search: a fixed seed and few runs, or as the environment says.
 *
 * `MODEL_FACTOR=50 MODEL_SEED=7 npx vitest run test/model` looks fifty times longer, from another seed.
 */
const FACTOR = Number(process.env.MODEL_FACTOR ?? 1)
const SEED = Number(process.env.MODEL_SEED ?? 1)

/** Parameters for `fc.assert`; a failure prints its seed and the shortest history that fails. */
export const modelRuns = (numRuns: number): { readonly seed: number; readonly numRuns: number } => ({
  seed: SEED,
  numRuns: Math.ceil(numRuns * FACTOR),
})

/** For `it`: a test may take this long. */
export const modelTimeout = { timeout: 20_000 * Math.max(1, FACTOR) }
