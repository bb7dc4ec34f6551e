// Serves assets from memory, compressed where the browser takes that. Pages are never compressed: they carry secrets beside
// what others wrote, and their compressed length would tell of them (BREACH, CVE-2013-3587).
import { promisify } from 'node:util'
import { brotliCompress, gzip, constants as zlib } from 'node:zlib'
import express, { type Router } from 'express'
import type { Asset } from './assets.ts'

type Encoding = 'br' | 'gzip'

const TEXT = /^(text|image\/svg)|json/
/** What fits into one packet is not there sooner for being smaller. */
const WORTH_IT = 1024
/** The best one takes three times as long for a tenth less. */
const BROTLI = { params: { [zlib.BROTLI_PARAM_QUALITY]: 9, [zlib.BROTLI_PARAM_MODE]: zlib.BROTLI_MODE_TEXT } }

const compressBy: Record<Encoding, (body: Buffer) => Promise<Buffer>> = {
  br: (body) => promisify(brotliCompress)(body, BROTLI),
  gzip: (body) => promisify(gzip)(body),
}

/** Serves assets at their `url`s. Each is compressed once, in the background, when it is first asked for so. */
export function serveAssets(assets: Asset[]): Router {
  const router = express.Router()
  for (const { url, type, body, cacheControl } of assets) {
    const isCompressed = TEXT.test(type) && body.length > WORTH_IT
    const made = new Map<Encoding, Promise<Buffer>>()
    function compressed(encoding: Encoding): Promise<Buffer> {
      let kept = made.get(encoding)
      if (!kept) {
        kept = compressBy[encoding](body)
        made.set(encoding, kept)
        // What failed once is tried again.
        kept.catch(() => made.delete(encoding))
      }
      return kept
    }
    router.get(url, async (request, response) => {
      response.set({ 'Content-Type': type, 'Cache-Control': cacheControl })
      if (!isCompressed) return void response.end(body)
      response.vary('Accept-Encoding')
      const encoding = (['br', 'gzip'] as const).find((each) => request.acceptsEncodings(each))
      if (!encoding) return void response.end(body)
      const sent = await compressed(encoding)
      response.set('Content-Encoding', encoding).end(sent)
    })
  }
  return router
}
