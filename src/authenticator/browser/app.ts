// The frame around the views: which one is shown, where the focus goes, and what is said about the connection.
import type { Accounts } from './accounts.ts'
import type { Child } from './element.ts'
import { homeView } from './home-view.ts'
import type { Push } from './push.ts'

/**
 * `update` runs after every change of what the phone knows, `close` when the view goes. `signInId`: the sign-in that it is
 * about.
 */
export type View = {
  title: string
  content: Child[]
  focus?: HTMLElement
  signInId?: string
  update?: () => void
  close?: () => void
}
export type App = {
  accounts: Accounts
  push: Push
  host: string
  show: (view: View) => void
  home: () => void
  isShowing: (signInId: string) => boolean
  /** Says a sentence to people who hear the page. */
  announce: (text: string) => void
}

export function createApp(accounts: Accounts, push: Push): App & { changed: () => void } {
  const place = document.getElementById('view')!
  const connection = document.getElementById('connection')!
  const announcer = document.getElementById('announcer')!
  let current: View | undefined

  function draw(view: View): void {
    const first = current === undefined
    current?.close?.()
    current = view
    place.replaceChildren(...view.content.filter((child): child is Node | string => Boolean(child)))
    document.title = `${view.title} · Countersign`
    announcer.textContent = ''
    if (first) return
    window.scrollTo(0, 0)
    const target = view.focus ?? place.querySelector('h1')
    target?.focus()
  }

  const app = {
    accounts,
    push,
    host: location.host,
    show(view: View): void {
      // One step below home, so that the phone's back gesture returns there instead of leaving the app.
      if (current && !history.state?.below) history.pushState({ below: true }, '')
      draw(view)
    },
    home(): void {
      if (history.state?.below) history.back()
      else draw(homeView(app))
    },
    isShowing: (signInId: string) => current?.signInId === signInId,
    announce(text: string): void {
      announcer.textContent = text
    },
    changed(): void {
      const text = accounts.isConnected() ? '' : `No connection to ${app.host}. Trying again…`
      if (connection.textContent !== text) connection.textContent = text
      current?.update?.()
    },
  }
  window.addEventListener('popstate', () => draw(homeView(app)))
  return app
}
