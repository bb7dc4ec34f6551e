// Scripts, styles and pictures of the pages: bundled and named by their content once, at start. serve-assets.ts serves them.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

export type Asset = { url: string; type: string; body: Buffer; cacheControl: string }

const FOR_GOOD = 'public, max-age=31536000, immutable'

/** Bundles a browser entry file for the given esbuild target (`es2017` for the sign-in page, `esnext` elsewhere). */
export async function bundleScript(file: string, target: string, define: Record<string, string> = {}): Promise<string> {
  // Loaded here so that the bundler's code is not resident in processes that serve no pages (the command line).
  const esbuild = await import('esbuild')
  const built = await esbuild.build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    format: 'iife',
    target,
    charset: 'utf8',
    define,
    write: false,
    logLevel: 'silent',
  })
  return built.outputFiles[0]!.text
}

/** Ends the bundler's child process. Call once everything is bundled. */
export async function endBundler(): Promise<void> {
  const esbuild = await import('esbuild')
  await esbuild.stop()
}

/** An asset whose name carries its content's hash, so that browsers may keep it for good. `url` is where it is served. */
export function hashedAsset(
  prefix: string,
  name: string,
  extension: string,
  type: string,
  content: string | Buffer,
): Asset {
  const body = Buffer.from(content)
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16)
  return { url: `${prefix}/${name}.${hash}.${extension}`, type, body, cacheControl: FOR_GOOD }
}

/** An asset at a fixed name (a service worker, a manifest), which browsers must ask for anew each time. */
export function namedAsset(url: string, type: string, content: string | Buffer): Asset {
  return { url, type, body: Buffer.from(content), cacheControl: 'no-cache' }
}

/** A style sheet of the look that all pages share, and of what is a door's own. */
export async function styleAsset(prefix: string, name: string, ...own: (string | URL)[]): Promise<Asset> {
  const sheets = await Promise.all(
    [new URL('../../views/look.css', import.meta.url), ...own].map((file) => readFile(file)),
  )
  return hashedAsset(prefix, name, 'css', 'text/css; charset=utf-8', Buffer.concat(sheets))
}

export async function fileAsset(
  prefix: string,
  name: string,
  extension: string,
  type: string,
  file: string | URL,
): Promise<Asset> {
  return hashedAsset(prefix, name, extension, type, await readFile(file))
}
