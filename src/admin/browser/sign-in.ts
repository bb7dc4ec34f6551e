import { type PublicKeyCredentialRequestOptionsJSON, startAuthentication } from '@simplewebauthn/browser'
import { onPress } from './button.ts'
import { call } from './call.ts'

export function signIn(): void {
  const button = document.querySelector<HTMLButtonElement>('button[data-sign-in]')
  if (!button) return
  onPress(button, async () => {
    const optionsJSON = await call<PublicKeyCredentialRequestOptionsJSON>('/admin/sign-in/options')
    const passkey = await startAuthentication({ optionsJSON })
    await call('/admin/sign-in', { passkey })
    // The service wrote this path, and checked that it is one of the console's.
    location.replace(button.dataset.to ?? '/admin/')
  })
}
