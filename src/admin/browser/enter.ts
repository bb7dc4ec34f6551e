// The page that a one-time link opens: its token is in the fragment, which only this script sees.
import { type PublicKeyCredentialCreationOptionsJSON, startRegistration } from '@simplewebauthn/browser'
import { complain, onPress } from './button.ts'
import { call, Refused } from './call.ts'

type Found = { name: string; role: string; may: string; isNew: boolean }

export function enter(): void {
  const form = document.querySelector<HTMLFormElement>('form[data-enter]')
  const button = form?.querySelector('button')
  if (!form || !button) return
  form.addEventListener('submit', (event) => event.preventDefault())
  // Whoever opens another link in the same tab changes the fragment only.
  window.addEventListener('hashchange', () => location.reload())
  const token = location.hash.slice(1)
  void show(token).then((found) => {
    if (!found) return
    form.hidden = false
    onPress(button, async () => {
      const optionsJSON = await call<PublicKeyCredentialCreationOptionsJSON>('/admin/enter/options', { token })
      const passkey = await startRegistration({ optionsJSON })
      const name = form.querySelector('input')?.value ?? ''
      await call('/admin/enter', { token, name, passkey })
      // No entry of the history keeps the link.
      location.replace('/admin/')
    })
  })
}

/** Says whom the link lets in, or why it does not. */
async function show(token: string): Promise<boolean> {
  const place = document.getElementById('whom')
  const set = (sentence: string): void => {
    if (place) place.textContent = sentence
  }
  try {
    const { name, role, may, isNew } = await call<Found>('/admin/enter/link', { token })
    set(
      isNew
        ? `${name}, you are invited to this console as: ${role}. That role ${may}.`
        : `${name}, this link lets you add a new passkey. Your other sessions end.`,
    )
    return true
  } catch (error) {
    set('')
    // Without a token there is nothing that could be spent or over.
    const isBroken = error instanceof Refused && error.code === 'admin.form'
    complain(isBroken ? 'This link is not complete. Copy all of it, and open it again.' : (error as Error).message)
    return false
  }
}
