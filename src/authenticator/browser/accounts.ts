// What this phone knows: its accounts, and what waits for each. Views read it and are told of every change.
import type {
  BindAnswer,
  DecideAnswer,
  Decision,
  DeviceLabel,
  PendingAnswer,
  Shown,
} from '../../device-api/contract.ts'
import type { AccountStore, StoredAccount, UnfinishedBinding } from './account-store.ts'
import { abandonBinding, bindAccount, type SendBinding } from './bind-account.ts'
import type { Answer, BindingProof, DeviceClient } from './device-client.ts'
import { DeviceRefusal, NoConnection } from './device-errors.ts'
import { inTime } from './in-time.ts'
import { createPoller, type Poller } from './poller.ts'
import { promptName, samePrompt, toWaiting, type Waiting } from './waiting.ts'

/** `unusable`: the service says that this phone was removed, or does not know its key (any more). */
export type Entry = { account: StoredAccount; waiting: Waiting[]; unusable?: string; stopped?: boolean }
export type Accounts = ReturnType<typeof createAccounts>

const ASLEEP = 60_000
const RELOAD_PATIENCE = 2000
export const NEVER_FINISHED = 'This binding was not finished in time. Start again from your sign-in page.'
const STOPPED = 'That sign-in was stopped, so this phone was not added to the account.'

export function createAccounts(options: { store: AccountStore; client: DeviceClient; changed: () => void }) {
  const { store, client, changed } = options
  const entries = new Map<string, Entry>()
  const pollers = new Map<string, Poller>()
  const notices: string[] = []
  const settled = new Set<string>()
  let connected = true

  /** Every request passes here, so that a lost connection is noticed, and its return too. */
  async function told<T>(request: Promise<T>): Promise<T> {
    try {
      const answer = await request
      setConnected(true)
      return answer
    } catch (error) {
      setConnected(!(error instanceof NoConnection))
      throw error
    }
  }

  function setConnected(now: boolean): void {
    if (connected === now) return
    connected = now
    changed()
  }

  function follow(account: StoredAccount): Entry {
    const entry: Entry = { account, waiting: [] }
    entries.set(account.deviceId, entry)
    pollers.set(
      account.deviceId,
      createPoller(() => ask(entry)),
    )
    return entry
  }

  function unfollow(deviceId: string): void {
    pollers.get(deviceId)?.stop()
    pollers.delete(deviceId)
    entries.delete(deviceId)
  }

  async function take(entry: Entry, answer: Answer<BindAnswer | PendingAnswer>): Promise<void> {
    const { account, status, pending } = answer.body
    const earlier = entry.waiting
    const now = performance.now()
    // A poll that was under way during a decision still lists what was just decided.
    const open = pending.filter((one) => one.millisecondsLeft > 0 && !settled.has(promptName(one.shown)))
    entry.waiting = open.map((one) => {
      const known = earlier.find((other) => samePrompt(other.shown, one.shown))
      return toWaiting(one, answer.serverTime, now, known)
    })
    delete entry.unusable
    const { integrationName, person } = entry.account
    const same = status === entry.account.status && integrationName === account.integrationName
    if (!same || person !== account.person) {
      entry.account = { ...entry.account, ...account, status }
      await store.put(entry.account)
    }
    changed()
  }

  /** Gives when to ask again. Rejects when nothing definite was said: then it is soon. */
  async function ask(entry: Entry): Promise<number> {
    try {
      const answer = await told(client.pending(entry.account.key))
      if (!entries.has(entry.account.deviceId)) return ASLEEP
      await take(entry, answer)
      return answer.body.pollAfterMilliseconds
    } catch (error) {
      if (!(error instanceof DeviceRefusal && error.isDefinite)) throw error
      await refused(entry, error)
      return ASLEEP
    }
  }

  async function refused(entry: Entry, { problem }: DeviceRefusal): Promise<void> {
    if (problem.code !== 'device-unknown' && problem.code !== 'device-removed') return
    entry.waiting = []
    if (problem.code === 'device-unknown' && entry.account.status === 'pending') {
      notices.push(entry.stopped ? STOPPED : NEVER_FINISHED)
      await forget(entry)
    } else {
      entry.unusable = problem.title
      changed()
    }
  }

  function settle(entry: Entry, shown: Shown): void {
    settled.add(promptName(shown))
    entry.waiting = entry.waiting.filter((one) => !samePrompt(one.shown, shown))
  }

  /** Deletes the key on this phone. */
  async function forget(entry: Entry): Promise<void> {
    unfollow(entry.account.deviceId)
    await store.remove(entry.account.deviceId)
    changed()
  }

  /** Another window of the app may have added or removed accounts meanwhile. */
  async function reload(): Promise<void> {
    const stored = await store.accounts()
    for (const account of stored) if (!entries.has(account.deviceId)) follow(account)
    for (const deviceId of [...entries.keys()]) {
      if (!stored.some((account) => account.deviceId === deviceId)) unfollow(deviceId)
    }
    changed()
  }

  async function wake(awake: boolean): Promise<void> {
    // What is known is asked for in any case: a browser may have lost its database while the page slept.
    if (awake) await inTime(reload(), RELOAD_PATIENCE).catch(() => undefined)
    for (const poller of pollers.values()) awake ? poller.atOnce() : poller.stop()
  }

  return {
    notices,
    /** Without accounts nothing is asked by itself, so nothing would ever find the connection again. */
    isConnected: () => connected || entries.size === 0,
    all: () => [...entries.values()],
    get: (deviceId: string) => entries.get(deviceId),
    wake,
    forget,
    /** Says a sentence on the list of accounts, until it was read. */
    notify(text: string): void {
      notices.push(text)
      changed()
    },
    /** Asks for every account now. Rejects when one of them could not be asked. */
    askAll: async () => void (await Promise.all([...entries.values()].map(ask))),

    async load(): Promise<UnfinishedBinding | undefined> {
      await reload()
      if (document.visibilityState === 'visible') for (const poller of pollers.values()) poller.atOnce()
      return (await store.bindings())[0]
    },

    async bind(proof: BindingProof, label: DeviceLabel): Promise<Entry> {
      const send: SendBinding = (...request) => told(client.bind(...request))
      const { account, answer } = await bindAccount(store, send, proof, label)
      const entry = follow(account)
      await take(entry, answer)
      pollers.get(account.deviceId)?.atOnce()
      return entry
    },

    abandonBinding: (proof: BindingProof) => abandonBinding(store, proof),

    async decide(entry: Entry, shown: Shown, decision: Decision, approval: string): Promise<DecideAnswer> {
      try {
        const { body } = await told(client.decide(entry.account.key, approval))
        settle(entry, shown)
        if (decision !== 'approve') entry.stopped = true
        else if (entry.account.status === 'pending') {
          entry.account = { ...entry.account, status: 'active' }
          await store.put(entry.account)
          changed()
        }
        return body
      } catch (error) {
        if (!(error instanceof DeviceRefusal)) throw error
        const { code, triesLeft } = error.problem
        if (code === 'prompt-ended' || code === 'nothing-to-decide' || triesLeft === 0) settle(entry, shown)
        await refused(entry, error)
        throw error
      }
    },

    /** Tells the service first: a phone that only forgot its key would stay on the person's list. */
    async remove(entry: Entry): Promise<void> {
      try {
        await told(client.remove(entry.account.key))
      } catch (error) {
        const gone = error instanceof DeviceRefusal && /^device-/.test(error.problem.code)
        if (!gone) throw error
      }
      await forget(entry)
    },
  }
}
