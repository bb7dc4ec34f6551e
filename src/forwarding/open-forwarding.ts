import type { AuditEvent } from '../audit/events.ts'
import { type Lookup, resolvePublic } from '../base/addresses.ts'
import type { Dial } from '../base/checked-agent.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { MasterKey } from '../base/seal.ts'
import type { Carrier } from './carrier.ts'
import type { DeliveryKind, DeliveryResult, Destination } from './destination.ts'
import { createForwarder } from './forwarder.ts'
import type { ForwardingStore } from './forwarding-store.ts'
import { createPost } from './post.ts'
import { createSyslogCarrier, type SyslogSettings } from './syslog-carrier.ts'
import { trustedHostsOf } from './webhook-address.ts'
import { createWebhookCarrier } from './webhook-carrier.ts'
import { createWebhooks, type Webhooks } from './webhooks.ts'

type World = { lookup: Lookup; dial: Dial; clock: Clock; random: Random; log: Log }

export type ForwardingSettings = {
  production: boolean
  publicUrl: string
  webhookTrustedHosts: readonly string[]
  /** null: there is no syslog receiver. */
  syslog: SyslogSettings | null
}

/** A receiver that says nothing is not waited for. */
const PATIENCE = 10_000
const SYSLOG = 'syslog'

export type Forwarding = {
  webhooks: Webhooks
  /** Delivers from this process. Whoever only manages webhooks begins nothing. */
  begin(observe?: (kind: DeliveryKind, result: DeliveryResult) => void): Promise<ReturnType<typeof createForwarder>>
  /** In seconds, by kind; undefined where nothing waits, or nothing of this kind is delivered from here. */
  oldestUndelivered(kind: DeliveryKind): Promise<number | undefined>
  deadLetters(): Promise<number>
}

export function openForwarding(options: {
  store: ForwardingStore
  master: MasterKey
  /** Throws StartRefused when the master key is not the store's. */
  proveMaster: () => Promise<void>
  settings: ForwardingSettings
  version: string
  world: World
}): Forwarding {
  const { store, master, proveMaster, settings, version, world } = options
  const { lookup, dial, clock, random, log } = world
  const rules = { trustedHosts: settings.webhookTrustedHosts, production: settings.production }
  const trustedHosts = trustedHostsOf(rules)
  const post = createPost({ lookup, dial, trustedHosts })
  const resolve = (hostname: string) => resolvePublic(hostname, lookup, trustedHosts)
  const webhooks = createWebhooks({ store, master, proveMaster, clock, random, post, rules, resolve, version })
  const { syslog } = settings
  const hostname = new URL(settings.publicUrl).hostname
  const syslogCarrier = syslog && createSyslogCarrier(syslog, { dial, hostname, version })

  function carrierOf({ webhook }: Destination): Carrier | undefined {
    if (!webhook) return syslogCarrier ?? undefined
    return webhook.on ? createWebhookCarrier({ post, master, clock, version }, webhook) : undefined
  }

  /** Syslog gets what comes after it was first configured; another receiver goes on where the one before stood. */
  async function beginSyslog({ host, port }: SyslogSettings): Promise<void> {
    const receiver = `${host}:${port}`
    const event: AuditEvent = { type: 'syslog.begun', receiver, by: 'service' }
    const isNew = !(await store.find(SYSLOG)) && (await addSyslog(receiver, event))
    if (!isNew) await store.readdress(SYSLOG, receiver, event)
  }

  /** False when another node was faster. */
  async function addSyslog(receiver: string, event: AuditEvent): Promise<boolean> {
    const { since, marks } = await store.standing()
    const destination: Destination = {
      ...{ id: SYSLOG, kind: 'syslog', createdAt: clock.now(), webhook: null, receiver, since },
      ...{ trouble: null, last: null, holder: null, heldUntil: 0 },
    }
    return store.add(destination, marks, 1, event)
  }

  return {
    webhooks,
    async begin(observe = () => {}) {
      if (syslog) await beginSyslog(syslog)
      return createForwarder({
        ...{ store, clock, random, log, carrierOf, count: observe },
        deadline: () => AbortSignal.timeout(PATIENCE),
        turnOff: ({ id }) => webhooks.turnOff(id, 'service', 'its receiver says that it is gone'),
      })
    },
    async oldestUndelivered(kind) {
      const delivered = (await store.list()).filter((each) => each.kind === kind && carrierOf(each))
      const times = await Promise.all(delivered.map(({ id }) => store.oldest(id)))
      const known = times.filter((at) => at !== undefined)
      if (delivered.length === 0) return undefined
      return known.length === 0 ? 0 : Math.max(0, (clock.now() - Math.min(...known)) / 1000)
    },
    deadLetters: async () => (await store.countLetters()).reduce((sum, { count }) => sum + count, 0),
  }
}
