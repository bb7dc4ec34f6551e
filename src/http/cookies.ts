import { parseCookie, stringifySetCookie } from 'cookie'
import type { Request, Response } from 'express'

export type Cookies = {
  read(request: Request, name: string): string | undefined
  write(response: Response, name: string, value: string, maxAgeSeconds: number): void
}

/**
 * Cookies that a page script cannot read and that come along when a person is led to us from another site (`Lax`: `Strict`
 * ones do not, after POST, 303, GET). `__Host-` and `Secure` where the public URL is https.
 */
export function createCookies(https: boolean): Cookies {
  const full = (name: string): string => (https ? `__Host-${name}` : name)
  return {
    read: (request, name) => parseCookie(request.headers.cookie ?? '')[full(name)],
    write(response, name, value, maxAge) {
      const cookie = {
        name: full(name),
        value,
        maxAge,
        path: '/',
        httpOnly: true,
        sameSite: 'lax' as const,
        secure: https,
      }
      response.append('Set-Cookie', stringifySetCookie(cookie))
    },
  }
}
