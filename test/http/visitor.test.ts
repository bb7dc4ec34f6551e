import { describe, expect, test } from '@jest/globals'
import express from 'express'
import request from 'supertest'
import { visitorOf } from '../../src/http/visitor.ts'

/** What a request shows of its visitor, behind the proxies that are trusted. */
async function visitor(headers: Record<string, string>, trusted: number | string[] = 0) {
  const app = express()
  app.set('trust proxy', trusted)
  app.get('/', (incoming, response) => void response.json(visitorOf(incoming)))
  return (await request(app).get('/').set(headers)).body
}

describe('the address', () => {
  const forwarded = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' }

  test('is that of the connection, and not what a stranger writes, while no proxy is trusted', async () => {
    expect((await visitor(forwarded)).address).toBe('127.0.0.1')
  })

  test('is what the nearest trusted proxy saw: what stands before that is the client’s invention', async () => {
    expect((await visitor(forwarded, 1)).address).toBe('198.51.100.7')
    expect((await visitor(forwarded, 2)).address).toBe('203.0.113.9')
    expect((await visitor(forwarded, ['127.0.0.0/8'])).address).toBe('198.51.100.7')
    expect((await visitor(forwarded, ['10.0.0.0/8'])).address).toBe('127.0.0.1')
  })

  test('of IPv4 over an IPv6 socket reads as IPv4', async () => {
    expect((await visitor({ 'x-forwarded-for': '::ffff:192.0.2.1' }, 1)).address).toBe('192.0.2.1')
    expect((await visitor({ 'x-forwarded-for': '2001:db8::1' }, 1)).address).toBe('2001:db8::1')
  })
})

describe('the browser', () => {
  test.each([
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
      'Chrome on Windows',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_1) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15',
      'Safari on macOS',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0', 'Firefox on Linux'],
  ])('is told in words that a person knows', async (userAgent, label) => {
    expect((await visitor({ 'user-agent': userAgent })).browser).toBe(label)
  })

  test('is unknown when it says nothing', async () => {
    expect((await visitor({ 'user-agent': '' })).browser).toBe('Unknown browser')
  })

  test.each(['<script>alert(1)</script>', `${'A'.repeat(20_000)}`, '((((((((((((((((((((', 'Mozilla/5.0 ('])(
    'is short, whatever it says of itself (%.20s)',
    async (userAgent) => {
      const { browser } = await visitor({ 'user-agent': userAgent.slice(0, 8000) })
      expect(browser.length).toBeLessThan(600)
    },
  )
})
