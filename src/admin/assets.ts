import { fileURLToPath } from 'node:url'
import { type Asset, bundleScript, fileAsset, hashedAsset, styleAsset } from '../http/assets.ts'
import { createViews, type Views } from '../http/views.ts'

const PREFIX = '/admin/assets'
const VIEWS = new URL('../../views/', import.meta.url)

/** One sheet, made of these in order. */
const STYLES = ['style.css', 'overview.css', 'tokens.css', 'integrations.css', 'people.css', 'entra-sign-in.css']

/** The console's script, style and icon, and the views that know where they are. Refusals are dressed as its pages are. */
export async function loadAssets(told: {
  publicUrl: string
  command: string
}): Promise<{ assets: Asset[]; views: Views }> {
  const source = fileURLToPath(new URL('browser/main.ts', import.meta.url))
  const script = hashedAsset(
    PREFIX,
    'console',
    'js',
    'text/javascript; charset=utf-8',
    await bundleScript(source, 'es2022'),
  )
  const style = await styleAsset(PREFIX, 'console', ...STYLES.map((name) => new URL(`admin/${name}`, VIEWS)))
  const icon = await fileAsset(PREFIX, 'icon', 'svg', 'image/svg+xml', new URL('entra/icon.svg', VIEWS))
  const views = createViews({ assets: { script: script.url, style: style.url, icon: icon.url }, ...told })
  return {
    assets: [script, style, icon],
    views: { render: (name, facts) => views.render(name === 'notice' ? 'admin/notice' : name, facts) },
  }
}
