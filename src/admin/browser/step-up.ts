import { type PublicKeyCredentialRequestOptionsJSON, startAuthentication } from '@simplewebauthn/browser'
import { onPress } from './button.ts'
import { call, Refused } from './call.ts'

/** Proves once more who is there. */
export async function stepUp(): Promise<void> {
  const optionsJSON = await call<PublicKeyCredentialRequestOptionsJSON>('/admin/step-up/options')
  const passkey = await startAuthentication({ optionsJSON })
  await call('/admin/step-up', { passkey })
}

/** The page that stands before what is dangerous: after the proof it posts what was to be posted. */
export function stepUpPage(): void {
  const button = document.querySelector<HTMLButtonElement>('button[data-step-up]')
  const form = document.querySelector<HTMLFormElement>('form[data-kept]')
  if (!button || !form) return
  onPress(button, async () => {
    await stepUp()
    form.submit()
  })
}

/** Runs what needs a fresh proof; asks for one where it is missing, and runs it again. */
export async function withProof<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== 'admin.step-up') throw error
    await stepUp()
    return act()
  }
}
