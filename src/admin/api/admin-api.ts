import type { Router } from 'express'
import type { MakeLimit } from '../limits.ts'
import type { AdminDeps } from '../wiring.ts'
import { createIntegrationActs } from './integration-acts.ts'
import { createPeopleActs } from './people-acts.ts'
import { createReadingActs } from './reading-acts.ts'
import { createApi } from './routes.ts'

/** The console's acts for machines, on what the console works on. */
export const createAdminApi = (deps: AdminDeps, limit: MakeLimit): Router =>
  createApi({
    tokens: deps.administrators.tokens,
    audit: deps.audit,
    limit,
    acts: { ...createIntegrationActs(deps), ...createPeopleActs(deps), ...createReadingActs(deps) },
  })
