import { beforeAll, expect, test } from '@jest/globals'
import express from 'express'
import request from 'supertest'
import { createAuthenticator } from '../../src/authenticator/routes.ts'

const app = express()

beforeAll(async () => {
  app.use(await createAuthenticator({ publicUrl: 'https://mfa.example' }))
})

test('the shell is asked for anew each time, its files are kept for good', async () => {
  const shell = await request(app).get('/authenticator/').expect(200).expect('Content-Type', /html/)
  expect(shell.headers['cache-control']).toBe('no-cache')
  expect(shell.text).toContain('data-public-url="https://mfa.example"')
  expect(shell.text).not.toMatch(/<style|\sstyle=|<script>/)
  const files = [...shell.text.matchAll(/(?:src|href)="(\/authenticator\/[^"]+)"/g)].map((found) => found[1]!)
  expect(files.length).toBeGreaterThan(4)
  for (const file of files.filter((name) => !name.endsWith('.webmanifest'))) {
    const { headers } = await request(app).get(file).expect(200)
    expect(headers['cache-control']).toContain('immutable')
  }
})

test('the address without its slash leads to the app', async () => {
  await request(app).get('/authenticator').expect(308).expect('Location', '/authenticator/')
})

test('the manifest names icons that are there', async () => {
  const { text } = await request(app).get('/authenticator/manifest.webmanifest').buffer(true).expect(200)
  const manifest = JSON.parse(text) as { scope: string; icons: { src: string; type: string; purpose: string }[] }
  expect(manifest.scope).toBe('/authenticator/')
  expect(manifest.icons.filter(({ purpose }) => purpose === 'maskable')).toHaveLength(2)
  for (const { src, type } of manifest.icons) await request(app).get(src).expect(200).expect('Content-Type', type)
})

test('the service worker carries the names of the files it keeps', async () => {
  const { text, headers } = await request(app).get('/authenticator/worker.js').buffer(true).expect(200)
  expect(headers['cache-control']).toBe('no-cache')
  expect(text).toMatch(/\/authenticator\/app\.[0-9a-f]{16}\.js/)
  const kept = /\["\/authenticator\/",[^\]]*\]/.exec(text)![0]
  expect((JSON.parse(kept) as string[]).filter((url) => !url.startsWith('/authenticator/'))).toEqual([])
})
