import { type AdministratorProvider, createAdministratorProvider } from './administrator-provider.ts'
import { createApplicationApp } from './application-app.ts'
import { createEntraApp } from './entra-app.ts'
import { createKeys, type PersistedKeys, rotatedKeys } from './entra-keys.ts'
import { createKeyEndpoints, type KeyFault } from './key-endpoints.ts'
import { createProviderCache } from './provider-metadata.ts'
import type { Person, Registration } from './registration.ts'
import { createSignIns, keepRegistration, type SignIns } from './sign-ins.ts'
import { startChoices } from './start-choices.ts'
import { listen, stop } from './web-app.ts'

export type EntraSimulatorOptions = {
  /** 0, the default, is any free port. */
  port?: number
  applicationPort?: number
  host?: string
  registrations: Registration[]
  people: Person[]
  /** The keys of an earlier run, so that a demo can be stopped and started again. */
  keys?: PersistedKeys
  /** The time in milliseconds; the real one otherwise. */
  now?: () => number
}

export type EntraSimulator = SignIns & {
  /** Also the base of issuers, keys and redirect URIs: the authority of the cloud `local`. */
  authority: string
  applicationUrl: string
  /** Signs administrators in to an application, by OpenID Connect. */
  administrators: AdministratorProvider
  readonly keys: PersistedKeys
  /** How often the two key endpoints were asked. */
  readonly keyFetches: number
  register(registration: Registration): void
  rotateKeys(options?: { dropEarlier?: boolean }): Promise<void>
  fail(fault: KeyFault | null): void
  /** Forgets the providers' metadata, which is otherwise kept for 24 hours. */
  forgetProviders(): void
  close(): Promise<void>
}

/** A small honest Entra, with an application on a further origin. TEST USAGE ONLY. */
export async function startEntraSimulator(options: EntraSimulatorOptions): Promise<EntraSimulator> {
  const { host = '127.0.0.1', people, now = Date.now } = options
  const registrations = [...options.registrations]
  let keys = options.keys ?? (await createKeys())
  const entra = await listen(host, options.port ?? 0)
  const application = await listen(host, options.applicationPort ?? 0).catch(async (error) => {
    await stop(entra.server)
    throw error
  })
  const authority = entra.url
  const applicationUrl = application.url
  const providers = createProviderCache(now)
  const signIns = createSignIns({ authority, registrations, providers, signingKey: () => keys.signing, now })
  const keyEndpoints = createKeyEndpoints(authority, () => keys, now)
  const choices = () => startChoices(registrations, people)
  const administrators = createAdministratorProvider({ authority, keys: () => keys, people, now })
  entra.server.on('request', createEntraApp({ applicationUrl, signIns, keyEndpoints, choices, administrators }))
  application.server.on('request', createApplicationApp({ authority, verdicts: signIns.verdicts, choices }))
  return {
    ...signIns,
    authority,
    applicationUrl,
    administrators,
    get keys() {
      return keys
    },
    get keyFetches() {
      return keyEndpoints.fetches()
    },
    register: (registration) => keepRegistration(registrations, registration),
    async rotateKeys({ dropEarlier = false } = {}) {
      keys = await rotatedKeys(keys, dropEarlier)
    },
    fail: keyEndpoints.fail,
    forgetProviders: providers.forget,
    async close() {
      await Promise.all([stop(entra.server), stop(application.server)])
    },
  }
}
