// A destination that takes what a test lets it take, and remembers what it was sent.
import type { AuditRecord } from '../../src/audit/events.ts'
import type { Carrier } from '../../src/forwarding/carrier.ts'
import type { DeliveryResult } from '../../src/forwarding/destination.ts'

export type FakeCarrier = Carrier & {
  /** Every record that was taken, as `version` of its event, in the order of arrival. */
  taken: string[]
  /** The same of every one that was offered. */
  offered: string[]
  /** What becomes of a record; taken, unless a test says otherwise. */
  judge: (name: string) => DeliveryResult | Promise<DeliveryResult>
}

export const nameOf = ({ event }: AuditRecord): string =>
  event.type === 'service.started' ? event.version : event.type

export function fakeCarrier(change: Partial<FakeCarrier> = {}): FakeCarrier {
  const carrier: FakeCarrier = {
    kind: 'webhook',
    most: 1,
    givesUp: true,
    // What the store writes of its own accord is not what these tests are about.
    wants: ({ event }) => event.type === 'service.started',
    taken: [],
    offered: [],
    judge: () => 'delivered',
    async send(records) {
      const names = records.map(nameOf)
      carrier.offered.push(...names)
      for (const name of names) {
        const result = await carrier.judge(name)
        if (result !== 'delivered') return { result, detail: 'as the test says' }
      }
      carrier.taken.push(...names)
      return { result: 'delivered', detail: '' }
    },
    ...change,
  }
  return carrier
}
