// Keeps what the page shows current: every element with `data-live` and an id. The page is fetched again as it is, with
// a header that keeps its session from being prolonged by it (frame.ts): whoever walks away is signed out all the same.
import { isInUse, whereFocusGoes } from './in-use.ts'

const EVERY = 5000
/** A service that does not answer in this time is not reached. */
const PATIENCE = 10_000

/** What the service said last of a region: its content, and what in it is read out when it changes. */
type Said = { html: string; aloud: string[] }

const regionsIn = (root: ParentNode): HTMLElement[] => [...root.querySelectorAll<HTMLElement>('[data-live][id]')]

const saidOf = (region: Element): Said => ({
  html: region.innerHTML,
  aloud: [...region.querySelectorAll('[data-live-announce]')].map((one) => one.textContent?.trim() ?? ''),
})

/** Begins. `dress` is called with every region that got new content, to make it what a loaded page is. */
export function live(dress: (region: HTMLElement) => void): void {
  // What a form answered is not what this address answers: such a page is left alone.
  if (!document.querySelector('[data-live-page]') || regionsIn(document).length === 0) return
  // Compared with what the service said, not with what the page's scripts made of it.
  const known = new Map<string, Said>(regionsIn(document).map((region) => [region.id, saidOf(region)]))
  const note = addNote()
  let timer: number | undefined
  let fetching: AbortController | undefined
  let isOver = false

  function take(answered: Document): void {
    const aloud: string[] = []
    for (const region of regionsIn(document)) {
      const fresh = answered.getElementById(region.id)
      if (!fresh) continue
      const said = saidOf(fresh)
      const before = known.get(region.id)
      if (before?.html === said.html || isInUse(region, fresh)) continue
      known.set(region.id, said)
      // What was read out before is not read out again.
      aloud.push(...said.aloud.filter((words) => !before?.aloud.includes(words)))
      const focus = whereFocusGoes(region)
      region.replaceChildren(...fresh.childNodes)
      dress(region)
      focus()
    }
    const place = document.getElementById('announce')
    if (place && aloud.length > 0) place.textContent = aloud.join(' ')
  }

  function end(...sentence: (string | Node)[]): void {
    isOver = true
    note.replaceChildren(...sentence)
  }

  async function look(): Promise<void> {
    const mine = new AbortController()
    fetching = mine
    try {
      const response = await fetch(location.href, {
        headers: { 'Countersign-Live': '1', Accept: 'text/html' },
        // Whoever is signed out is led away; that page is not wanted here.
        redirect: 'manual',
        cache: 'no-store',
        signal: AbortSignal.any([mine.signal, AbortSignal.timeout(PATIENCE)]),
      })
      if (response.type === 'opaqueredirect') return end('You were signed out. ', linkTo(signInPath(), 'Sign in again'))
      if (response.status === 403 || response.status === 404)
        return end('This page is not what it was. ', linkTo(location.href, 'Reload it'))
      if (!response.ok) throw new Error(`answered ${response.status}`)
      take(new DOMParser().parseFromString(await response.text(), 'text/html'))
      note.replaceChildren()
    } catch {
      // Said once: what stands there already is not read out again.
      const sentence = 'Countersign cannot be reached. What you see may be out of date; this page goes on trying.'
      if (!mine.signal.aborted && note.textContent !== sentence) note.textContent = sentence
    }
  }

  function wait(): void {
    window.clearTimeout(timer)
    if (!isOver && document.visibilityState === 'visible') timer = window.setTimeout(lookNow, EVERY)
  }
  async function lookNow(): Promise<void> {
    window.clearTimeout(timer)
    fetching?.abort()
    await look()
    wait()
  }
  function stop(): void {
    window.clearTimeout(timer)
    fetching?.abort()
  }

  document.addEventListener('visibilitychange', () => {
    if (isOver) return
    if (document.visibilityState === 'visible') void lookNow()
    else stop()
  })
  // Whoever leaves lets go of what is being fetched: that is no lost connection. They may come back to this very page.
  window.addEventListener('pagehide', stop)
  window.addEventListener('pageshow', (event) => {
    if (event.persisted && !isOver) void lookNow()
  })
  wait()
}

const signInPath = (): string => `/admin/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`

function linkTo(href: string, words: string): HTMLAnchorElement {
  const link = document.createElement('a')
  link.href = href
  link.textContent = words
  return link
}

/** Where it is said that the page is not kept current any more. Empty, it is not seen. */
function addNote(): HTMLElement {
  const note = document.createElement('p')
  note.className = 'live-note'
  note.setAttribute('role', 'status')
  document.body.append(note)
  return note
}
