import { beforeAll, describe, expect, test } from '@jest/globals'
import { isRefusal } from '../../src/base/refusal.ts'
import { verifyApproval } from '../../src/devices/approval.ts'
import { aKey, type TestKey } from './a-key.ts'

const decision = { shown: { signInId: 'sign-in-1' }, decision: 'approve', number: '123456' }

let device: TestKey
let other: TestKey
beforeAll(async () => {
  device = await aKey()
  other = await aKey()
})
const approve = (header: Record<string, unknown> = {}, by = device) =>
  by.sign({ typ: 'countersign-approval+jwt', kid: device.thumbprint, ...header }, decision)
const verify = (approval: string) => verifyApproval(approval, { thumbprint: device.thumbprint, publicKey: device.jwk })

describe('an approval', () => {
  test('gives what the device signed, unread', async () => {
    expect(await verify(await approve())).toEqual(decision)
  })

  test.each<[string, Record<string, unknown>]>([
    ['the typ of a proof', { typ: 'dpop+jwt' }],
    ['no typ', { typ: undefined }],
    ['another kid', { kid: 'other' }],
    ['no kid', { kid: undefined }],
    ['a key of its own', { jwk: {} }],
    ['a jku', { jku: 'https://evil.example' }],
    ['a content type', { cty: 'JWT' }],
  ])('is refused with %s in its header', async (_what, header) => {
    expect(await verify(await approve(header))).toMatchObject({ code: 'proof.refused' })
  })

  test('is refused when another device signed it, even under this one’s kid', async () => {
    expect(await verify(await approve({}, other))).toMatchObject({ code: 'proof.refused' })
  })

  test('is refused with a touched payload, and without a signature', async () => {
    const [header, , signature] = (await approve()).split('.')
    const payload = Buffer.from(JSON.stringify({ ...decision, number: '654321' })).toString('base64url')
    const none = Buffer.from(
      JSON.stringify({ alg: 'none', typ: 'countersign-approval+jwt', kid: device.thumbprint }),
    ).toString('base64url')
    for (const bent of [`${header}.${payload}.${signature}`, `${header}.${payload}.`, `${none}.${payload}.`])
      expect(await verify(bent)).toMatchObject({ code: 'proof.refused' })
  })

  test.each(['', 'a.b.c', 'approve', '{}', '...'])('is refused, and never thrown at, when it is %j', async (text) => {
    expect(isRefusal(await verify(text))).toBe(true)
  })
})
