/** The generator: a process of its own, so that planning and reading figures costs it nothing. Phases come over IPC. */
import { offer } from './offer.ts'
import type { Phase } from './phase.ts'

process.on('message', (phase: Phase) => {
  void offer(phase).then((figures) => process.send?.(figures))
})
// Whoever started it has ended.
process.on('disconnect', () => process.exit())
