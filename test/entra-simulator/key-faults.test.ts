// How the key endpoints misbehave, to whoever fetches from them: alike, whether a cloud listens or is only played.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { KeyFault } from './key-endpoints.ts'
import { type PlayedEntra, playPublicCloud } from './public-clouds.ts'
import { startEntraSimulator } from './start-entra-simulator.ts'

const now = () => Date.parse('2026-11-23T09:00:00Z')

type Cloud = {
  entra: PlayedEntra
  get(url: string, init?: RequestInit): Promise<Response> | undefined
  close?: () => Promise<void>
}

async function open(name: 'local' | 'global' | 'usgov' | 'china'): Promise<Cloud> {
  if (name !== 'local') {
    const entra = await playPublicCloud(name, now)
    return { entra, get: entra.answer }
  }
  const entra = await startEntraSimulator({ registrations: [], people: [], now })
  return { entra, get: fetch, close: entra.close }
}

describe.each(['local', 'global', 'usgov', 'china'] as const)('the key endpoints of the cloud %s', (name) => {
  let cloud: Cloud
  beforeAll(async () => {
    cloud = await open(name)
  })
  afterAll(() => cloud.close?.())
  afterEach(() => cloud.entra.fail(null))

  const paths = ['/common/discovery/v2.0/keys', '/common/discovery/keys']
  async function get(path: string, init?: RequestInit): Promise<Response> {
    const response = await cloud.get(cloud.entra.authority + path, init)
    if (!response) throw new Error(`${path} is no address of keys`)
    return response
  }
  /** The kids of an answer, whatever else is in it. */
  const kidsIn = async (response: Response) =>
    ((await response.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
  const right = () => [cloud.entra.keys.signing.kid]
  const during = (fault: KeyFault, act: (path: string) => Promise<void>) => async () => {
    cloud.entra.fail(fault)
    for (const path of paths) await act(path)
    cloud.entra.fail(null)
    for (const path of paths) expect(await kidsIn(await get(path))).toEqual(right())
  }

  test(
    'down: no answer at all',
    during('down', async (path) => {
      await expect(get(path)).rejects.toThrow('fetch failed')
    }),
  )

  test(
    'rubbish: a page',
    during('rubbish', async (path) => {
      expect(await (await get(path)).text()).toContain('<h1>')
    }),
  )

  test(
    'empty: no keys',
    during('empty', async (path) => {
      expect(await kidsIn(await get(path))).toEqual([])
    }),
  )

  test(
    'huge: the right keys, and a megabyte around them',
    during('huge', async (path) => {
      const response = await get(path)
      expect((await response.clone().arrayBuffer()).byteLength).toBeGreaterThan(1024 * 1024)
      expect(await kidsIn(response)).toEqual(right())
    }),
  )

  test(
    'redirect: the right keys to whoever follows, an error to whoever does not want to',
    during('redirect', async (path) => {
      expect(await kidsIn(await get(path))).toEqual(right())
      expect((await get(path, { redirect: 'manual' })).status).toBe(302)
      await expect(get(path, { redirect: 'error' })).rejects.toThrow('fetch failed')
    }),
  )

  test(
    'slow: nothing, until the one who waits has enough or this is over',
    during('slow', async (path) => {
      await expect(get(path, { signal: AbortSignal.timeout(20) })).rejects.toThrow(/timeout/)
      const waiting = get(path)
      const first = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 50, 'nothing'))])
      expect(first).toBe('nothing')
      cloud.entra.fail(null)
      expect(await kidsIn(await waiting)).toEqual(right())
      cloud.entra.fail('slow')
    }),
  )
})
