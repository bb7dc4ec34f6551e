import type { AuditEvent } from '../../audit/events.ts'

/** An event as it is kept, to be read by people. */
export const jsonOf = (event: AuditEvent): string => JSON.stringify(event, null, 2)
