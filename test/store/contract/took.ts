import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { OpenedStore, OpenStore } from './opened-store.ts'

export function describeTook(name: string, open: OpenStore): void {
  describe(`what the ${name} store takes`, () => {
    let opened: OpenedStore
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(() => opened.close())
    const event = { type: 'service.started', version: '1' } as const

    test('is told of each write, once it is durable', async () => {
      const { stores, took, beside } = opened
      const before = took.length
      const appended = stores.audit.append([event]).then(() => took.length)
      expect(took).toHaveLength(before)
      expect(await appended).toBe(before + 1)
      expect(took.at(-1)).toEqual(['write', expect.any(Number), false])
      expect(took.at(-1)?.[1]).toBeGreaterThan(0)
      await beside.audit.append([event])
      expect(took).toHaveLength(before + 1)
    })

    test('is told of each read', async () => {
      const { stores, took } = opened
      const before = took.length
      await stores.devices.find('nobody')
      await stores.signIns.find('nothing')
      const told = took.slice(before)
      expect(told.length).toBeGreaterThanOrEqual(2)
      for (const each of told) expect(each).toEqual(['read', expect.any(Number), false])
    })

    test('is told of a write that failed as such', async () => {
      const { stores, took } = opened
      await stores.close()
      await expect(stores.audit.append([event])).rejects.toThrow('closed')
      expect(took.at(-1)).toEqual(['write', expect.any(Number), true])
    })
  })
}
