/** The command line: `edge-ets <command>`. Each command is one file under `commands/`. */
import { Command } from 'commander'
import { VERSION } from '../version.ts'
import { cacheEvents, cacheStats, listCaches } from './commands/caches.ts'
import { chaos } from './commands/chaos.ts'
import { conformance } from './commands/conformance.ts'
import { demo } from './commands/demo.ts'
import { exportTable } from './commands/export.ts'
import { fuzz } from './commands/fuzz.ts'
import { hitRatio } from './commands/hit-ratio.ts'
import { importTable } from './commands/import.ts'
import { key } from './commands/key.ts'
import { createKey, listKeys, revokeKey, rotateKey } from './commands/keys.ts'
import { overload } from './commands/overload.ts'
import { serve } from './commands/serve.ts'
import { start } from './commands/start.ts'
import { CliError } from './error.ts'
import { POLICIES } from './hit-ratio/replay.ts'

const program = new Command('edge-ets')
  .description("Erlang's ETS tables on Cloudflare Workers")
  .version(VERSION)
  .showHelpAfterError()

program
  .command('start')
  .description('run the Worker with wrangler dev, for development')
  .option('--port <port>', 'port to listen on', '8787')
  .action(start)

program
  .command('serve')
  .description('run the built Worker straight on workerd, for load, drills and self-hosting')
  .option('--port <port>', 'port to listen on; 0 picks a free one', '8787')
  .option('--host <host>', 'address to listen on', '127.0.0.1')
  .option('--persist <dir>', 'where the data is kept', '.wrangler/serve')
  .option('--faults', 'let an admin make processes fail, for drills')
  .option('--test-clock', 'let an admin set the clocks of processes, for tests')
  .action(serve)

program
  .command('demo')
  .description('play a fixed scenario against the real Worker and compare the transcript')
  .option('--update', 'write the transcript to docs/demo.txt instead of comparing')
  .option('--json', 'print the result as a line of JSON')
  .action(demo)

program
  .command('conformance')
  .description("replay vectors recorded from Erlang's ETS")
  .argument('[files...]', 'JSON lines; default: those beside the checkout')
  .option('--json', 'print the result as a line of JSON')
  .action(conformance)

program
  .command('chaos')
  .description('kill workerd while clients write, then look for everything that was acknowledged')
  .option('--seed <n>', 'decides what is done and when workerd is killed', '1')
  .option('--rounds <n>', 'rounds of some seconds each', '3')
  .option('--kills <n>', 'kills in each round', '1')
  .option('--faults <n>', 'faults of a process with sync tables in each round', '2')
  .option('--minutes <n>', 'no round begins after this long', '10')
  .option('--journal <modes>', 'kinds of tables, with commas between them', 'none,async,sync')
  .option('--json', 'print the figures as a line of JSON')
  .action(chaos)

program
  .command('fuzz')
  .description('send requests made from the OpenAPI document, and spoilt ones, and judge the answers')
  .option('--seed <n>', 'decides every request', '1')
  .option('--requests <n>', 'how many are sent', '1000')
  .option('--json', 'print the figures as a line of JSON')
  .action(fuzz)

program
  .command('overload')
  .description('offer a service more than it can take, and see what it serves, refuses and takes')
  .option('--seconds <n>', 'how long each step lasts', '4')
  .option('--rounds <n>', 'how often the steps are repeated', '3')
  .option('--steps <list>', 'multiples of the capacity, with commas between them', '0.5,1,2,5,10')
  .option('--in-flight <n>', 'requests that are under way at most', '1024')
  .option(
    '--min-share <percent>',
    'of the peak, what has to be served at the last step, and of the capacity after it',
    '90',
  )
  .option('--json', 'print the figures as a line of JSON')
  .option('--write', 'put the figures and their plot into bench/RESULTS.md')
  .action(overload)

program
  .command('hit-ratio')
  .description('replay an access trace on tables with bounds: what part of the reads finds its row')
  .argument('<trace>', 'file of one key a line; .gz is unpacked')
  .argument(
    '[policy or capacity...]',
    `any of ${POLICIES.join(', ')}, and numbers of rows; default: all, and three`,
  )
  .option('--json', 'print lines of JSON alone')
  .action(hitRatio)

const SERVICE = ['--url <url>', 'where the service is', 'http://127.0.0.1:8787'] as const
const KEY = ['--key <key>', 'its key; default: ADMIN_KEY, else that of .dev.vars'] as const

program
  .command('export')
  .description('print a table as lines of JSON, as it was at one moment')
  .argument('<table>')
  .option(...SERVICE)
  .option(...KEY)
  .action(exportTable)

program
  .command('import')
  .description('make a table of lines of JSON from standard input, all or nothing')
  .argument('<table>')
  .option(...SERVICE)
  .option(...KEY)
  .option('--replace', 'take the place of a table that is there')
  .action(importTable)

const keys = program
  .command('key')
  .description('print a new admin key, or manage the keys of a service')
  .action(key)

keys
  .command('create')
  .description('make a key; it is printed now and never again')
  .argument('<name>', 'what people call it')
  .requiredOption('--grant <grants...>', 'what it allows: read, write:shop.*, admin, …')
  .option('--tenant <tenant>', 'whose it is; default: the tenant of the key that makes it')
  .option('--expires <date>', 'when it ends, as in 2027-01-31')
  .option(...SERVICE)
  .option(...KEY)
  .action(createKey)

keys
  .command('list')
  .description('print the keys, a line of JSON each')
  .option(...SERVICE)
  .option(...KEY)
  .action(listKeys)

keys
  .command('rotate')
  .description('give a key a new secret; the one before is good for a day, or as long as you say')
  .argument('<id>')
  .option('--overlap <seconds>', 'how long the one before is still good')
  .option(...SERVICE)
  .option(...KEY)
  .action(rotateKey)

keys
  .command('revoke')
  .description('revoke a key and its tokens, everywhere within ten seconds')
  .argument('<id>')
  .option(...SERVICE)
  .option(...KEY)
  .action(revokeKey)

const caches = program.command('cache').description('look at the caches of a service')

caches
  .command('list')
  .description('print the caches that the key may read, a line of JSON each')
  .option(...SERVICE)
  .option(...KEY)
  .action(listCaches)

caches
  .command('stats')
  .description('print the statistics of a cache')
  .argument('<cache>')
  .option(...SERVICE)
  .option(...KEY)
  .action(cacheStats)

caches
  .command('events')
  .description(
    'print what expired, was evicted or invalidated, a line of JSON each; for a cache made with events',
  )
  .argument('<cache>')
  .option('--follow', 'go on with those that come')
  .option(...SERVICE)
  .option(...KEY)
  .action(cacheEvents)

// `--demo` is the command under the name that programs of this kind often give it.
const args = process.argv.slice(2).map((arg) => (arg === '--demo' ? 'demo' : arg))

try {
  await program.parseAsync(args, { from: 'user' })
} catch (error) {
  if (!(error instanceof CliError)) throw error
  console.error(`edge-ets: ${error.message}`)
  process.exitCode = 1
}
