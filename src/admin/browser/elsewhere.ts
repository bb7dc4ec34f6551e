/**
 * Whether this page was opened at another address than the console's own (127.0.0.1 for localhost, say). Passkeys and
 * sessions are bound to that one, so nothing would work here: the page says where to go, the link's fragment included.
 */
export function isElsewhere(): boolean {
  const home = document.documentElement.dataset.home ?? location.origin
  if (location.origin === home) return false
  const place = document.getElementById('trouble')
  if (place) {
    const link = document.createElement('a')
    link.href = `${home}${location.pathname}${location.search}${location.hash}`
    link.textContent = 'Open it there'
    place.replaceChildren(`This console is at ${home}. `, link, '.')
    place.hidden = false
  }
  return true
}
