// The pages for getting in and out: the one-time link, signing in, the proof before what is dangerous.
import type { Request, RequestHandler, Response } from 'express'
import type { z } from 'zod'
import type { Administrators } from '../administrators/administrators.ts'
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '../administrators/webauthn.ts'
import type { Audit } from '../audit/audit.ts'
import { isRefusal, type Refusal } from '../base/refusal.ts'
import { eventOf } from '../http/request-event.ts'
import type { Views } from '../http/views.ts'
import { visitorOf } from '../http/visitor.ts'
import { backTo } from './back-to.ts'
import type { EnterBody, LinkBody, SignInBody } from './contract.ts'
import type { Signed } from './frame.ts'
import type { SessionCookie } from './session-cookie.ts'
import { roleWords } from './words.ts'

export type GettingInDeps = {
  administrators: Administrators
  audit: Pick<Audit, 'count'>
  cookie: SessionCookie
  publicUrl: string
  views: Views
}

export function createGettingIn({ administrators, audit, cookie, publicUrl, views }: GettingInDeps) {
  const { passkeys, sessions } = administrators

  /** Counts what a stranger tried in vain: it is not theirs to grow the audit log. */
  async function counted<T>(request: Request, answered: T | Refusal): Promise<T | Refusal> {
    if (isRefusal(answered)) {
      const { code, reason } = answered
      await audit.count({ type: 'request.refused', code, reason, address: visitorOf(request).address })
    }
    return answered
  }

  function signedIn(response: Response, begun: { secret: string; session: { administratorId: string } }): object {
    Object.assign(eventOf(response), { administratorId: begun.session.administratorId })
    cookie.give(response, begun.secret)
    return { signedIn: true }
  }

  return {
    showEnter: ((_request, response) =>
      void response.type('html').send(views.render('admin/enter', { title: 'Welcome' }))) as RequestHandler,

    async lookAtLink({ token }: z.infer<typeof LinkBody>, request: Request) {
      const found = await counted(request, await passkeys.lookAtLink(token))
      return isRefusal(found) ? found : { ...found, role: roleWords[found.role].name, may: roleWords[found.role].may }
    },
    enterOptions: async ({ token }: z.infer<typeof LinkBody>, request: Request) =>
      counted(request, await passkeys.enterOptions(token)),
    async enter({ token, name, passkey }: z.infer<typeof EnterBody>, request: Request, response: Response) {
      const from = visitorOf(request)
      // zod leaves undefined what is not there, as the browser does.
      const made = passkey as RegistrationResponseJSON
      const entered = await passkeys.enter(token, name ?? from.browser, made, from, cookie.read(request))
      const begun = await counted(request, entered)
      return isRefusal(begun) ? begun : signedIn(response, begun)
    },

    showSignIn: (async (request, response) => {
      const to = backTo(request.query.to, publicUrl)
      if (await sessions.of(cookie.read(request))) return response.redirect(303, to)
      const signedOut = request.query.done === 'signed-out'
      response.type('html').send(
        views.render('admin/sign-in', {
          title: 'Sign in',
          to,
          signedOut,
          withEntra: await administrators.entra.isOn(),
          hasOwner: await administrators.hasOwner(),
        }),
      )
    }) as RequestHandler,
    signInOptions: () => passkeys.signInOptions(),
    async signIn({ passkey }: z.infer<typeof SignInBody>, request: Request, response: Response) {
      const used = passkey as AuthenticationResponseJSON
      const begun = await passkeys.signIn(used, visitorOf(request), cookie.read(request))
      return isRefusal(begun) ? counted(request, begun) : signedIn(response, begun)
    },

    stepUpOptions: ({ session }: Signed) => passkeys.stepUpOptions(session),
    async stepUp({ session, request, response }: Signed, { passkey }: z.infer<typeof SignInBody>) {
      const proven = await passkeys.stepUp(session, passkey as AuthenticationResponseJSON, visitorOf(request))
      if (isRefusal(proven)) return counted(request, proven)
      cookie.give(response, proven.secret)
      return { steppedUp: true }
    },

    async signOut({ session, response }: Signed) {
      await sessions.signOut(session)
      cookie.take(response)
      response.redirect(303, '/admin/sign-in?done=signed-out')
    },
  }
}
