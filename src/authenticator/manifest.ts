import type { Asset } from '../http/assets.ts'

/** What phones need to install the app. The icons' file names tell their size and use. */
export function createManifest(icons: Asset[]): string {
  return JSON.stringify({
    id: '/authenticator/',
    name: 'Countersign',
    short_name: 'Countersign',
    description: 'Confirm your sign-ins at work',
    start_url: '/authenticator/',
    scope: '/authenticator/',
    display: 'standalone',
    lang: 'en',
    background_color: '#f3f6f6',
    theme_color: '#0b6468',
    icons: icons.map((icon) => describe(icon)),
  })
}

function describe(icon: Asset): { src: string; sizes: string; type: string; purpose: string } {
  const size = /icon-(?:maskable-)?(\d+)\./.exec(icon.url)?.[1]
  return {
    src: icon.url,
    sizes: size ? `${size}x${size}` : 'any',
    type: icon.type,
    purpose: icon.url.includes('maskable') ? 'maskable' : 'any',
  }
}
