import type { RequestHandler, Response } from 'express'
import type { Views } from '../http/views.ts'
import type { Asked, SignIn } from '../signin/sign-in.ts'
import { TOKEN_LIFE_SECONDS } from './id-token.ts'
import type { EntraError } from './refuse.ts'

/**
 * A form that the browser posts to Entra by itself, or by a button where there is no script. `read`: the person must read
 * the sentence first, which Entra would not show them, and presses the button.
 */
export type FormPost = {
  action: string
  fields: Record<string, string>
  sentence: string
  title: string
  read?: boolean
}

/** The answer with a claim (OAuth 2.0 Form Post Response Mode). Custom controls get what their providers were seen to send. */
export function claimForm({ redirectUri, state, asked }: SignIn, idToken: string): FormPost {
  const more: Record<Asked['contract'], Record<string, string>> = {
    'external-mfa': {},
    'custom-control': { token_type: 'Bearer', expires_in: String(TOKEN_LIFE_SECONDS), scope: 'openid' },
  }
  const fields = { ...more[asked.contract], id_token: idToken, state }
  return { action: redirectUri, fields, title: 'Approved', sentence: 'Taking you back to your application.' }
}

/** The answer without one: Entra shows its error, and may let the person try another way. */
export const errorForm = (
  to: { redirectUri: string; state: string },
  error: EntraError,
  sentence: string,
  read = false,
): FormPost => ({
  read,
  action: to.redirectUri,
  fields: { error, state: to.state },
  title: 'No approval',
  sentence,
})

/**
 * Sends the form, under a policy that lets the browser follow Entra's redirect (http/headers.ts). `instead` is the path of
 * what a browser shows that comes back to it.
 */
export function sendForm(
  views: Views,
  policy: RequestHandler,
  request: Parameters<RequestHandler>[0],
  response: Response,
  form: FormPost,
  instead: string,
): void {
  policy(request, response, () => {
    const page = views.render('entra/form-post', { ...form, instead })
    response.set('Cache-Control', 'no-store').type('html').send(page)
  })
}
