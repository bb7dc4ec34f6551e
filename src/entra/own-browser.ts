// Who began a sign-in, and nobody else, goes on with it: the browser that holds its cookie.
import type { Request, RequestHandler, Response } from 'express'
import type { Clock } from '../base/clock.ts'
import { isRefusal } from '../base/refusal.ts'
import type { Cookies } from '../http/cookies.ts'
import { answerRefusal } from '../http/errors.ts'
import { eventOf } from '../http/request-event.ts'
import type { Views } from '../http/views.ts'
import type { SignIn } from '../signin/sign-in.ts'
import type { SignIns } from '../signin/sign-ins.ts'

/** What the browser of a sign-in asks for. `secret` is its cookie's, proven. */
export type OwnRequest = { signIn: SignIn; secret: string; request: Request; response: Response }

export type OwnBrowser = ReturnType<typeof createOwnBrowser>

/** The cookie outlives its sign-in by this, in seconds, so that a late browser reads that time is over and can go back. */
const GRACE = 600

const SHAPE_OF_ID = /^[0-9a-f]{32}$/

const cookieOf = (id: string): string => `cs-${id}`

export function createOwnBrowser(deps: {
  signIns: Pick<SignIns, 'forBrowser'>
  cookies: Cookies
  views: Views
  clock: Clock
}) {
  const { signIns, cookies, views, clock } = deps
  return {
    /** Gives the browser the cookie of the sign-in that it opened: one for each, so that tabs do not disturb each other. */
    bind(response: Response, opened: { id: string; browserSecret: string; expiresAt: number }): void {
      const life = Math.ceil((opened.expiresAt - clock.now()) / 1000) + GRACE
      cookies.write(response, cookieOf(opened.id), opened.browserSecret, life)
    },

    /** Calls `act` for the browser that began the sign-in; everybody else gets the same page, whatever they lack. */
    only:
      (act: (own: OwnRequest) => Promise<unknown>): RequestHandler =>
      async (request, response) => {
        const id = String(request.params.id)
        const event = eventOf(response)
        // Also of one that was lost with its cookie. What has no such shape is nobody's.
        if (SHAPE_OF_ID.test(id)) event.signInId = id
        const secret = cookies.read(request, cookieOf(id))
        const signIn = await signIns.forBrowser(id, secret)
        if (isRefusal(signIn)) return answerRefusal(views, request, response, signIn)
        const { integrationId, clientRequestId } = signIn
        Object.assign(event, { integrationId, ...(clientRequestId && { clientRequestId }) })
        await act({ signIn, secret: secret ?? '', request, response })
      },
  }
}
