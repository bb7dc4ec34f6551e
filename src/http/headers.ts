import type { RequestHandler } from 'express'
import helmet from 'helmet'

const POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'manifest-src': ["'self'"],
  'worker-src': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
}

/** `form-action` of every page but the one that posts to Entra. */
const OWN_FORMS = { 'form-action': ["'self'"] }

/**
 * The headers of every answer. Some of helmet's defaults break a sign-in that crosses three sites, and are left out with
 * a test each (test/journeys/browser/browser-traps.test.ts):
 * - no Cross-Origin-Opener-Policy: an application that signs in by popup would lose it;
 * - `Referrer-Policy: strict-origin`, not `no-referrer`: the claim would be posted with `Origin: null`;
 * - HSTS and upgrade-insecure-requests only where the public URL is https.
 */
export function securityHeaders(https: boolean): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { ...POLICY, ...OWN_FORMS, ...(https && { 'upgrade-insecure-requests': [] }) },
    },
    crossOriginOpenerPolicy: false,
    referrerPolicy: { policy: 'strict-origin' },
    strictTransportSecurity: https && { maxAge: 63_072_000, includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
  })
}

/**
 * For the page that posts to Entra: Chromium applies `form-action` to every redirect that follows the post, and Entra
 * redirects to the application, whose address we cannot know. The page's only form goes where we proved it may.
 */
export function postsToEntra(https: boolean): RequestHandler {
  return helmet.contentSecurityPolicy({
    useDefaults: false,
    directives: { ...POLICY, ...(https && { 'upgrade-insecure-requests': [] }) },
  })
}

/** For everything personal: kept by nobody on the way, nor by the browser. */
export const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store')
  next()
}
