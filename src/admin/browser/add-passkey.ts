import { type PublicKeyCredentialCreationOptionsJSON, startRegistration } from '@simplewebauthn/browser'
import { onPress } from './button.ts'
import { call } from './call.ts'
import { withProof } from './step-up.ts'

export function addPasskey(): void {
  const form = document.querySelector<HTMLFormElement>('form[data-add-passkey]')
  const button = form?.querySelector('button')
  if (!form || !button) return
  form.addEventListener('submit', (event) => event.preventDefault())
  onPress(button, async () => {
    const options = () => call<PublicKeyCredentialCreationOptionsJSON>('/admin/account/passkeys/options')
    const passkey = await startRegistration({ optionsJSON: await withProof(options) })
    const name = form.querySelector<HTMLInputElement>('input[name="name"]')?.value ?? ''
    await call('/admin/account/passkeys', { name, passkey })
    location.assign('/admin/account?done=passkey-added')
  })
}
