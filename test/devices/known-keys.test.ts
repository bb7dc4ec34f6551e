import { describe, expect, test } from '@jest/globals'
import { calculateJwkThumbprint } from 'jose'
import { createKnownKeys } from '../../src/devices/known-keys.ts'
import { aKey } from './a-key.ts'

const [one, two, three] = await Promise.all([aKey(), aKey(), aKey()])

describe('known keys', () => {
  test('gives a key with its thumbprint', async () => {
    expect(await createKnownKeys(2)(one.jwk)).toEqual({
      publicKey: one.jwk,
      thumbprint: await calculateJwkThumbprint(one.jwk),
    })
  })

  test('gives the same object for the same key, however often it is spelt anew', async () => {
    const known = createKnownKeys(2)
    const first = await known({ ...one.jwk })
    expect((await known({ ...one.jwk })).publicKey).toBe(first.publicKey)
  })

  test('tells keys apart that share one coordinate', async () => {
    const known = createKnownKeys(2)
    await known(one.jwk)
    const mirrored = { ...one.jwk, y: two.jwk.y }
    expect(await known(mirrored)).toEqual({
      publicKey: mirrored,
      thumbprint: await calculateJwkThumbprint(mirrored),
    })
    const turned = { ...two.jwk, y: one.jwk.y }
    expect((await known(turned)).publicKey).toEqual(turned)
  })

  test('forgets the one that was asked for longest ago, and no other', async () => {
    const known = createKnownKeys(2)
    const [first, second] = [await known(one.jwk), await known(two.jwk)]
    await known({ ...one.jwk })
    await known(three.jwk)
    expect((await known({ ...one.jwk })).publicKey).toBe(first.publicKey)
    expect((await known({ ...two.jwk })).publicKey).not.toBe(second.publicKey)
  })
})
