import type { Request, Response } from 'express'
import { LONGEST } from '../administrators/session.ts'
import type { Cookies } from '../http/cookies.ts'

/** `__Host-cs-admin` where the public URL is https, `cs-admin` on loopback: no script reads it, no other site sends it. */
const NAME = 'cs-admin'

export type SessionCookie = ReturnType<typeof createSessionCookie>

export const createSessionCookie = (cookies: Cookies) => ({
  read: (request: Request): string | undefined => cookies.read(request, NAME),
  give: (response: Response, secret: string): void => cookies.write(response, NAME, secret, LONGEST / 1000),
  take: (response: Response): void => cookies.write(response, NAME, '', 0),
})
