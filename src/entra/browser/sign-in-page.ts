// The sign-in page: learns at once when something was decided, shows what the server says now, counts the time down.
// Old embedded web views run this too (ES2017, no EventSource in some): each feature is asked for before it is used.

const POLL_EVERY = 2000
const SECOND = 1000
/** Who is still here so long after the claim was asked for is not being led anywhere. */
const STRANDED_AFTER = 10_000

let main = document.getElementById('sign-in')
let shownUntil = 0
let sendableAt = 0
let asking = false
let outdated = false
let retry: ReturnType<typeof setTimeout> | undefined
let events: EventSource | undefined
let leaving = false

function attribute(name: string): string {
  return main?.getAttribute(name) || ''
}

/** Brings the page up to date. What is asked for while it is being fetched is fetched afterwards: nothing is missed. */
async function refresh(): Promise<void> {
  outdated = true
  if (asking || leaving) return
  asking = true
  clearTimeout(retry)
  try {
    while (outdated && !leaving) {
      outdated = false
      await takePage()
    }
  } catch (_lost) {
    if (leaving) return
    say(false)
    retry = setTimeout(refresh, POLL_EVERY)
  } finally {
    asking = false
  }
}

/** Takes the page as the server renders it now, and puts it in place of what is shown. */
async function takePage(): Promise<void> {
  const response = await fetch(attribute('data-path'), { credentials: 'same-origin', headers: { Accept: 'text/html' } })
  if (response.status >= 500) throw new Error('the service or its proxy is not there')
  const text = await response.text()
  // The claim was asked for meanwhile. What is here now may ask once more: then the answer that carries it would be dropped.
  if (leaving) return
  const fresh = new DOMParser().parseFromString(text, 'text/html')
  const next = fresh.querySelector('main')
  if (!next || !main?.parentNode) {
    location.reload()
    return
  }
  const typed = typedInvitation()
  const typing = document.activeElement?.id === 'invitation'
  const before = attribute('data-stage')
  document.title = fresh.title
  main.parentNode.replaceChild(document.importNode(next, true), main)
  main = document.querySelector('main')
  keepTyped(typed)
  if (attribute('data-stage') !== before) announce(typing)
  begin()
}

/** Says whether the connection holds, in the page's status line. */
function say(connected: boolean): void {
  tell(connected ? 'Waiting for your phone…' : 'No connection. Trying again…')
}

function tell(words: string): void {
  const status = document.querySelector('[data-status]')
  if (status && status.textContent !== words) status.textContent = words
}

/** Goes for the claim, as the form on the page of an approved sign-in does: one round trip sooner than by way of that page. */
function finish(): void {
  // Who is cut off just now would leave the page for the browser's own error; a fetch is tried again.
  if (!navigator.onLine) void refresh()
  if (leaving || !navigator.onLine) return
  leaving = true
  if (events) events.close()
  tell('Approved. Taking you back to your application…')
  const form = document.createElement('form')
  form.method = 'post'
  form.action = `${attribute('data-path')}/answer`
  document.body.appendChild(form)
  form.submit()
  setTimeout(() => {
    leaving = false
    void refresh()
  }, STRANDED_AFTER)
}

/** Tells screen readers what the page became; the focus goes to the one thing to do. */
function announce(typing: boolean): void {
  const heading = document.querySelector('main h1')
  const place = document.getElementById('announce')
  if (heading && place) place.textContent = heading.textContent
  // Who is typing a code goes on typing.
  const input = typing ? document.getElementById('invitation') : null
  const target = input || document.querySelector('main .primary')
  if (target instanceof HTMLElement) target.focus()
}

function typedInvitation(): string {
  const input = document.getElementById('invitation')
  return input instanceof HTMLInputElement ? input.value : ''
}

function keepTyped(typed: string): void {
  const input = document.getElementById('invitation')
  if (input instanceof HTMLInputElement && typed) {
    input.value = typed
    const details = input.closest('details')
    if (details) details.setAttribute('open', '')
  }
}

/** What the stage wants done at once. */
function begin(): void {
  const left = document.querySelector('[data-time-left]')
  const again = document.querySelector('[data-again-after]')
  sendableAt = again ? performance.now() + Number(again.getAttribute('data-again-after')) : 0
  shownUntil = left ? performance.now() + Number(left.getAttribute('data-time-left')) : 0
  countDown()
  if (events && !main?.hasAttribute('data-live')) events.close()
  const answer = document.querySelector('[data-answer]')
  if (answer instanceof HTMLFormElement) {
    leaving = true
    answer.submit()
  }
}

function words(seconds: number): string {
  if (seconds >= 60) {
    const minutes = Math.floor(seconds / 60)
    return `${minutes + (minutes === 1 ? ' minute ' : ' minutes ') + (seconds % 60)} seconds left`
  }
  return seconds + (seconds === 1 ? ' second left' : ' seconds left')
}

function countDown(): void {
  countUp()
  if (shownUntil === 0) return
  const seconds = Math.max(0, Math.ceil((shownUntil - performance.now()) / SECOND))
  const place = document.querySelector('[data-words]')
  if (place) place.textContent = words(seconds)
  if (seconds === 0) {
    shownUntil = 0
    void refresh()
  }
}

/** "Send again" says when it works. Pressed too early it does nothing: the server would say the same. */
function countUp(): void {
  const button = document.querySelector('[data-again-after]')
  const place = document.querySelector('[data-again-words]')
  if (!button || !place) return
  const seconds = Math.max(0, Math.ceil((sendableAt - performance.now()) / SECOND))
  button.setAttribute('aria-disabled', String(seconds > 0))
  const said = seconds === 0 ? '' : ` (in ${seconds} ${seconds === 1 ? 'second' : 'seconds'})`
  if (place.textContent !== said) place.textContent = said
}

function isNew(version: number): boolean {
  return version !== Number(attribute('data-version'))
}

async function poll(): Promise<void> {
  try {
    const response = await fetch(`${attribute('data-path')}/version`, { credentials: 'same-origin' })
    const answer: { version?: number } = await response.json()
    say(true)
    if (answer.version === undefined || isNew(answer.version)) await refresh()
  } catch (_lost) {
    say(false)
  }
  if (main?.hasAttribute('data-live')) setTimeout(poll, POLL_EVERY)
}

function listen(): void {
  const stream = new EventSource(`${attribute('data-path')}/events`)
  events = stream
  stream.addEventListener('version', (event) => {
    say(true)
    if (isNew(Number((event as MessageEvent).data))) void refresh()
  })
  stream.addEventListener('approved', finish)
  stream.onerror = () => {
    say(false)
    // A stream that the browser gave up on is over, or the service is: polling finds out which.
    if (stream.readyState === EventSource.CLOSED) setTimeout(poll, POLL_EVERY)
  }
}

if (main) {
  begin()
  setInterval(countDown, SECOND)
  if (main.hasAttribute('data-live')) {
    if ('EventSource' in window) listen()
    else setTimeout(poll, POLL_EVERY)
  }
  document.addEventListener('submit', (event) => {
    const button = (event.target as Element).querySelector('[data-again-after]')
    if (button?.getAttribute('aria-disabled') === 'true') event.preventDefault()
  })
  window.addEventListener('offline', () => say(false))
  // A stream from before may be dead without anybody having noticed.
  window.addEventListener('online', () => {
    if (!events || !main?.hasAttribute('data-live')) return
    events.close()
    listen()
  })
  // A page that comes back from the browser's memory may show what was true an hour ago.
  window.addEventListener('pageshow', (event) => {
    if (!event.persisted) return
    leaving = false
    void refresh()
  })
}
