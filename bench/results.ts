/** RESULTS.md: one section a bench, written by the bench itself, with the machine that it ran on. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'

const FILE = join(import.meta.dirname, 'RESULTS.md')
const HEAD = `# Results

Written by \`npm run bench -- NAME --write\`; edits are lost. Compare ratios, which come from one run on one machine,
rather than nanoseconds.
`

/** What a figure depends on besides the code: one line. */
export function machineLine(more: readonly string[]): string {
  const { node, v8 } = process.versions
  const parts = [
    `${cpus()[0]?.model.trim()} × ${cpus().length}, ${Math.round(totalmem() / 2 ** 30)} GB`,
    // At the end of the run: of two cores, what is above one was somebody else's.
    `load ${(loadavg()[0] as number).toFixed(1)}`,
    `Node ${node} (V8 ${v8})`,
    ...more,
    new Date().toISOString().slice(0, 10),
    `commit ${commit()}`,
  ]
  return parts.join(' · ')
}

/** Puts `text` in the place of the section that `name` had. */
export function writeSection(name: string, text: string): void {
  const begin = `<!-- begin ${name} -->`
  const end = `<!-- end ${name} -->`
  const section = `${begin}\n${text.trim()}\n${end}\n`
  const old = existsSync(FILE) ? readFileSync(FILE, 'utf8') : HEAD
  const from = old.indexOf(begin)
  const to = old.indexOf(end)
  writeFileSync(
    FILE,
    from === -1 ? `${old}\n${section}` : old.slice(0, from) + section + old.slice(to + end.length + 1),
  )
}

/** The commit that was measured, marked where the files differ from it. */
function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim()
  try {
    return (
      git('rev-parse', '--short', 'HEAD') +
      (git('status', '--porcelain', '../src') === '' ? '' : ' (changed)')
    )
  } catch {
    return 'unknown'
  }
}
