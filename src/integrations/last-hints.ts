// The last hint that each integration saw: a wrong Directory ID shows here at once, because the integration is known by its
// client id before the hint is judged.
import { type Contract, contracts } from './integration.ts'

export type LastHint = {
  /** When a hint last opened a sign-in, to some seconds; null when none ever did. */
  acceptedAt: number | null
  /** The last request that was refused, and why: in words for the administrator. */
  refused: { at: number; code: string; reason: string } | null
}

/** Written by the stores of sign-ins and of the audit, with what they record. */
export type LastHintStore = {
  /** Those that were ever seen. Contract is null where a refusal did not say. */
  of(integrationId: string): Promise<(LastHint & { contract: Contract | null })[]>
}

export type LastHints = ReturnType<typeof createLastHints>

/** What the administrator reads of the hints that came. */
export function createLastHints({ store }: { store: LastHintStore }) {
  return {
    /** For each contract: never seen is null and null. */
    async of(integrationId: string): Promise<Record<Contract, LastHint>> {
      const seen = await store.of(integrationId)
      const lastOf = (contract: Contract): LastHint => {
        const found = seen.find((hint) => hint.contract === contract)
        return { acceptedAt: found?.acceptedAt ?? null, refused: found?.refused ?? null }
      }
      return Object.fromEntries(contracts.map((contract) => [contract, lastOf(contract)])) as Record<Contract, LastHint>
    },
  }
}
