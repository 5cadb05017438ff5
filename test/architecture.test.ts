import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const SRC = join(import.meta.dirname, '..', 'src')

/** What each folder may import besides itself; the picture of docs/architecture.md as data. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  engine: [],
  cache: ['engine'],
  session: ['engine'],
  sessions: ['engine', 'protocol', 'security', 'session'],
  protocol: ['engine', 'cache', 'session'],
  security: ['engine', 'observe', 'protocol'],
  observe: ['protocol'],
  journal: ['engine'],
  process: ['engine', 'cache', 'journal', 'observe', 'protocol', 'security'],
  router: ['engine', 'cache', 'protocol', 'security', 'session', 'process (types)'],
  http: ['engine', 'cache', 'observe', 'protocol', 'security', 'session', 'version.ts'],
  client: ['engine', 'cache', 'protocol'],
  hono: ['engine', 'http', 'protocol', 'router', 'sessions', 'process (types)'],
  cli: ['client', 'engine', 'protocol', 'security', 'version.ts'],
}

/** Names of the platform, and the folders that may know them. */
const PLATFORM_ONLY_IN = { 'cloudflare:': ['process', 'worker.ts'], 'node:': ['cli'] }

interface Import {
  readonly file: string
  readonly folder: string
  readonly target: string
  readonly isTypeOnly: boolean
}

const IMPORT = /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'/gm

const files = globSync('**/*.ts', { cwd: SRC })
const sourceOf = (file: string): string => readFileSync(join(SRC, file), 'utf8')
const folderOf = (file: string): string => file.split('/')[0] as string

const imports: Import[] = files.flatMap((file) =>
  Array.from(sourceOf(file).matchAll(IMPORT), ([, type, path = '']) => ({
    file,
    folder: folderOf(file),
    target: path.startsWith('.') ? relative(SRC, join(SRC, dirname(file), path)) : path,
    isTypeOnly: type !== undefined,
  })),
)

describe('the architecture', () => {
  it('finds the imports that it judges', () => {
    expect(imports.length).toBeGreaterThan(100)
  })

  it.each(Object.entries(MAY_IMPORT))('[ARC1] %s imports only from %j', (folder, allowed) => {
    const strays = imports.filter(({ folder: from, target, isTypeOnly }) => {
      if (from !== folder || !files.includes(target)) return false
      const to = folderOf(target)
      return to !== folder && !allowed.includes(to) && !(isTypeOnly && allowed.includes(`${to} (types)`))
    })
    expect(strays).toEqual([])
  })

  it('[ARC1] every folder is in the picture', () => {
    const folders = new Set(files.filter((file) => file.includes('/')).map(folderOf))
    expect([...folders].sort()).toEqual(Object.keys(MAY_IMPORT).sort())
  })

  it.each(Object.entries(PLATFORM_ONLY_IN))('[ARC2] %s is imported only in %j', (prefix, places) => {
    const strays = imports.filter(
      ({ target, folder }) => target.startsWith(prefix) && !places.includes(folder),
    )
    expect(strays).toEqual([])
  })

  it('[ARC3] the engine knows no clock, no chance, no network and no package', () => {
    for (const file of files.filter((each) => folderOf(each) === 'engine')) {
      expect(sourceOf(file)).not.toMatch(
        /Date\.now|new Date|Math\.random|crypto\.|setTimeout|fetch\(|performance\./,
      )
    }
    expect(imports.filter(({ folder, target }) => folder === 'engine' && !files.includes(target))).toEqual([])
  })

  it('[ARC4] no file has more than 400 lines', () => {
    expect(files.filter((file) => sourceOf(file).split('\n').length > 400)).toEqual([])
  })
})
