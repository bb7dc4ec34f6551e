// Entra's public clouds, played where their hosts must not be reached: for a test that gives the service its way to fetch.
import { createKeys, type PersistedKeys, publicKeys, rotatedKeys } from './entra-keys.ts'
import { hugeAnswer, type KeyFault, rubbish } from './key-endpoints.ts'
import { createProviderCache } from './provider-metadata.ts'
import type { Registration } from './registration.ts'
import { createSignIns, keepRegistration } from './sign-ins.ts'
import type { EntraSimulator } from './start-entra-simulator.ts'

export type PublicCloud = 'global' | 'usgov' | 'china'

/**
 * The host of each, and the host that issues version 1 of its tokens. Microsoft Learn: "National clouds" (sign-in endpoints)
 * and External MFA method provider reference (redirect URIs); the issuers of version 1 are a guess by analogy.
 */
export const publicClouds: Record<PublicCloud, { authority: string; v1Authority: string }> = {
  global: { authority: 'https://login.microsoftonline.com', v1Authority: 'https://sts.windows.net' },
  usgov: { authority: 'https://login.microsoftonline.us', v1Authority: 'https://sts.windows.net' },
  china: { authority: 'https://login.partner.microsoftonline.cn', v1Authority: 'https://sts.chinacloudapi.cn' },
}

/** What both have: the simulator that listens, and a public cloud that is only played. */
export type PlayedEntra = Pick<
  EntraSimulator,
  'authority' | 'begin' | 'receive' | 'keys' | 'register' | 'rotateKeys' | 'fail' | 'forgetProviders'
>

export type PublicEntra = PlayedEntra & {
  /**
   * What a fetch of `url` would bring: undefined for what is none of its key addresses. Rejects as a fetch does, minds the
   * signal, and follows a redirect or not.
   */
  answer(url: string, init?: RequestInit): Promise<Response> | undefined
}

/** One public cloud: it begins sign-ins and judges answers as the simulator does, and has no server. TEST USAGE ONLY. */
export async function playPublicCloud(cloud: PublicCloud, now: () => number): Promise<PublicEntra> {
  const { authority, v1Authority } = publicClouds[cloud]
  const registrations: Registration[] = []
  let keys: PersistedKeys = await createKeys()
  let fault: KeyFault | null = null
  let waiting: (() => void)[] = []
  const providers = createProviderCache(now)
  const signIns = createSignIns({
    ...{ authority, v1Authority, registrations, providers, now },
    signingKey: () => keys.signing,
  })
  const issuers = new Map([
    [`${authority}/common/discovery/v2.0/keys`, `${authority}/{tenantid}/v2.0`],
    [`${authority}/common/discovery/keys`, undefined],
  ])

  /** Waits until the fault is over, or for as long as the one who fetches would. */
  const untilOver = (signal: AbortSignal | null | undefined) =>
    new Promise<void>((resolve, reject) => {
      waiting.push(resolve)
      signal?.addEventListener('abort', () => reject(signal.reason))
    })

  async function answerKeys(issuer: string | undefined, { signal, redirect }: RequestInit): Promise<Response> {
    signal?.throwIfAborted()
    if (fault === 'down') throw new TypeError('fetch failed')
    if (fault === 'rubbish') return new Response(rubbish)
    if (fault === 'empty') return Response.json({ keys: [] })
    if (fault === 'huge') return new Response(hugeAnswer(publicKeys(keys, issuer)))
    if (fault === 'redirect' && redirect === 'error') throw new TypeError('fetch failed: unexpected redirect')
    if (fault === 'redirect' && redirect === 'manual')
      return new Response(null, { status: 302, headers: { location: '/moved' } })
    if (fault === 'slow') await untilOver(signal)
    return Response.json(publicKeys(keys, issuer))
  }

  return {
    ...signIns,
    authority,
    get keys() {
      return keys
    },
    register: (registration) => keepRegistration(registrations, registration),
    async rotateKeys({ dropEarlier = false } = {}) {
      keys = await rotatedKeys(keys, dropEarlier)
    },
    fail(next) {
      fault = next
      if (fault === 'slow') return
      for (const answer of waiting) answer()
      waiting = []
    },
    forgetProviders: providers.forget,
    answer: (url, init = {}) => (issuers.has(url) ? answerKeys(issuers.get(url), init) : undefined),
  }
}
