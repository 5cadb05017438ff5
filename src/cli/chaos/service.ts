/** What is drilled: something that answers requests and can be hurt. */
import type { Send } from './exchange.ts'
import type { Outage } from './history.ts'
import type { Trouble } from './schedule.ts'

export interface Service {
  readonly send: Send
  /** Makes trouble and returns when the service answers again. */
  suffer(trouble: Trouble): Promise<Omit<Outage, 'round'>>
  /** Ends what was started and removes its folder. */
  stop(): Promise<void>
}
