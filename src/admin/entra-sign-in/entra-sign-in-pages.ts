// Administrators sign in with Entra: the routes of the way there and back, and of the page where it is connected.
import type { AdminDeps, Wiring } from '../wiring.ts'
import { CALLBACK } from './callback.ts'
import { createConnectPage } from './connect-page.ts'
import { CONNECT_PAGE, createEntraFlow } from './flow.ts'
import type { EntraProvider } from './provider.ts'

export function addEntraSignInPages(wiring: Wiring, deps: AdminDeps): void {
  const { get, post, frame, form, returns, questions, views, sessionCookie } = wiring
  const { only, act, dangerous, sameOrigin } = frame
  const flow = createEntraFlow({ ...deps, views, sessionCookie, provider: loadedLater(deps) })
  const page = createConnectPage({ ...deps, clouds: Object.keys(deps.authorities) })

  post('/admin/entra', sameOrigin, questions, form, flow.signIn)
  get(CALLBACK, flow.begunHere, returns, flow.callback)
  post('/admin/entra/step-up', questions, form, act('read', flow.stepUp))
  get('/admin/step-up/kept/:id', only('read', flow.showKept))

  const who = 'administrators'
  get(CONNECT_PAGE, only(who, page.show))
  post(CONNECT_PAGE, form, dangerous(who, page.describeSave, page.save))
  post(`${CONNECT_PAGE}/prove`, questions, form, dangerous(who, flow.describeProof, flow.prove))
  post(`${CONNECT_PAGE}/discard`, form, act(who, page.discard))
  post(`${CONNECT_PAGE}/off`, form, dangerous(who, page.describeOff, page.switchOff))
  post(`${CONNECT_PAGE}/remove`, form, dangerous(who, page.describeRemove, page.remove))
}

/** The provider and its libraries are loaded when somebody first goes to Entra: most services never hold them. */
function loadedLater(deps: AdminDeps): EntraProvider {
  let loaded: Promise<EntraProvider> | undefined
  const provider = (): Promise<EntraProvider> => {
    loaded ??= import('./provider.ts').then(({ createEntraProvider }) => createEntraProvider(deps))
    return loaded
  }
  return {
    lead: async (...trip) => (await provider()).lead(...trip),
    finish: async (...trip) => (await provider()).finish(...trip),
  }
}
