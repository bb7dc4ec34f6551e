import type { StoredAccount } from './account-store.ts'
import type { DeviceClient } from './device-client.ts'
import { DeviceRefusal, NoConnection } from './device-errors.ts'

/** `ended`: the subscription is dead. */
export type TestOutcome =
  | { is: 'sent' | 'ended' | 'failed' | 'lost' }
  | { is: 'wait'; seconds: number }
  | { is: 'refused'; sentence: string }

/** One account's test is enough: all of this browser's share its subscription. */
export async function testOutcome(client: DeviceClient, account: StoredAccount | undefined): Promise<TestOutcome> {
  if (!account) return { is: 'ended' }
  try {
    const { result } = (await client.testPush(account.key)).body
    if (result === 'accepted') return { is: 'sent' }
    return { is: result === 'failed' ? 'failed' : 'ended' }
  } catch (error) {
    if (error instanceof NoConnection) return { is: 'lost' }
    if (!(error instanceof DeviceRefusal)) throw error
    const { code, retryAfterSeconds } = error.problem
    if (code !== 'wait' || retryAfterSeconds === undefined) return { is: 'refused', sentence: error.sentence }
    return { is: 'wait', seconds: retryAfterSeconds }
  }
}
