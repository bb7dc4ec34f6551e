// From a tapped notification to the sign-in that it told of.
import type { App, View } from './app.ts'
import { DeviceRefusal, NoConnection } from './device-errors.ts'
import { element } from './element.ts'
import { endedView } from './outcome-view.ts'
import { button, heading } from './parts.ts'
import { promptView } from './prompt-view.ts'
import { isOpen } from './waiting.ts'

const PAUSE = 1500

/** The sign-in that an address of ours (`#sign-in=…`) names. */
export function readSignIn(fragment: string): string | undefined {
  return /^#sign-in=([\w-]{1,64})$/.exec(fragment)?.[1]
}

/** Shows the sign-in. What is typed already, when it is on the screen, stays. */
export function openSignIn(app: App, signInId: string): void {
  if (!app.isShowing(signInId)) app.show(promptFor(app, signInId) ?? searchView(app, signInId))
}

function promptFor(app: App, signInId: string): View | undefined {
  for (const entry of app.accounts.all()) {
    const found = entry.waiting.find((one) => one.shown.signInId === signInId && isOpen(one))
    if (found) return promptView(app, entry, found)
  }
  return undefined
}

/** Stays until the service was asked for every account: what is then not listed is over. */
function searchView(app: App, signInId: string): View {
  let open = true

  function update(): void {
    const found = open && promptFor(app, signInId)
    if (found) app.show(found)
  }

  async function search(): Promise<void> {
    while (open) {
      try {
        await app.accounts.askAll()
        if (open) app.show(endedView(app, 'Its time is over, or it was decided elsewhere.'))
      } catch (error) {
        // The frame says that the connection is lost. A fault of the service may pass too.
        if (!(error instanceof NoConnection || error instanceof DeviceRefusal)) throw error
        await new Promise((resolve) => setTimeout(resolve, PAUSE))
      }
    }
  }

  void search()
  return {
    title: 'Opening…',
    signInId,
    content: [
      heading('Opening the sign-in…'),
      element('p', {}, 'This phone asks what is waiting for you.'),
      button('secondary', 'Show my accounts', app.home),
    ],
    update,
    close() {
      open = false
    },
  }
}
