// The web app on the phone: its page, its files and its service worker. All of it is the same for everybody.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Eta } from 'eta'
import type { Router } from 'express'
import express from 'express'
import { type Asset, bundleScript, fileAsset, hashedAsset, namedAsset, styleAsset } from '../http/assets.ts'
import { serveAssets } from '../http/serve-assets.ts'
import { createManifest } from './manifest.ts'

const HOME = '/authenticator'
const VIEWS = new URL('../../views/authenticator/', import.meta.url)
const ICON_SIZES = ['180', '192', '512', 'maskable-192', 'maskable-512']

export async function createAuthenticator(options: { publicUrl: string }): Promise<Router> {
  const script = await bundleScript(sourceFile('browser/main.ts'), 'es2022')
  const scriptAsset = hashedAsset(HOME, 'app', 'js', 'text/javascript; charset=utf-8', script)
  const style = await styleAsset(HOME, 'app', new URL('authenticator.css', VIEWS))
  const icons = await loadIcons()
  const [vector, appleIcon, notificationIcon] = icons
  const manifest = namedAsset(`${HOME}/manifest.webmanifest`, 'application/manifest+json', createManifest(icons))
  const shell = await renderShell({
    publicUrl: new URL(options.publicUrl).href.replace(/\/$/, ''),
    scriptUrl: scriptAsset.url,
    styleUrl: style.url,
    iconUrl: vector!.url,
    appleIconUrl: appleIcon!.url,
    manifestUrl: manifest.url,
  })
  const page = namedAsset(`${HOME}/`, 'text/html; charset=utf-8', shell)
  const worker = namedAsset(
    `${HOME}/worker.js`,
    'text/javascript; charset=utf-8',
    await bundleWorker([page, scriptAsset, style, vector!], notificationIcon!.url),
  )
  return serve([scriptAsset, style, ...icons, manifest, page, worker])
}

function serve(assets: Asset[]): Router {
  const router = express.Router({ strict: true })
  router.get(HOME, (_request, response) => response.redirect(308, `${HOME}/`))
  router.use(serveAssets(assets))
  return router
}

function sourceFile(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

async function loadIcons(): Promise<Asset[]> {
  const load = (name: string, extension: string, type: string) =>
    fileAsset(HOME, name, extension, type, new URL(`icons/${name}.${extension}`, import.meta.url))
  const bitmaps = ICON_SIZES.map((size) => load(`icon-${size}`, 'png', 'image/png'))
  return await Promise.all([load('icon', 'svg', 'image/svg+xml'), ...bitmaps])
}

async function renderShell(urls: Record<string, string>): Promise<string> {
  const template = await readFile(new URL('shell.eta', VIEWS), 'utf8')
  return new Eta().renderString(template, urls)
}

/** The version is a digest of the shell, so that a phone fetches it anew exactly when something in it changed. */
async function bundleWorker(shell: Asset[], iconUrl: string): Promise<string> {
  const digest = createHash('sha256')
  for (const asset of shell) digest.update(asset.body)
  return await bundleScript(sourceFile('worker/worker.ts'), 'es2022', {
    SHELL_VERSION: JSON.stringify(digest.digest('hex').slice(0, 16)),
    SHELL_URLS: JSON.stringify(shell.map((asset) => asset.url)),
    ICON_URL: JSON.stringify(iconUrl),
  })
}
