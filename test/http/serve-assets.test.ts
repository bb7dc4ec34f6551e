import { describe, expect, test } from '@jest/globals'
import express from 'express'
import request from 'supertest'
import { hashedAsset, namedAsset } from '../../src/http/assets.ts'
import { serveAssets } from '../../src/http/serve-assets.ts'

const CODE = 'let answer = 42; // why\n'.repeat(100)
const script = hashedAsset('/assets', 'app', 'js', 'text/javascript; charset=utf-8', CODE)
const tiny = namedAsset('/tiny.css', 'text/css; charset=utf-8', 'p{color:red}')
const picture = namedAsset('/icon.png', 'image/png', Buffer.alloc(5000, 1))
const app = express().use(serveAssets([script, tiny, picture]))

async function get(url: string, accepted: string) {
  const got = await request(app)
    .get(url)
    .set('Accept-Encoding', accepted)
    .buffer(true)
    .parse((response, done) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => done(null, Buffer.concat(parts)))
    })
  return { headers: got.headers, body: got.body as Buffer }
}

describe('an asset', () => {
  test('is named by its content, and kept for good', async () => {
    expect(script.url).toMatch(/^\/assets\/app\.[0-9a-f]{16}\.js$/)
    expect(hashedAsset('/assets', 'app', 'js', script.type, `${CODE} `).url).not.toBe(script.url)
    expect((await get(script.url, 'identity')).headers['cache-control']).toBe('public, max-age=31536000, immutable')
  })

  test('at a name of its own is asked for anew each time', async () => {
    expect((await get(tiny.url, 'identity')).headers['cache-control']).toBe('no-cache')
  })
})

describe('an asset of text', () => {
  // supertest decodes both; the length that is told is what was sent.
  test.each([
    ['br', 'gzip, deflate, br', 'br'],
    ['gzip, where that is all that is taken', 'gzip', 'gzip'],
    ['gzip, where the other is refused', 'br;q=0, gzip', 'gzip'],
  ])('is sent as %s', async (_what, accepted, encoding) => {
    const { headers, body } = await get(script.url, accepted)
    expect([headers['content-encoding'], headers.vary]).toEqual([encoding, 'Accept-Encoding'])
    expect(Number(headers['content-length'])).toBeLessThan(CODE.length / 10)
    expect(body.toString()).toBe(CODE)
  })

  test('is sent as it is to whoever takes nothing else, and proxies keep the two apart', async () => {
    const { headers, body } = await get(script.url, 'identity')
    expect([headers['content-encoding'], headers.vary, body.toString()]).toEqual([undefined, 'Accept-Encoding', CODE])
  })

  test('is the same the second time', async () => {
    const [first, second] = [await get(script.url, 'br'), await get(script.url, 'br')]
    expect(second.body).toEqual(first.body)
  })
})

test.each([
  ['text that fits into a packet', tiny],
  ['a picture, which is compressed already', picture],
])('%s is sent as it is', async (_what, asset) => {
  const { headers, body } = await get(asset.url, 'gzip, br')
  expect([headers['content-encoding'], headers.vary]).toEqual([undefined, undefined])
  expect(body).toEqual(asset.body)
})
