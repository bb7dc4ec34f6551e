// Browsers may throw stored keys away. What follows from that is said, not hidden.
import { isApplePhone } from './device-label.ts'
import { element } from './element.ts'
import { note } from './parts.ts'

/** Asks the browser to keep the keys for good. Some ask the person, some decide alone. */
export async function askToKeepKeys(): Promise<void> {
  await navigator.storage?.persist?.().catch(() => false)
}

function isInstalled(): boolean {
  return matchMedia('(display-mode: standalone)').matches || (navigator as { standalone?: boolean }).standalone === true
}

export function isApplePage(): boolean {
  return isApplePhone(navigator) && !isInstalled()
}

/** Nothing when the browser promised to keep the keys. */
export async function keepingNote(): Promise<HTMLElement | undefined> {
  const kept = (await navigator.storage?.persisted?.().catch(() => false)) ?? false
  if (kept) return undefined
  // On Apple's phones an installed app starts empty, so installing now would not carry the key over.
  const advice = isApplePage()
    ? 'Safari deletes it when you do not open this page for 7 days. To keep it, add this page to the Home Screen, open it there, and add your account again by typing its code.'
    : isInstalled()
      ? 'It may do so when storage runs short.'
      : 'It may do so when storage runs short. Install this app on the home screen to prevent that.'
  return note(
    'quiet',
    element('h2', {}, 'Your browser may throw this key away'),
    element('p', {}, advice),
    element(
      'p',
      {},
      'In a private window the key is gone when you close the window. Set up another way to sign in as well, so that you are never locked out.',
    ),
  )
}
