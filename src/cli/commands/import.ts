/** `edge-ets import TABLE < file`: a table of an exported file, all or nothing. */
import { Readable } from 'node:stream'
import { type Progress, progressOf } from '../transfer/progress.ts'
import { answered, reach, refusalOf, type ServiceFlags, serviceOf } from '../transfer/service.ts'

export interface ImportFlags extends ServiceFlags {
  readonly replace?: boolean
}

export async function importTable(table: string, flags: ImportFlags): Promise<void> {
  const send = serviceOf(flags)
  const progress = progressOf('sent', 'bytes')
  await reach(send, flags.url)
  const body = Readable.toWeb(Readable.from(counted(process.stdin, progress)))
  const init = { method: 'POST', body, duplex: 'half' } as unknown as RequestInit
  const path = `/v1/tables/${encodeURIComponent(table)}/import${flags.replace ? '?replace=true' : ''}`
  const response = await answered(send(path, init), flags.url)
  if (!response.ok) throw await refusalOf(response)
  const { value } = (await response.json()) as { value: { rows: number; ended: number } }
  const left = value.ended === 0 ? '' : `; ${value.ended} were left out, as their time was over`
  progress.say(`imported ${value.rows} rows into ${table}${left}`)
}

async function* counted(input: AsyncIterable<Buffer>, progress: Progress): AsyncGenerator<Buffer> {
  for await (const chunk of input) {
    progress.add(chunk.byteLength)
    yield chunk
  }
}
