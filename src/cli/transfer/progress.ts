/** How far a transfer is, on standard error: standard output is the file. */
const EVERY_MS = 1000

export interface Progress {
  add(count: number): void
  say(text: string): void
  /** Says how many there were. */
  finish(what: string): void
}

/** `done` is the verb, `unit` what is counted. */
export function progressOf(done: string, unit: string): Progress {
  let total = 0
  let saidMs = Date.now()
  const say = (text: string): void => {
    process.stderr.write(`edge-ets: ${text}\n`)
    saidMs = Date.now()
  }
  return {
    add(count) {
      total += count
      if (Date.now() - saidMs >= EVERY_MS) say(`${done} ${total} ${unit}`)
    },
    say,
    finish: (what) => say(`${done} ${total} ${unit} ${what}`),
  }
}
