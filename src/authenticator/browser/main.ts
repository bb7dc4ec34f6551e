import { accountStore } from './account-store.ts'
import { createAccounts } from './accounts.ts'
import { createApp } from './app.ts'
import { confirmView } from './confirm-view.ts'
import { createDeviceClient } from './device-client.ts'
import { homeView } from './home-view.ts'
import { impossible } from './impossible.ts'
import { impossibleView } from './impossible-view.ts'
import type { WorkerMessage } from './notification-data.ts'
import { openSignIn, readSignIn } from './open-sign-in.ts'
import { createPush } from './push.ts'
import { readTicket } from './short-code.ts'

/** It leaves the address bar at once: a ticket shall not stay in the history or be shared with the page. */
function takeFragment(): { ticket: string | undefined; signInId: string | undefined } {
  const { hash } = location
  if (hash !== '') history.replaceState(null, '', location.pathname)
  return { ticket: readTicket(hash), signInId: readSignIn(hash) }
}

async function start(): Promise<void> {
  const fragment = location.hash
  const { ticket, signInId } = takeFragment()
  const client = createDeviceClient({ origin: location.origin, fetch: (...request) => fetch(...request) })
  const accounts = createAccounts({ store: accountStore, client, changed })
  const push = createPush({ accounts, client, changed: () => app.changed() })
  const app = createApp(accounts, push)
  function changed(): void {
    push.accountsChanged()
    app.changed()
  }

  const publicUrl = document.documentElement.dataset.publicUrl!
  const reason = await impossible(publicUrl)
  if (reason !== undefined) {
    const elsewhere = new URL(publicUrl).origin !== location.origin
    return app.show(impossibleView(reason, elsewhere ? `${publicUrl}/authenticator/${fragment}` : undefined))
  }

  const unfinished = await accounts.load()
  if (ticket) app.show(confirmView(app, { ticket }))
  else if (signInId) openSignIn(app, signInId)
  else if (unfinished) app.show(confirmView(app, unfinished.proof, unfinished))
  else app.show(homeView(app))

  window.addEventListener('hashchange', () => {
    const taken = takeFragment()
    if (taken.ticket) app.show(confirmView(app, { ticket: taken.ticket }))
    else if (taken.signInId) openSignIn(app, taken.signInId)
  })
  const wake = () => {
    const awake = document.visibilityState === 'visible'
    void accounts.wake(awake)
    if (awake) void push.wake()
  }
  document.addEventListener('visibilitychange', wake)
  window.addEventListener('online', wake)
  navigator.serviceWorker?.addEventListener('message', ({ data }: MessageEvent<WorkerMessage>) => {
    if (data.say === 'open') openSignIn(app, data.signInId)
    else void accounts.wake(document.visibilityState === 'visible')
  })
  void navigator.serviceWorker
    ?.register('/authenticator/worker.js', { scope: '/authenticator/' })
    .catch(() => undefined)
  void push.wake()
}

void start()
