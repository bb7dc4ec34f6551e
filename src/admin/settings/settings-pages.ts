// What the service runs with: its settings, as config.ts resolved them, and what it is. Nothing is changed here.
import type { Skew } from '../../base/clock-skew.ts'
import type { Handler } from '../frame.ts'
import type { AdminDeps, Wiring } from '../wiring.ts'

/** A sentence of the README's table: what stands in backquotes is code. */
const partsOf = (meaning: string): { text: string; isCode: boolean }[] =>
  meaning.split('`').map((text, i) => ({ text, isCode: i % 2 === 1 }))

/** `1.4 MB`, as a file manager says it. */
export function sizeWords(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1)
  const value = bytes / 1000 ** power
  return `${value >= 100 || power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power]}`
}

/** Measured to a second or so: what is below that is agreement. */
export function clockWords(skew: Skew | undefined): string {
  if (!skew) return 'not measured yet'
  const seconds = Math.floor(Math.abs(skew.milliseconds) / 1000)
  if (seconds === 0) return 'agrees'
  return `at least ${seconds} s ${skew.milliseconds > 0 ? 'behind' : 'ahead'}`
}

export function addSettingsPages({ get, frame }: Wiring, { shown, push, skew, publicUrl }: AdminDeps): void {
  const show: Handler = async ({ show }) => {
    const { engine, schema, bytes } = await shown.store()
    show('admin/settings/settings', {
      title: 'Settings',
      facts: [
        { name: 'Version', value: shown.version },
        { name: 'Node.js', value: shown.nodeVersion },
        { name: 'Public URL', value: publicUrl },
        { name: 'Store', value: `${engine}, ${sizeWords(bytes)}` },
        { name: 'Schema', value: String(schema) },
        { name: 'Clock, beside Microsoft’s', value: clockWords(skew.current()) },
        { name: 'Push to native apps (FCM)', value: push.kinds.includes('fcm') ? 'on' : 'off' },
        { name: 'Push public key (VAPID)', value: push.vapidPublicKey },
      ],
      settings: shown.settings.map(({ meaning, ...setting }) => ({ ...setting, meaning: partsOf(meaning) })),
    })
  }
  get('/admin/settings', frame.only('read', show))
}
