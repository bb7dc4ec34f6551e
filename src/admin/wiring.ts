import type { RequestHandler } from 'express'
import type { Administrators } from '../administrators/administrators.ts'
import type { Audit } from '../audit/audit.ts'
import type { AuditReading } from '../audit/audit-reading.ts'
import type { Clock } from '../base/clock.ts'
import type { ClockSkew } from '../base/clock-skew.ts'
import type { LimitStore } from '../base/limit-store.ts'
import type { Devices } from '../devices/devices.ts'
import type { People } from '../devices/people.ts'
import type { Webhooks } from '../forwarding/webhooks.ts'
import type { Cookies } from '../http/cookies.ts'
import type { Views } from '../http/views.ts'
import type { Integrations } from '../integrations/integrations.ts'
import type { LastHints } from '../integrations/last-hints.ts'
import type { Keys } from '../keys/keys.ts'
import type { Push } from '../push/push.ts'
import type { SignInHistory } from '../signin/history.ts'
import type { Locks } from '../signin/locks.ts'
import type { Fetch } from './entra-sign-in/provider.ts'
import type { Frame } from './frame.ts'
import type { SessionCookie } from './session-cookie.ts'

/** What the console works on. */
export type AdminDeps = {
  administrators: Administrators
  audit: Pick<Audit, 'count' | 'record'>
  auditReading: AuditReading
  devices: Devices
  people: People
  locks: Locks
  signInHistory: SignInHistory
  integrations: Integrations
  lastHints: LastHints
  keys: Keys
  push: Pick<Push, 'health' | 'kinds' | 'vapidPublicKey' | 'standingOf'>
  /** Where the audit log is forwarded. */
  webhooks: Webhooks
  limits: LimitStore
  clock: Clock
  /** How far our clock is from Entra's. */
  skew: Pick<ClockSkew, 'trouble' | 'current'>
  /** The network, and where administrators sign in with Entra: the authority of each cloud. */
  fetch: Fetch
  authorities: Readonly<Record<string, string>>
  cookies: Cookies
  /** The key that the tokens in forms are made with. */
  csrfKey: Buffer
  publicUrl: string
  /** How the command line is called here. */
  command: string
  /** Whether the cloud `local`, a simulator, is configured. */
  hasLocalCloud: boolean
  shown: ShownService
}

/** What this service is, and runs with. No secret is in it. */
export type ShownService = {
  version: string
  nodeVersion: string
  store(): Promise<{ engine: string; schema: number; bytes: number }>
  settings: readonly { name: string; meaning: string; value: string; isDefault: boolean; secret: boolean }[]
  /** Whether the master key was made in the data directory. */
  madeMasterKey: boolean
  /** Whether the master key before it is still given. */
  hasPreviousMasterKey: boolean
}

/** What a group of pages adds its routes with: `get(path, frame.only(…))`, `post(path, form, frame.act(…))`. */
export type Wiring = {
  get: (path: string, ...guards: RequestHandler[]) => void
  post: (path: string, ...guards: RequestHandler[]) => void
  frame: Frame
  views: Views
  sessionCookie: SessionCookie
  /** Reads a form; refuses every other kind of content. */
  form: RequestHandler
  /** The same for JSON. */
  json: RequestHandler
  /** Limits by network, for who proves something, for who asks for a challenge, and for who comes back from Entra. */
  attempts: RequestHandler
  questions: RequestHandler
  returns: RequestHandler
}
