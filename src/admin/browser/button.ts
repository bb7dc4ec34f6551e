import { hasPasskeys, NO_PASSKEYS, troubleOf } from './trouble.ts'

/** Says something in the page's alert, which screen readers read out. */
export function complain(sentence: string): void {
  const place = document.getElementById('trouble')
  if (!place) return
  place.textContent = sentence
  place.hidden = sentence === ''
}

/** Makes a button run a passkey ceremony: once at a time, and with its trouble told. */
export function onPress(button: HTMLButtonElement, ceremony: () => Promise<void>): void {
  if (!hasPasskeys()) {
    complain(NO_PASSKEYS)
    return
  }
  button.disabled = false
  button.addEventListener('click', async () => {
    complain('')
    button.disabled = true
    try {
      await ceremony()
    } catch (error) {
      complain(troubleOf(error))
    } finally {
      button.disabled = false
    }
  })
}
