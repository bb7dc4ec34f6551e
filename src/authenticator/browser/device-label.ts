import type { DeviceLabel } from '../../device-api/contract.ts'

export type BrowserTraits = { userAgent: string; maxTouchPoints: number; model?: string }

/** What the browser tells of itself, as a first suggestion: the person can change the name. */
export function suggestLabel(traits: BrowserTraits): DeviceLabel {
  const system = systemOf(traits)
  return { name: deviceName(system, traits), platform: `${browserOf(traits.userAgent)} on ${system}` }
}

export function isApplePhone(traits: BrowserTraits): boolean {
  return systemOf(traits).startsWith('iP')
}

function systemOf({ userAgent, maxTouchPoints }: BrowserTraits): string {
  if (/iPhone|iPod/.test(userAgent)) return 'iPhone'
  // An iPad calls itself a Mac; no Mac has a touch screen.
  if (/iPad/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)) return 'iPad'
  if (/Android/.test(userAgent)) return 'Android'
  if (/Windows/.test(userAgent)) return 'Windows'
  if (/CrOS/.test(userAgent)) return 'ChromeOS'
  if (/Macintosh/.test(userAgent)) return 'macOS'
  return /Linux/.test(userAgent) ? 'Linux' : 'an unknown system'
}

function browserOf(userAgent: string): string {
  if (/Firefox|FxiOS/.test(userAgent)) return 'Firefox'
  if (/Edg(e|A|iOS)?\//.test(userAgent)) return 'Edge'
  if (/SamsungBrowser/.test(userAgent)) return 'Samsung Internet'
  if (/Chrome|CriOS|Chromium/.test(userAgent)) return 'Chrome'
  return /Safari/.test(userAgent) ? 'Safari' : 'Browser'
}

function deviceName(system: string, { userAgent, model }: BrowserTraits): string {
  if (system === 'iPhone' || system === 'iPad') return system
  if (system === 'Android') {
    const told = model || /Android [^;)]+; ([^;)]+?)(?: Build\/[^;)]*)?[;)]/.exec(userAgent)?.[1]?.trim()
    // "K" is what browsers write when they hide the model; Firefox writes "Mobile".
    return told && !/^(K|Mobile|Tablet|rv:.*)$/.test(told) ? told.slice(0, 60) : 'Android phone'
  }
  if (system === 'macOS') return 'Mac'
  return system === 'an unknown system' ? 'This device' : `${system} computer`
}
