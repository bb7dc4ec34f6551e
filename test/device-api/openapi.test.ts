import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { DeviceProblem } from '../../src/device-api/contract.ts'
import { openapi } from '../../src/openapi.ts'

// biome-ignore lint/suspicious/noExplicitAny: a document is walked
const document = openapi('https://mfa.contoso.example', '1.2.3') as any
const devicePaths = Object.keys(document.paths).filter((path) => path.startsWith('/device/'))
const told = readFileSync(new URL('../../docs/device-api.md', import.meta.url), 'utf8')

describe('/openapi.json', () => {
  test('names every path of the device API, and where it is served', () => {
    expect(devicePaths).toEqual([
      '/device/v1/nonce',
      '/device/v1/bind',
      '/device/v1/pending',
      '/device/v1/decide',
      '/device/v1/remove',
      '/device/v1/push',
      '/device/v1/push-test',
    ])
    expect(document.servers).toEqual([{ url: 'https://mfa.contoso.example' }])
  })

  test('refers only to what it holds', () => {
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name ?? '',
    )
    expect(references.length).toBeGreaterThan(5)
    expect(references.filter((name) => !(name in document.components.schemas))).toEqual([])
  })

  test('asks for a proof everywhere but where the nonce for the first one is given', () => {
    for (const path of devicePaths) {
      for (const { security } of Object.values<{ security: object[] }>(document.paths[path]))
        expect(security).toEqual(path.endsWith('/nonce') ? [] : [{ proof: [] }])
    }
  })

  test('nothing that a device is told carries the number', () => {
    const { BindAnswer, PendingAnswer, DecideAnswer, PushPayload } = document.components.schemas
    const members = JSON.stringify([BindAnswer, PendingAnswer, DecideAnswer, PushPayload])
    expect(members).toContain('"digits"')
    expect(members).toContain('"type":"integer"')
    expect(members).not.toMatch(/"number":\{"type":"string"/)
  })
})

describe('docs/device-api.md', () => {
  test.each(devicePaths)('tells of %s', (path) => expect(told).toContain(path))
  test.each(DeviceProblem.shape.code.options)('tells what to do about %s', (code) =>
    expect(told).toContain(`\`${code}\``),
  )
})
