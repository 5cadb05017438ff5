/** What is drilled: something that answers requests and can be hurt. */
import type { Send } from './exchange.ts'
import type { Outage } from './history.ts'
import type { Trouble } from './schedule.ts'

export interface Service {
  readonly send: Send
  /** Makes trouble; if all of the service was away, returns when it answers again and says when that was. */
  suffer(trouble: Trouble): Promise<Omit<Outage, 'round'> | undefined>
  /** Ends what was started and removes its folder. */
  stop(): Promise<void>
}
