// What happened, what was refused, and all of it as a file.
import type { AdminDeps, Wiring } from '../wiring.ts'
import { createExport } from './export.ts'
import { AUDIT, createAuditList } from './list.ts'
import { createRefusals, REFUSALS } from './refusals.ts'

export function addAuditPages({ get, frame: { only } }: Wiring, deps: AdminDeps): void {
  get(AUDIT, only('read', createAuditList(deps)))
  get(REFUSALS, only('read', createRefusals(deps)))
  get(`${AUDIT}/export`, only('read', createExport(deps)))
}
