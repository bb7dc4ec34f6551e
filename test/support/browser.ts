// A browser as far as HTTP goes: keeps cookies, follows redirects, reads pages. Journeys in a real one are elsewhere.
import type { EntraAttempt } from '../entra-simulator/make-attempt.ts'
import type { EntraSimulator } from '../entra-simulator/start-entra-simulator.ts'

export type Page = { status: number; url: string; text: string; headers: Headers }
export type PostedForm = { action: string; fields: Record<string, string> }

export type TestBrowser = ReturnType<typeof createBrowser>

export function createBrowser(
  userAgent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
) {
  const cookies = new Map<string, string>()

  function headersFor(init: RequestInit): Headers {
    const headers = new Headers(init.headers)
    headers.set('user-agent', userAgent)
    if (!headers.has('accept')) headers.set('accept', 'text/html')
    if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    return headers
  }

  async function request(url: string, init: RequestInit = {}): Promise<Page> {
    const response = await fetch(url, { ...init, headers: headersFor(init), redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = (line.split(';')[0] ?? '').split('=')
      if (name) cookies.set(name, value ?? '')
    }
    const location = response.headers.get('location')
    if (response.status === 303 && location) {
      await response.text()
      return request(new URL(location, url).href)
    }
    return { status: response.status, url, text: await response.text(), headers: response.headers }
  }

  const post = (url: string, fields: Record<string, string>): Promise<Page> =>
    request(url, { method: 'POST', body: new URLSearchParams(fields) })

  return {
    cookies,
    request,
    get: (url: string) => request(url),
    post,
    /** Posts a request of Entra, as Entra's page makes the browser do. */
    arrive: (attempt: EntraAttempt) => post(attempt.authorizationEndpoint, attempt.parameters),
    /** Submits a form of a page of ours, by the last part of its action. */
    submit: (page: Page, action: string, fields: Record<string, string> = {}) => post(`${page.url}/${action}`, fields),
    /** Fetches the answer for an approved sign-in: the form that goes to Entra. */
    async answer(page: Page): Promise<PostedForm> {
      return formOf(await post(`${page.url}/answer`, {}))
    },
    /** Waits as the page's script does: each `next` gives the data of one `version` event, undefined at the end. */
    async listen(page: Page) {
      const response = await fetch(`${page.url}/events`, { headers: headersFor({}) })
      if (response.status !== 200 || !response.body) throw new Error(`no event stream (${response.status})`)
      const versions = readVersions(response.body)
      return {
        headers: response.headers,
        next: async (): Promise<number | undefined> => (await versions.next()).value ?? undefined,
        close: () => versions.return(undefined),
      }
    },
  }
}

/** The numbers in the `version` events of a stream (WHATWG HTML section 9.2.6); all else in it is passed over. */
async function* readVersions(body: ReadableStream<Uint8Array>): AsyncGenerator<number, undefined> {
  let text = ''
  for await (const part of body.pipeThrough(new TextDecoderStream())) {
    text += part
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const version = /^event: (?:version|approved)\ndata: (\d+)$/.exec(block)?.[1]
      if (version) yield Number(version)
    }
  }
}

/** The form that a page would post to Entra. */
export function formOf(page: Page): PostedForm {
  const action = /<form method="post" action="([^"]+)" id="to-entra"/.exec(page.text)?.[1]
  if (!action) throw new Error(`no form for Entra on this page (${page.status}): ${page.text.slice(0, 2000)}`)
  const inputs = [...page.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
  return {
    action: unescapeHtml(action),
    fields: Object.fromEntries(inputs.map(([, name, value]) => [unescapeHtml(name ?? ''), unescapeHtml(value ?? '')])),
  }
}

const unescapeHtml = (text: string): string =>
  text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')

/** The number that the page shows; undefined when it shows none. */
export const digitsOn = (page: Page): string | undefined => /data-digits[^>]*>(\d+)</.exec(page.text)?.[1]
export const codeOn = (page: Page): string | undefined => /data-code[^>]*>([^<]+)</.exec(page.text)?.[1]
export const ticketOn = (page: Page): string | undefined => /#ticket=([\w-]+)"/.exec(page.text)?.[1]
export const stageOf = (page: Page): string | undefined => /data-stage="([^"]+)"/.exec(page.text)?.[1]

/** Hands the posted form to the simulator, which judges it. */
export const deliver = (entra: EntraSimulator, attempt: EntraAttempt, form: PostedForm) =>
  entra.receive(attempt.contract, form.fields)
