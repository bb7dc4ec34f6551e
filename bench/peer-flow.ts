import { performance } from 'node:perf_hooks'
import { type Client, createCookies } from './client.ts'
import type { Flow } from './load.ts'

/** What Entra would send, as long as it is. */
const FORM = new URLSearchParams({
  ...{ client_id: 'entra', response_type: 'id_token', response_mode: 'form_post', scope: 'openid' },
  redirect_uri: 'https://login.microsoftonline.com/common/federation/externalauthprovider',
  ...{ nonce: 'n'.repeat(180), state: 's'.repeat(400), id_token_hint_like: 'h'.repeat(1400) },
  claims: JSON.stringify({
    id_token: {
      acr: { essential: true, values: ['possessionorinherence'] },
      amr: { essential: true, values: ['pop'] },
    },
  }),
}).toString()
const POSTED = { 'content-type': 'application/x-www-form-urlencoded' }

/** A whole flow at the peer, in a browser of its own. The person waits for all of it. */
export const peerFlow =
  (client: Client): Flow =>
  async () => {
    const began = performance.now()
    const cookies = createCookies()
    let answer = await client.ask('/auth', { method: 'POST', headers: POSTED, body: FORM })
    while (answer.headers.location) {
      cookies.take(answer)
      const { pathname, search } = new URL(answer.headers.location, 'http://peer')
      answer = await client.ask(`${pathname}${search}`, { headers: cookies.header() })
    }
    if (!answer.text.includes('name="id_token"'))
      throw new Error(`no token of the peer: ${answer.status} ${answer.text}`)
    return performance.now() - began
  }
