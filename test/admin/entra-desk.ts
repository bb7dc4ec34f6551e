// A desk whose administrator signs in with Entra: there, at the simulator, and back.
import type { Page } from '../support/browser.ts'
import { ADA, APP, TENANT } from '../support/countersign.ts'
import type { Console, Desk } from './console.ts'

export const SECRET = 'the-value-of-a-client-secret~1'
export const CONNECT = '/admin/entra-sign-in'

/** Registers the application at the simulated Entra, as the console's page says. */
export function registerAtEntra(
  { entra, url }: Console,
  roles: Record<string, string[]>,
  change: { tenantId?: string; clientId?: string; authTime?: boolean } = {},
): void {
  entra.administrators.register({
    ...{ tenantId: TENANT, clientId: APP, secret: SECRET, redirectUris: [`${url}/admin/entra/callback`], roles },
    ...change,
  })
}

/** What an owner types. */
export const typed = (change: Record<string, string> = {}): Record<string, string> => ({
  ...{ version: '0', cloud: 'local', tenant: TENANT, client: APP, secret: SECRET },
  'role-owner': 'Countersign.Owner',
  'role-helpdesk': 'Countersign.Helpdesk',
  'role-viewer': 'Countersign.Viewer',
  ...change,
})

/** Where a page of ours leads a browser to; throws when it leads nowhere. */
export function leadsTo(page: Page): string {
  const to = /^0;url=(.+)$/.exec(page.headers.get('refresh') ?? '')?.[1]
  if (!to) throw new Error(`this page leads nowhere (${page.status}): ${page.text.slice(0, 3000)}`)
  return to
}

/** Presses the button on the sign-in page. */
export const press = (desk: Desk, console: Console, to = '/admin/account'): Promise<Page> =>
  desk.browser.request(`${console.url}/admin/entra`, {
    method: 'POST',
    headers: { origin: console.url },
    body: new URLSearchParams({ to }),
  })

/** Signs in at Entra as somebody, from a page that leads there, and comes back. */
export async function atEntra(console: Console, desk: Desk, page: Page, objectId: string): Promise<Page> {
  return desk.browser.get(await console.entra.administrators.signIn(leadsTo(page), objectId))
}

/** The whole way, in a browser of its own. */
export async function signedIn(console: Console, objectId: string, desk = console.desk()) {
  const page = await atEntra(console, desk, await press(desk, console), objectId)
  return Object.assign(desk, { page })
}

export const version = async (console: Console): Promise<string> =>
  String((await console.service.capabilities.administrators.entra.settings.read()).version)

/** An owner with a passkey who connected Entra and proved it, as Ada, who is an owner there. */
export async function connected(console: Console, roles: Record<string, string[]> = {}, change = {}): Promise<Desk> {
  registerAtEntra(console, { [ADA.objectId]: ['Countersign.Owner'], ...roles })
  const owner = await console.admitted('owner', 'First owner')
  const saved = await owner.submit(CONNECT, typed(change))
  if (!saved.text.includes('not yet proven')) throw new Error(`not saved: ${saved.text}`)
  const back = await atEntra(console, owner, await owner.submit(`${CONNECT}/prove`), ADA.objectId)
  if (!back.text.includes('Administrators can sign in with Entra now')) throw new Error(`not proven: ${back.text}`)
  return owner
}
