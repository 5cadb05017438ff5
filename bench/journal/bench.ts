/**
 * What does durability cost, how fast does a process come back, and how long do others wait for a checkpoint?
 * One workerd; rows of about 100 bytes; 1, 16 and 64 callers; 10k, 100k and 1M rows.
 *
 * Run: npm run bench -- journal [--quick] [--json] [--write]
 *
 * The contenders take turns within each round, each behind the same Worker. It is checked that tables and floors
 * hold after `kill -9` exactly what they acknowledged; where one does not, the bench fails.
 */
import workerdPackage from 'workerd/package.json' with { type: 'json' }
import type { BenchFlags } from '../main.ts'
import { machineLine, writeSection } from '../results.ts'
import { JOURNAL_WORKER } from './bench-worker.ts'
import { measurePause } from './pause.ts'
import { measureReplay } from './replay.ts'
import { markdownOf, type Report } from './report.ts'
import { Service } from './service.ts'
import { measureWrites } from './writes.ts'

interface Plan {
  readonly writeRounds: number
  readonly writeMs: number
  readonly sizes: readonly number[]
  readonly replayRounds: number
  readonly pauseMs: number
}

const FULL: Plan = {
  writeRounds: 3,
  writeMs: 1000,
  sizes: [10_000, 100_000, 1_000_000],
  replayRounds: 3,
  pauseMs: 6000,
}
const QUICK: Plan = {
  writeRounds: 1,
  writeMs: 300,
  sizes: [10_000, 100_000],
  replayRounds: 1,
  pauseMs: 1000,
}

/** Answers whether everything that was acknowledged was there. */
export async function benchJournal({ quick, json, write }: BenchFlags): Promise<boolean> {
  const plan = quick ? QUICK : FULL
  const service = await Service.start(JOURNAL_WORKER)
  try {
    process.stderr.write('writes\n')
    const writes = await measureWrites(service, plan.writeRounds, plan.writeMs)
    process.stderr.write('replay\n')
    const replay = await measureReplay(service, plan.sizes, plan.replayRounds)
    process.stderr.write('pauses\n')
    const pauses = await measurePause(service, plan.sizes.at(-1) as number, plan.pauseMs)
    const report: Report = {
      machine: machineLine([`workerd ${workerdPackage.version}`]),
      isQuick: quick,
      writes,
      replay,
      pauses,
    }
    const text = markdownOf(report)
    console.log(json ? JSON.stringify(report) : text)
    if (write) writeSection('journal', text)
    const faults = [...writes.faults, ...replay.faults]
    for (const fault of faults) console.error(fault)
    return faults.length === 0
  } finally {
    await service.stop()
  }
}
