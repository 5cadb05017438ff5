/** Where the project lies: the checkout or package that holds this file. */
import { join } from 'node:path'

export const PROJECT_DIR = join(import.meta.dirname, '..', '..')

/** A path inside the project. */
export const inProject = (...parts: string[]): string => join(PROJECT_DIR, ...parts)
