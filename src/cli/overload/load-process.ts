/** The process of the generator, seen from the drill: one phase at a time. */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { CliError } from '../error.ts'
import type { Phase, PhaseFigures } from './phase.ts'

export interface LoadProcess {
  run(phase: Phase): Promise<PhaseFigures>
  stop(): void
}

export function loadProcess(): LoadProcess {
  const child = fork(join(import.meta.dirname, 'generator.ts'))
  return {
    run: (phase) =>
      new Promise((done, failed) => {
        const ended = (): void => failed(new CliError('the generator of load ended by itself'))
        child.once('exit', ended)
        child.once('message', (figures) => {
          child.off('exit', ended)
          done(figures as PhaseFigures)
        })
        child.send(phase)
      }),
    stop: () => void child.kill(),
  }
}
