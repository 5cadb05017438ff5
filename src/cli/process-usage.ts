/** What another process takes of the machine, where the system tells: Linux does. */
import { readFileSync } from 'node:fs'

/** Of the clock that Linux counts processor time in, on every machine that it still runs on. */
const TICKS_A_SECOND = 100

/** Bytes of memory that the process of that id has now; 0 where nobody tells. */
export const residentBytesOf = (pid: number): number =>
  Number(/VmRSS:\s*(\d+)/.exec(read(pid, 'status'))?.[1] ?? 0) * 1024

/** Seconds of a processor that it has had; 0 where nobody tells. */
export function processorSecondsOf(pid: number): number {
  // Behind the name, which is in brackets and may hold anything: user and system time are the 12th and 13th.
  const fields = read(pid, 'stat').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_A_SECOND
}

function read(pid: number, file: 'status' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
