import { beforeAll, describe, expect, test } from '@jest/globals'
import { isRefusal } from '../../src/base/refusal.ts'
import { openRecordedApproval, verifyApproval } from '../../src/devices/approval.ts'
import { aKey, type TestKey } from './a-key.ts'

const decision = { shown: { signInId: 'sign-in-1' }, decision: 'approve', number: '123456' }

let device: TestKey
let other: TestKey
beforeAll(async () => {
  device = await aKey()
  other = await aKey()
})
/** Refused with what the administrator reads in the log. */
const refused = (reason: unknown) => ({ code: 'proof.refused', reason })
const approve = (header: Record<string, unknown> = {}, by = device) =>
  by.sign({ typ: 'countersign-approval+jwt', kid: device.thumbprint, ...header }, decision)
const verify = (approval: string) => verifyApproval(approval, { thumbprint: device.thumbprint, publicKey: device.jwk })

describe('an approval', () => {
  test('gives what the device signed, unread', async () => {
    expect(await verify(await approve())).toEqual(decision)
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['the typ of a proof', { typ: 'dpop+jwt' }, 'approval has another typ'],
    ['no typ', { typ: undefined }, 'approval has another typ'],
    ['another kid', { kid: 'other' }, 'approval names another key'],
    ['no kid', { kid: undefined }, 'approval names another key'],
    ['a key of its own', { jwk: {} }, 'approval has members in its header that we do not know'],
    ['a jku', { jku: 'https://evil.example' }, 'approval has members in its header that we do not know'],
    ['a content type', { cty: 'JWT' }, 'approval has members in its header that we do not know'],
  ])('is refused with %s in its header', async (_what, header, reason) => {
    expect(await verify(await approve(header))).toMatchObject(refused(reason))
  })

  test('is refused when another device signed it, even under this one’s kid', async () => {
    expect(await verify(await approve({}, other))).toMatchObject(refused('approval: signature verification failed'))
  })

  test('is refused with a touched payload, and without a signature', async () => {
    const [header, , signature] = (await approve()).split('.')
    const payload = Buffer.from(JSON.stringify({ ...decision, number: '654321' })).toString('base64url')
    for (const bent of [`${header}.${payload}.${signature}`, `${header}.${payload}.`])
      expect(await verify(bent)).toMatchObject(refused('approval: signature verification failed'))
  })

  test.each(['none', 'HS256', 'RS256', 'ES384'])(
    'is refused under the algorithm %s, which is not ES256',
    async (alg) => {
      const [, payload, signature] = (await approve()).split('.')
      const header = { alg, typ: 'countersign-approval+jwt', kid: device.thumbprint }
      const bent = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.${signature}`
      expect(await verify(bent)).toMatchObject(refused(expect.stringMatching(/^approval: "alg" .* not allowed$/)))
    },
  )

  test.each(['', 'a.b.c', 'approve', '{}', '...'])('is refused, and never thrown at, when it is %j', async (text) => {
    expect(isRefusal(await verify(text))).toBe(true)
  })
})

describe('an approval on record', () => {
  test('is opened by the public key on record, and by no other', async () => {
    const approval = await approve()
    expect(await openRecordedApproval(approval, JSON.stringify(device.jwk))).toEqual(decision)
    expect(await openRecordedApproval(approval, JSON.stringify(other.jwk))).toBeUndefined()
  })
})
