/** Runs the TypeScript programs of a page, which must print what their comments say. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')

export function expectPrinted(programs: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'edge-ets-docs-'))
  try {
    for (const program of programs) {
      const file = join(folder, 'program.ts')
      const library = pathToFileURL(join(ROOT, 'src', 'index.ts')).href
      writeFileSync(file, program.replace("'edge-ets'", JSON.stringify(library)))
      const node = join(ROOT, 'node_modules', '.bin', 'node')
      const printed = execFileSync(node, [file], { cwd: ROOT, encoding: 'utf8' })
      const comments = Array.from(program.matchAll(/\/\/ (.*)$/gm), ([, text]) => text)
      expect(printed.trimEnd().split('\n')).toEqual(comments)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
