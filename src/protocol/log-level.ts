/** How much the log shows. */
export const LEVELS = ['debug', 'info', 'warn', 'error', 'off'] as const
export type Level = (typeof LEVELS)[number]

/** Shown unless the configuration says otherwise: what somebody should look at. */
export const DEFAULT_LEVEL: Level = 'warn'
