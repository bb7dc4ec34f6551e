// One trip to Entra and back. What must be known at its return travels in the browser's cookie, sealed; that it returns
// once is kept in the store.
import type { Clock } from '../base/clock.ts'
import { sameText, sha256 } from '../base/digest.ts'
import type { Random } from '../base/random.ts'
import { type Refusal, refuse } from '../base/refusal.ts'
import { type MasterKey, seal, unseal } from '../base/seal.ts'
import type { ChallengeStore } from './administrator-store.ts'
import type { KeptFormStore } from './entra-store.ts'
import type { Session } from './session.ts'

const ATTEMPT = 'entra-attempt'
const FORM = 'administrator-kept-form'

/** How long somebody may take at Entra, with a password and a second factor. */
export const ATTEMPT_LIFE = 10 * 60_000

export type Attempt = {
  purpose: 'sign-in' | 'step-up' | 'prove'
  connectionId: string
  /** Whose browser it is; null: nobody is signed in yet. */
  sessionId: string | null
  /** The page to lead to afterwards. */
  to: string
  /** When it was begun: a fresh sign-in is one after this. */
  at: number
  /** What OpenID Connect needs at the return (RFC 7636 section 4.1; OpenID Connect Core section 3.1.2.1). */
  state: string
  nonce: string
  codeVerifier: string
}

/** A form that waits for a proof: where it goes, what it does, what was typed. */
export type KeptForm = { what: string; action: string; fields: [string, string][] }

export type EntraAttempts = ReturnType<typeof createEntraAttempts>

export function createEntraAttempts(deps: {
  challenges: ChallengeStore
  forms: KeptFormStore
  master: MasterKey
  clock: Clock
  random: Random
}) {
  const { challenges, forms, master, clock, random } = deps
  const purposeOf = ({ purpose }: Attempt): string => `entra-${purpose}`
  const digestOf = ({ state }: Attempt): string => sha256(`entra-attempt:${state}`)
  const formDigest = (id: string): string => sha256(`kept-form:${id}`)

  return {
    /** Random text of 256 bits, for `state` and `nonce`. */
    mark: (): string => random.bytes(32).toString('base64url'),

    /** Remembers an attempt; gives what its cookie holds. */
    async keep(attempt: Attempt): Promise<string> {
      await challenges.insert({
        digest: digestOf(attempt),
        purpose: purposeOf(attempt),
        subject: attempt.sessionId ?? '',
        expiresAt: attempt.at + ATTEMPT_LIFE,
      })
      return seal(master, ATTEMPT, JSON.stringify(attempt), random)
    },

    /**
     * The attempt that this browser began and that `state` comes back from, once. A return that was begun elsewhere is
     * refused before anything is taken: whoever opens a stranger's return loses nothing by it.
     */
    async take(sealed: string | undefined, state: unknown): Promise<Attempt | Refusal> {
      const opened = sealed && unseal(master, ATTEMPT, sealed)
      if (!opened) return refuse('admin.entra', 'no attempt of this browser')
      const attempt = JSON.parse(opened) as Attempt
      if (typeof state !== 'string' || !sameText(state, attempt.state))
        return refuse('admin.entra', 'the state is another browser’s, or another attempt’s')
      const taken = await challenges.take(digestOf(attempt), purposeOf(attempt), attempt.sessionId ?? '', clock.now())
      return taken ? attempt : refuse('admin.entra', 'the attempt is over, or was answered')
    },

    /** Keeps a form for one session, as long as an attempt; gives the id that brings it back. */
    async keepForm({ id: sessionId }: Session, form: KeptForm): Promise<string> {
      const id = random.bytes(16).toString('base64url')
      const sealed = seal(master, FORM, JSON.stringify(form), random)
      await forms.insert({ digest: formDigest(id), sessionId, expiresAt: clock.now() + ATTEMPT_LIFE, sealed })
      return id
    },

    async keptForm({ id: sessionId }: Session, id: string): Promise<KeptForm | undefined> {
      const sealed = await forms.find(formDigest(id), sessionId, clock.now())
      const opened = sealed && unseal(master, FORM, sealed)
      return opened ? (JSON.parse(opened) as KeptForm) : undefined
    },
  }
}
