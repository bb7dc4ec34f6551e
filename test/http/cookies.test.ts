import { describe, expect, test } from '@jest/globals'
import express from 'express'
import request from 'supertest'
import { createCookies } from '../../src/http/cookies.ts'

function serve(https: boolean) {
  const cookies = createCookies(https)
  const app = express()
  app.get('/write', (_request, response) => {
    cookies.write(response, 'cs-1', 'a secret; and more', 240)
    cookies.write(response, 'cs-2', 'b', 240)
    response.end()
  })
  app.get('/read', (incoming, response) => void response.json({ value: cookies.read(incoming, 'cs-1') ?? null }))
  return {
    written: async () => (await request(app).get('/write')).headers['set-cookie'] as unknown as string[],
    read: async (cookie: string) => (await request(app).get('/read').set('Cookie', cookie)).body.value,
  }
}

describe('a cookie', () => {
  test('is hidden from scripts, comes along from another site, and is bound to this host where there is https', async () => {
    expect(await serve(true).written()).toEqual([
      '__Host-cs-1=a%20secret%3B%20and%20more; Max-Age=240; Path=/; HttpOnly; Secure; SameSite=Lax',
      '__Host-cs-2=b; Max-Age=240; Path=/; HttpOnly; Secure; SameSite=Lax',
    ])
  })

  test('has neither prefix nor Secure on loopback, where a browser would refuse them', async () => {
    expect((await serve(false).written())[1]).toBe('cs-2=b; Max-Age=240; Path=/; HttpOnly; SameSite=Lax')
  })

  test('is read back as it was written', async () => {
    const { written, read } = serve(true)
    expect(await read(((await written())[0] ?? '').split(';')[0] ?? '')).toBe('a secret; and more')
  })

  test('without the prefix is not read where there is https: a neighbouring host may have set it', async () => {
    expect(await serve(true).read('cs-1=planted')).toBeNull()
    expect(await serve(true).read('__Host-cs-1=ours; cs-1=planted')).toBe('ours')
  })

  test.each(['', 'other=1', 'cs-1', ';;;=', '__proto__=1', 'cs-10=1'])('is not found in %j', async (header) => {
    expect(await serve(false).read(header)).toBeNull()
  })
})
