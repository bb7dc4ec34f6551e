// Requests that bring no valid hint. They are counted by network and by integration, and past a limit cost next to nothing.
// A valid hint is never held up by either: a stranger must not be able to stop a tenant, nor a colleague in the same network.
import type { Audit } from '../audit/audit.ts'
import { networkOf } from '../audit/network.ts'
import { type Clock, instant } from '../base/clock.ts'
import { createFailureLimit } from '../base/failure-limit.ts'
import type { LimitStore } from '../base/limit-store.ts'
import { type Refusal, type RefusalCode, refuse } from '../base/refusal.ts'

const MINUTE = 60_000
/** Far more than a whole office does by mistake. */
const OF_NETWORK = { kind: 'strangers-of-network', most: 60, windowMs: MINUTE }
/** A flood from everywhere at one tenant, or at none: what is counted costs a write. */
const AT_INTEGRATION = { kind: 'strangers-at-integration', most: 1000, windowMs: MINUTE }
const NO_INTEGRATION = 'none'

/** What is refused for our own sake says nothing of who asks. */
const OURS: readonly RefusalCode[] = ['service.stopping', 'service.busy', 'entra.keys-unavailable']

type Refused = { type: 'request.refused' | 'hint.refused'; address: string; contract?: string; integrationId?: string }

export type Strangers = ReturnType<typeof createStrangers>

export function createStrangers(deps: { limits: LimitStore; audit: Pick<Audit, 'count' | 'record'>; clock: Clock }) {
  const { limits, audit, clock } = deps
  const networks = createFailureLimit({ store: limits, clock, rule: OF_NETWORK })
  const integrations = createFailureLimit({ store: limits, clock, rule: AT_INTEGRATION })

  return {
    /**
     * Counts a refusal, on record by minute, code and network. Gives the refusal to answer with: the same one, or, past a
     * limit, `request.too-many` with the seconds to wait, which is on record once for each window.
     */
    async count(refusal: Refusal, { type, address, contract, integrationId }: Refused): Promise<Refusal> {
      const network = networkOf(address)
      const target = integrationId ?? NO_INTEGRATION
      const tooMany = (until: number): Refusal =>
        refuse('request.too-many', refusal.reason, {
          retryAfterSeconds: Math.max(1, Math.ceil((until - clock.now()) / 1000)),
        })
      if (!OURS.includes(refusal.code)) {
        const known = Math.max(integrations.until(target), networks.until(network))
        if (known > 0) return tooMany(known)
        const [ofNetwork, atIntegration] = await Promise.all([networks.failed(network), integrations.failed(target)])
        const until = Math.max(ofNetwork.over, atIntegration.over)
        if (ofNetwork.justNow)
          await audit.record({ type: 'limit.reached', of: 'network', address: network, until: instant(ofNetwork.over) })
        if (atIntegration.justNow)
          await audit.record({
            type: 'limit.reached',
            of: 'integration',
            ...(integrationId !== undefined && { integrationId }),
            until: instant(atIntegration.over),
          })
        if (until > 0) return tooMany(until)
      }
      const { code, reason } = refusal
      const where = { ...(contract && { contract }), ...(integrationId && { integrationId }) }
      await audit.count({ type, code, reason, address, ...where })
      return refusal
    },
  }
}
