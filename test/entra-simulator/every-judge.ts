// Answers of the tiny provider before the judge of every cloud, by either contract: what the tests of the rules share. The
// cloud `local` listens, the public ones are played. One provider serves them all, and is honest again before each test.
import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals'
import type { BeginOptions, EntraAttempt } from './make-attempt.ts'
import { type PlayedEntra, playPublicCloud } from './public-clouds.ts'
import type { Contract, Registration } from './registration.ts'
import type { RuleId } from './rules.ts'
import type { Manner, SignIns, Verdict } from './sign-ins.ts'
import { startEntraSimulator } from './start-entra-simulator.ts'
import { type Bend, startTinyProvider, type TinyProvider } from './tiny-provider.ts'

export const tenantId = '11111111-1111-4111-8111-111111111111'
export const appId = '22222222-2222-4222-8222-222222222222'
export const ada = { objectId: '33333333-3333-4333-8333-333333333333', name: 'Ada', username: 'ada@example.org' }

export const cloudNames = ['local', 'global', 'usgov', 'china'] as const
export type CloudName = (typeof cloudNames)[number]
export const contracts = ['external-mfa', 'custom-control'] as const

/** Each cloud with each contract: what `describe.each` takes. */
export const everyJudge = cloudNames.flatMap((cloud) => contracts.map((contract) => [cloud, contract] as const))

/** The judge of one cloud, asked by one contract. What it says of Entra and provider may be read once the tests run. */
export type Judge = {
  cloud: CloudName
  readonly entra: PlayedEntra
  readonly provider: TinyProvider
  /** The time, in whole seconds. */
  seconds(): number
  leap(milliseconds: number): void
  /** Registers the provider as it is now, with what is to differ. */
  register(change?: Partial<Registration>): void
  begin(options?: Partial<BeginOptions>): Promise<EntraAttempt>
  receive(form: Parameters<SignIns['receive']>[1], manner?: Manner): Promise<Verdict>
  /** A whole sign-in: begun, answered with this bend, and judged. */
  answer(bend?: Bend, options?: Partial<BeginOptions>, manner?: Manner): Promise<Verdict>
}

/** The judges of a test file: opened before its tests, closed after them. */
export function openJudges() {
  let opened: Awaited<ReturnType<typeof open>>
  let now = Date.parse('2026-11-23T09:00:00Z')
  beforeAll(async () => {
    opened = await open(() => now)
  })
  beforeEach(() => opened.restore())
  afterAll(() => opened.close())

  function at(cloud: CloudName, contract: Contract): Judge {
    const begin: Judge['begin'] = (options) => opened.clouds[cloud].begin({ person: ada, contract, ...options })
    const receive: Judge['receive'] = (form, manner) => opened.clouds[cloud].receive(contract, form, manner)
    return {
      cloud,
      get entra() {
        return opened.clouds[cloud]
      },
      get provider() {
        return opened.provider
      },
      seconds: () => Math.floor(now / 1000),
      leap(milliseconds) {
        now += milliseconds
      },
      register: (change) => opened.clouds[cloud].register({ ...registrationOf(opened.provider), ...change }),
      begin,
      receive,
      answer: async (bend, options, manner) =>
        receive(await opened.provider.answer(await begin(options), bend), manner),
    }
  }

  return {
    at,
    others: ({ cloud }: Judge, contract: Contract) =>
      cloudNames.filter((name) => name !== cloud).map((name) => at(name, contract)),
  }
}

async function open(now: () => number) {
  const provider = await startTinyProvider()
  const local = await startEntraSimulator({ registrations: [], people: [ada], now })
  const clouds: Record<CloudName, PlayedEntra> = {
    local,
    global: await playPublicCloud('global', now),
    usgov: await playPublicCloud('usgov', now),
    china: await playPublicCloud('china', now),
  }
  const honest = { ...provider }
  const document = { ...provider.document }
  return {
    provider,
    clouds,
    restore() {
      Object.assign(provider, honest, { document: { ...document } })
      for (const entra of Object.values(clouds)) {
        entra.register(registrationOf(provider))
        entra.forgetProviders()
      }
    },
    async close() {
      provider.close()
      await local.close()
    },
  }
}

/** What the administrator configured: one provider, for both contracts. */
function registrationOf({ discoveryUrl, url }: TinyProvider): Registration {
  const ClaimsRequested = [{ Type: 'TinyMfa', Value: 'MfaDone', Values: null }]
  const Controls = [{ Id: 'RequireTiny', Name: 'RequireTiny', ClaimsRequested, Claims: null }]
  return {
    ...{ tenantId, appId, clientId: 'tiny', discoveryUrl, replyUrls: [`${url}/authorize`] },
    customControl: { Name: 'Tiny', AppId: appId, ClientId: 'tiny', DiscoveryUrl: discoveryUrl, Controls },
  }
}

export const failed = ({ lines }: Verdict): RuleId[] =>
  lines.filter(({ outcome }) => outcome === 'fail').map(({ rule }) => rule)

/** Refused, and by these rules alone: a rule that fails in sympathy would hide which one does the work. */
export function expectRefused(verdict: Verdict, broken: RuleId[], code = 'AADSTS50158'): void {
  expect(failed(verdict)).toEqual(broken)
  expect(verdict).toMatchObject({ accepted: false, code })
  expect(verdict.lines).toHaveLength(20)
}
