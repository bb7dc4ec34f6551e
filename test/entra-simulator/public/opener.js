// Signs in by a popup, as MSAL's loginPopup does: keeps the window, waits for its message, and notices when it is lost.
const form = document.getElementById('sign-in')
const result = document.getElementById('result')
let popup
let watch

const show = (state, ...content) => {
  result.dataset.state = state
  result.replaceChildren(...content)
}

const stop = () => {
  clearInterval(watch)
  watch = undefined
}

form.addEventListener('submit', (event) => {
  if (event.submitter?.name !== 'popup') return
  event.preventDefault()
  const query = new URLSearchParams(new FormData(form, event.submitter))
  popup = window.open(`${form.action}?${query}`, 'sign-in', 'popup,width=520,height=760')
  show('waiting', 'Waiting for the popup…')
  stop()
  let closedFor = 0
  watch = setInterval(() => {
    closedFor = !popup || popup.closed ? closedFor + 1 : 0
    // Its last message may still be on the way when the window is gone.
    if (closedFor < 3) return
    stop()
    show('lost', 'The popup was closed, or cut off from this page, before it reported back.')
  }, 400)
})

window.addEventListener('message', ({ origin, source, data }) => {
  if (origin !== window.location.origin || source !== popup) return
  stop()
  const link = document.createElement('a')
  link.href = data.link
  link.textContent = 'How it was judged'
  show(data.accepted ? 'accepted' : 'refused', `${data.heading}. `, link)
})
