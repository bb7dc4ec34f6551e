// The claims that a service signed: of its log, however long that became.
import type { AuditStore } from '../../src/audit/audit.ts'

const AT_ONCE = 10_000

/** How many were signed, and how many were about to be. */
export async function claimsIn(audit: Pick<AuditStore, 'read'>): Promise<{ signing: number; signed: number }> {
  const count = { signing: 0, signed: 0 }
  for (let after = 0; ; ) {
    const page = await audit.read(after, AT_ONCE)
    for (const { record } of page) {
      if (record.event.type === 'claim.signing') count.signing++
      if (record.event.type === 'claim.signed') count.signed++
    }
    const last = page.at(-1)
    if (!last) return count
    after = last.position
  }
}
