// Whether this browser tells its person of a sign-in, and what becomes of that. Views read it; `changed` tells them.
import type { StoredAccount } from './account-store.ts'
import type { Accounts } from './accounts.ts'
import type { DeviceClient } from './device-client.ts'
import { DeviceRefusal, NoConnection } from './device-errors.ts'
import { inTime, TookTooLong } from './in-time.ts'
import { closeNotifications, isExpired } from './notifications.ts'
import { askPermission, type Obstacle, obstacle, permission } from './push-permission.ts'
import { pushPreference } from './push-preference.ts'
import { NoSubscription, type Renewal, registerForPush } from './push-subscription.ts'
import { type TestOutcome, testOutcome } from './push-test.ts'

/** `unknown`: there is no account to be told of, or it has not been looked up yet. */
export type PushState =
  | { is: 'unknown' | 'off' | 'on' | 'not-offered' | Obstacle }
  | { is: 'failed'; why: 'push-service' | 'connection' | 'worker' }
  | { is: 'refused'; sentence: string }
export type Push = ReturnType<typeof createPush>

/** A phone is picked up often: the service is not asked each time whether it still knows the subscription. */
const CHECK_EVERY = 10 * 60_000
const TRY_AGAIN_AFTER = 15_000
const WORKER_PATIENCE = 10_000

export function createPush(options: { accounts: Accounts; client: DeviceClient; changed: () => void }) {
  const { accounts, client, changed } = options
  let state: PushState = { is: 'unknown' }
  let checkedAt: number | undefined
  let checkedFor = ''
  let checkedUnder = permission()
  let waiting = new Set<string>()
  let work: Promise<unknown> = Promise.resolve()

  const active = (): StoredAccount[] =>
    accounts
      .all()
      .filter(({ account, unusable }) => account.status === 'active' && unusable === undefined)
      .map(({ account }) => account)
  const namesOf = (list: StoredAccount[]) => list.map(({ deviceId }) => deviceId).join(' ')

  async function look(renewal: Renewal): Promise<PushState> {
    const list = active()
    if (accounts.all().length === 0) await unsubscribe()
    if (list.length === 0) return { is: 'unknown' }
    const is = obstacle()
    if (is !== undefined) return { is }
    const isWanted = permission() === 'granted' && !pushPreference.isDeclined()
    if (!isWanted) return { is: (await isOffered(client, list[0]!)) ? 'off' : 'not-offered' }
    const { pushManager: manager } = await inTime(navigator.serviceWorker.ready, WORKER_PATIENCE)
    const outcome = await registerForPush({ accounts: list, client, manager, renewal })
    return { is: outcome === 'registered' ? 'on' : outcome }
  }

  /** One after the other: two at once would end each other's subscription. */
  function check(renewal: Renewal): Promise<void> {
    checkedAt = performance.now()
    checkedFor = namesOf(active())
    checkedUnder = permission()
    return inTurn(async () => {
      state = await look(renewal).catch(stateAfter)
      changed()
    })
  }

  function inTurn(act: () => Promise<void>): Promise<void> {
    const next = work.then(act)
    work = next.catch(() => undefined)
    return next
  }

  function forgetNotifications(): void {
    const now = new Set(accounts.all().flatMap((entry) => entry.waiting.map(({ shown }) => shown.signInId)))
    const gone = new Set([...waiting].filter((signInId) => !now.has(signInId)))
    waiting = now
    if (gone.size === 0) return
    void close(({ kind, tag }) => kind === 'prompt' && tag !== undefined && gone.has(tag))
  }

  return {
    state: () => state,
    isDeclined: pushPreference.isDeclined,

    /** The app starts or is looked at again. */
    async wake(): Promise<void> {
      void close(isExpired)
      const isDue = checkedAt === undefined || performance.now() - checkedAt > CHECK_EVERY
      const isSettled = state.is === 'on' || state.is === 'off'
      if (isDue || !isSettled || permission() !== checkedUnder) await check('when-forgotten')
    },

    /** What the phone knows has changed: an account became active or went, a sign-in was decided. */
    accountsChanged(): void {
      forgetNotifications()
      // The start looks by itself.
      if (checkedAt === undefined) return
      const isNew = namesOf(active()) !== checkedFor
      const isBack = state.is === 'failed' && state.why === 'connection' && accounts.isConnected()
      if (isNew || (isBack && performance.now() - checkedAt > TRY_AGAIN_AFTER)) void check('never')
    },

    /** To be called in the handler of a press: browsers ask for permission then alone. */
    async turnOn(): Promise<void> {
      await askPermission()
      pushPreference.decline(false)
      await check('never')
    },

    notNow(): void {
      pushPreference.decline(true)
      changed()
    },

    turnOff(): Promise<void> {
      pushPreference.decline(true)
      return inTurn(async () => {
        await unsubscribe()
        // A service that does not hear of it learns it from the push service.
        await Promise.allSettled(active().map(({ key }) => client.setPush(key, { kind: 'none' })))
        state = { is: 'off' }
        changed()
      })
    },

    /** Sends a test. A subscription that turns out to be dead is renewed on the way. */
    async test(): Promise<TestOutcome> {
      const outcome = await testOutcome(client, active()[0])
      if (outcome.is !== 'ended') return outcome
      await check('always')
      return { is: state.is === 'on' ? 'ended' : 'failed' }
    },
  }
}

function stateAfter(error: unknown): PushState {
  if (error instanceof NoConnection) return { is: 'failed', why: 'connection' }
  if (error instanceof DeviceRefusal) return { is: 'refused', sentence: error.sentence }
  if (error instanceof TookTooLong) return { is: 'failed', why: 'worker' }
  if (error instanceof NoSubscription) {
    // It may have been denied meanwhile.
    const is = obstacle()
    return is === undefined ? { is: 'failed', why: 'push-service' } : { is }
  }
  throw error
}

/** Known before anybody is asked for permission. Without a connection it is taken for granted. */
async function isOffered(client: DeviceClient, account: StoredAccount): Promise<boolean> {
  try {
    return (await client.push(account.key)).body.kinds.includes('web')
  } catch (error) {
    if (error instanceof NoConnection) return true
    throw error
  }
}

async function ownRegistration(): Promise<ServiceWorkerRegistration | undefined> {
  return await navigator.serviceWorker?.getRegistration()
}

async function close(isOver: Parameters<typeof closeNotifications>[1]): Promise<void> {
  await closeNotifications(await ownRegistration(), isOver)
}

async function unsubscribe(): Promise<void> {
  const subscription = await (await ownRegistration())?.pushManager?.getSubscription()
  await subscription?.unsubscribe()
}
