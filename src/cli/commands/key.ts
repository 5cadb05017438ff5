/** `edge-ets key`: prints a new API key, for `wrangler secret put ADMIN_KEY`. */
import { generateApiKey } from '../../security/api-key.ts'

export function key(): void {
  process.stdout.write(`${generateApiKey()}\n`)
}
