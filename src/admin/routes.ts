// The administrator's door: every route with its guards, on one screen. frame.ts tells how a page is built on it.
import express, { type RequestHandler, type Router } from 'express'
import type { ConsoleLimit } from '../audit/events.ts'
import { networkOf } from '../audit/network.ts'
import { methodNotAllowed } from '../http/errors.ts'
import { noStore } from '../http/headers.ts'
import { serveAssets } from '../http/serve-assets.ts'
import { visitorOf } from '../http/visitor.ts'
import { createAccount } from './account.ts'
import { createAdministratorsPages } from './administrators-pages.ts'
import { createAdminApi } from './api/admin-api.ts'
import { loadAssets } from './assets.ts'
import { addAuditPages } from './audit/audit-pages.ts'
import { AddBody, EnterBody, LinkBody, Nothing, SignInBody } from './contract.ts'
import { addEntraSignInPages } from './entra-sign-in/entra-sign-in-pages.ts'
import { addForwardingPages } from './forwarding/forwarding-pages.ts'
import { createFrame, FORM } from './frame.ts'
import { createGettingIn } from './getting-in.ts'
import { addIntegrationsPages } from './integrations/integrations-pages.ts'
import { addKeysPages } from './keys/keys-pages.ts'
import { createConsoleLimits } from './limits.ts'
import { addOverviewPages } from './overview/overview-pages.ts'
import { addPeoplePages } from './people/people-pages.ts'
import { createSessionCookie } from './session-cookie.ts'
import { addSettingsPages } from './settings/settings-pages.ts'
import { addSignInPages } from './sign-ins/sign-in-pages.ts'
import { addTokensPages } from './tokens/tokens-pages.ts'
import type { AdminDeps, Wiring } from './wiring.ts'

const JSON_TYPE = 'application/json'

/** Reads a body of one type as text. Refuses every other kind of content. */
function reading(type: string): RequestHandler {
  const read = express.text({ type, limit: '64kb' })
  return (request, response, next) =>
    request.is(type) ? read(request, response, next) : next(Object.assign(new Error(`not ${type}`), { status: 415 }))
}

/** Opener and opened share nothing across sites: nothing opens the console to talk with it. */
const alone: RequestHandler = (_request, response, next) => {
  response.set('Cross-Origin-Opener-Policy', 'same-origin')
  next()
}

const FIVE_MINUTES = 5 * 60_000

export async function createAdminDoor(deps: AdminDeps): Promise<Router> {
  const { assets, views } = await loadAssets({ publicUrl: deps.publicUrl, command: deps.command })
  const cookie = createSessionCookie(deps.cookies)
  const frame = createFrame({ ...deps, views, cookie })
  const { sameOrigin, only, act, dangerous, call, callByAnybody } = frame
  const limit = createConsoleLimits(deps, views)
  const perNetwork = (kind: ConsoleLimit, most: number): RequestHandler =>
    limit({ kind, most, windowMs: FIVE_MINUTES, keyOf: (request) => networkOf(visitorOf(request).address) })
  // Who proves something is counted strictly; who asks for a challenge, so that nobody fills the store. Another site's
  // requests are refused before that: it could lock out whoever looks at it.
  const attempts = perNetwork('admin-attempt', 20)
  const questions = perNetwork('admin-question', 60)
  // Other sites lead here too: what they cause must not hold up who proves something with a passkey.
  const returns = perNetwork('admin-return', 20)
  const form = reading(FORM)
  const json = reading(JSON_TYPE)

  const gettingIn = createGettingIn({ ...deps, views, cookie })
  const account = createAccount(deps)
  const pages = createAdministratorsPages(deps)

  const router = express.Router({ caseSensitive: true, strict: true })
  router.use(serveAssets(assets))
  router.use('/admin', noStore, alone)
  // For machines.
  router.use(createAdminApi(deps, limit))
  const get = (path: string, ...guards: RequestHandler[]): void => void router.get(path, ...guards)
  const post = (path: string, ...guards: RequestHandler[]): void => void router.post(path, ...guards)
  // Groups of pages in files of their own get this.
  const wiring: Wiring = { get, post, frame, views, sessionCookie: cookie, form, json, attempts, questions, returns }

  get('/admin', (_request, response) => response.redirect(308, '/admin/'))
  addOverviewPages(wiring, deps)
  addIntegrationsPages(wiring, deps)
  addPeoplePages(wiring, deps)
  addSignInPages(wiring, deps)
  addAuditPages(wiring, deps)
  addForwardingPages(wiring, deps)
  addKeysPages(wiring, deps)
  addSettingsPages(wiring, deps)
  addTokensPages(wiring, deps)
  addEntraSignInPages(wiring, deps)

  // Getting in, by whoever can prove something.
  get('/admin/enter', gettingIn.showEnter)
  post('/admin/enter/link', sameOrigin, questions, json, callByAnybody(LinkBody, gettingIn.lookAtLink))
  post('/admin/enter/options', sameOrigin, questions, json, callByAnybody(LinkBody, gettingIn.enterOptions))
  post('/admin/enter', sameOrigin, attempts, json, callByAnybody(EnterBody, gettingIn.enter))
  get('/admin/sign-in', gettingIn.showSignIn)
  post('/admin/sign-in/options', sameOrigin, questions, json, callByAnybody(Nothing, gettingIn.signInOptions))
  post('/admin/sign-in', sameOrigin, attempts, json, callByAnybody(SignInBody, gettingIn.signIn))
  // Proving once more to be there, and getting out.
  post('/admin/step-up/options', sameOrigin, questions, json, call('read', Nothing, gettingIn.stepUpOptions))
  post('/admin/step-up', sameOrigin, attempts, json, call('read', SignInBody, gettingIn.stepUp))
  post('/admin/sign-out', form, act('read', gettingIn.signOut))

  // One's own account.
  const mine = '/admin/account'
  get(mine, only('read', account.show))
  post(`${mine}/name`, form, act('read', account.rename))
  post(
    `${mine}/passkeys/options`,
    sameOrigin,
    questions,
    json,
    call('read', Nothing, account.addOptions, { fresh: true }),
  )
  post(`${mine}/passkeys`, json, call('read', AddBody, account.add, { fresh: true }))
  post(`${mine}/passkeys/rename`, form, act('read', account.renamePasskey))
  post(`${mine}/passkeys/remove`, form, dangerous('read', account.describeRemoval, account.removePasskey))
  post(`${mine}/sessions/end`, form, act('read', account.endSession))
  post(`${mine}/sessions/end-others`, form, act('read', account.endOtherSessions))

  // Who administers.
  const all = '/admin/administrators'
  const one = `${all}/:id`
  const who = 'administrators'
  get(all, only(who, pages.list))
  post(all, form, dangerous(who, pages.describeInvitation, pages.invite))
  get(one, only(who, pages.one))
  post(`${one}/role`, form, dangerous(who, pages.describeRole, pages.setRole))
  post(`${one}/link`, form, dangerous(who, pages.describeLink, pages.recover))
  post(`${one}/end-sessions`, form, act(who, pages.endSessions))
  post(`${one}/disable`, form, dangerous(who, pages.describeDisable, pages.disable))
  post(`${one}/enable`, form, dangerous(who, pages.describeEnable, pages.enable))
  post(`${one}/remove`, form, dangerous(who, pages.describeRemove, pages.remove))

  refuseOtherMethods(router, (...allowed) => methodNotAllowed(views, ...allowed))
  return router
}

/** For every path above: a method that it does not have is refused as such. */
function refuseOtherMethods(router: Router, no: (...allowed: string[]) => RequestHandler): void {
  const methods = new Map<string, string[]>()
  for (const { route } of router.stack) {
    if (!route || route.path.startsWith('/admin/assets/')) continue
    for (const { method } of route.stack) {
      const known = methods.get(route.path) ?? []
      const name = method.toUpperCase()
      if (!known.includes(name)) methods.set(route.path, [...known, name])
    }
  }
  for (const [path, allowed] of methods) router.all(path, no(...allowed))
}
