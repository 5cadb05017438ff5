/** What the tests inside workerd see of the Worker under test. */
declare namespace Cloudflare {
  interface Env {
    readonly TABLE_PROCESS: DurableObjectNamespace<import('../../src/worker.ts').TableProcess>
    readonly SUPERVISOR: DurableObjectNamespace<import('../../src/worker.ts').Supervisor>
    readonly KEY_RING: DurableObjectNamespace<import('../../src/worker.ts').KeyRing>
    readonly ADMIN_KEY: string
  }
  interface GlobalProps {
    readonly mainModule: typeof import('../../src/worker.ts')
  }
}
