// Runs in the popup after its journey through three origins: tells the page that opened it, and closes.
const verdict = document.getElementById('verdict')
if (window.opener) {
  const accepted = verdict.dataset.accepted === 'true'
  const { origin, href } = window.location
  const [link] = href.split('&popup')
  const heading = verdict.querySelector('h1').textContent
  window.opener.postMessage({ accepted, code: verdict.dataset.code, heading, link }, origin)
  window.close()
} else {
  document.getElementById('lost').hidden = false
}
