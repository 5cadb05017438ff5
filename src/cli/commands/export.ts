/** `edge-ets export TABLE > file`: a table as lines of JSON, as it was at one moment. */
import { once } from 'node:events'
import { download } from '../transfer/download.ts'
import { progressOf } from '../transfer/progress.ts'
import { reach, type ServiceFlags, serviceOf } from '../transfer/service.ts'

export async function exportTable(table: string, flags: ServiceFlags): Promise<void> {
  const send = serviceOf(flags)
  await reach(send, flags.url)
  const progress = progressOf('exported', 'rows')
  for await (const { text, rows } of download(send, table, () => progress.say('the connection broke'))) {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain')
    progress.add(rows)
  }
  progress.finish(`of ${table}`)
}
