import { accountStore } from './account-store.ts'
import { createAccounts } from './accounts.ts'
import { createApp } from './app.ts'
import { confirmView } from './confirm-view.ts'
import { createDeviceClient } from './device-client.ts'
import { homeView } from './home-view.ts'
import { impossible } from './impossible.ts'
import { impossibleView } from './impossible-view.ts'
import { readTicket } from './short-code.ts'

/** The ticket leaves the address bar at once: it shall not stay in the history or be shared with the page. */
function takeTicket(): string | undefined {
  const ticket = readTicket(location.hash)
  if (location.hash !== '') history.replaceState(null, '', location.pathname)
  return ticket
}

async function start(): Promise<void> {
  const fragment = location.hash
  const ticket = takeTicket()
  const client = createDeviceClient({ origin: location.origin, fetch: (...request) => fetch(...request) })
  const accounts = createAccounts({ store: accountStore, client, changed: () => app.changed() })
  const app = createApp(accounts)

  const publicUrl = document.documentElement.dataset.publicUrl!
  const reason = await impossible(publicUrl)
  if (reason !== undefined) {
    const elsewhere = new URL(publicUrl).origin !== location.origin
    return app.show(impossibleView(reason, elsewhere ? `${publicUrl}/authenticator/${fragment}` : undefined))
  }

  const unfinished = await accounts.load()
  if (ticket) app.show(confirmView(app, { ticket }))
  else if (unfinished) app.show(confirmView(app, unfinished.proof, unfinished))
  else app.show(homeView(app))

  window.addEventListener('hashchange', () => {
    const another = takeTicket()
    if (another) app.show(confirmView(app, { ticket: another }))
  })
  const wake = () => void accounts.wake(document.visibilityState === 'visible')
  document.addEventListener('visibilitychange', wake)
  window.addEventListener('online', wake)
  void navigator.serviceWorker
    ?.register('/authenticator/worker.js', { scope: '/authenticator/' })
    .catch(() => undefined)
}

void start()
