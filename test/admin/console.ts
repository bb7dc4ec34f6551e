// The console over HTTP, with a browser's cookies and headers, and administrators who got in as they really do.
import type { Role } from '../../src/administrators/permissions.ts'
import type { AuditEvent } from '../../src/audit/events.ts'
import { type Authenticator, createAuthenticator, type Otherwise } from '../administrators/authenticator.ts'
import { recorded } from '../store/contract/opened-store.ts'
import { createBrowser, type Page, type TestBrowser } from '../support/browser.ts'
import { type Countersign, startCountersign } from '../support/countersign.ts'

export type Answer = { status: number; headers: Headers; body: { code?: string; title?: string } }

/** A browser with an authenticator at hand, and what our pages' scripts do in it. */
export type Desk = ReturnType<typeof createDesk>

/** Headers that every browser sends with a POST of our own page. */
const own = (url: string) => ({ origin: url, 'sec-fetch-site': 'same-origin' })

export const COOKIE = 'cs-admin'

export function createDesk(
  url: string,
  { browser = createBrowser(), key = createAuthenticator(url) }: { browser?: TestBrowser; key?: Authenticator } = {},
) {
  async function send(path: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
    const page = await browser.request(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: page.status, headers: page.headers, body: page.text ? JSON.parse(page.text) : {} }
  }
  const desk = {
    browser,
    key,
    get: (path: string): Promise<Page> => browser.get(`${url}${path}`),
    /** As a page's script posts JSON: with the token of the page that it is on. */
    call: async (path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Answer> =>
      send(path, body, { ...own(url), 'x-csrf-token': await desk.token(), ...headers }),
    /** The same where nobody is signed in. */
    ask: (path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Answer> =>
      send(path, body, { ...own(url), ...headers }),
    /** The token that this session's pages carry; empty without a session. */
    token: async (): Promise<string> => tokenOn(await desk.get('/admin/account')) ?? '',
    /** Submits a form of our page. */
    submit: async (
      path: string,
      fields: Record<string, string> = {},
      headers: Record<string, string> = {},
    ): Promise<Page> =>
      browser.request(`${url}${path}`, {
        method: 'POST',
        headers: { ...own(url), ...headers },
        body: new URLSearchParams({ _csrf: await desk.token(), ...fields }),
      }),
    async enter(link: string, otherwise: Otherwise = {}): Promise<Answer> {
      const token = new URL(link).hash.slice(1)
      const options = await desk.ask('/admin/enter/options', { token })
      if (options.status !== 200) return options
      return desk.ask('/admin/enter', {
        token,
        name: 'Test key',
        passkey: key.create(options.body as never, otherwise),
      })
    },
    async signIn(otherwise: Otherwise = {}): Promise<Answer> {
      const options = await desk.ask('/admin/sign-in/options')
      if (options.status !== 200) return options
      return desk.ask('/admin/sign-in', { passkey: key.get(options.body as never, otherwise) })
    },
    async stepUp(otherwise: Otherwise = {}): Promise<Answer> {
      const options = await desk.call('/admin/step-up/options')
      if (options.status !== 200) return options
      return desk.call('/admin/step-up', { passkey: key.get(options.body as never, otherwise) })
    },
    /** The secret in the cookie; undefined when there is none. */
    cookie: (): string | undefined => browser.cookies.get(COOKIE) || undefined,
    isIn: async (): Promise<boolean> => (await desk.get('/admin/account')).url.endsWith('/admin/account'),
  }
  return desk
}

export const tokenOn = (page: Page): string | undefined => /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1]

export type Console = Countersign & {
  desk(parts?: { browser?: TestBrowser; key?: Authenticator }): Desk
  /** Somebody new, invited from the command line, who got in with their first passkey. */
  admitted(role: Role, name?: string): Promise<Desk & { id: string }>
  events(): Promise<AuditEvent[]>
}

export async function startConsole(options: Parameters<typeof startCountersign>[0] = {}): Promise<Console> {
  const countersign = await startCountersign(options)
  const { administrators, stores } = countersign.service.capabilities
  const desk: Console['desk'] = (parts) => createDesk(countersign.url, parts)
  return Object.assign(countersign, {
    desk,
    async admitted(role: Role, name = `A ${role}`) {
      const at = desk()
      const { url } = await administrators.invite({ name, role }, 'command-line')
      const entered = await at.enter(url)
      if (entered.status !== 200) throw new Error(`not admitted: ${JSON.stringify(entered.body)}`)
      const id = (await administrators.list()).at(-1)?.id ?? ''
      return Object.assign(at, { id })
    },
    /** What was recorded, but for sign-ins whose time was over: the service writes that down whenever it gets to it. */
    events: async () => (await recorded(stores)).filter(({ type }) => type !== 'signin.expired'),
  })
}
