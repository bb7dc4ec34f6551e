import { WebAuthnError } from '@simplewebauthn/browser'
import { Refused } from './call.ts'

/** Why a passkey was not made or used, in words that help. */
export function troubleOf(error: unknown): string {
  if (error instanceof Refused) return error.message
  if (error instanceof WebAuthnError) {
    switch (error.code) {
      case 'ERROR_INVALID_DOMAIN':
      case 'ERROR_INVALID_RP_ID':
        return 'Passkeys do not work at this address. Open Countersign by its host name, over https (or at localhost).'
      case 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED':
        return 'This device has a passkey for you already. Use that one, or another device.'
      case 'ERROR_AUTHENTICATOR_MISSING_USER_VERIFICATION_SUPPORT':
      case 'ERROR_AUTHENTICATOR_MISSING_DISCOVERABLE_CREDENTIAL_SUPPORT':
        return 'This security key cannot hold a passkey. Set a PIN on it, or use another one.'
    }
  }
  const name = error instanceof Error ? error.name : ''
  if (name === 'NotAllowedError' || name === 'AbortError')
    return 'Nothing was done: it was cancelled, or it took too long.'
  return 'Your browser could not use a passkey. Try again, or try another browser.'
}

/** Whether this browser has passkeys at all. */
export const hasPasskeys = (): boolean => 'PublicKeyCredential' in window && 'credentials' in navigator

export const NO_PASSKEYS = 'This browser has no passkeys. Use another one, or a newer version of this one.'
