// A native app on the phone, woken through Firebase Cloud Messaging.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { Phone } from '../phone-simulator/phone.ts'
import { type FakeFcm, fcmAnswers, startFakeFcm } from '../push/fake-fcm.ts'
import { digitsOn } from '../support/browser.ts'
import { ADA, type Countersign, startCountersign } from '../support/countersign.ts'
import { approve, begin, enrol, eventsOf, finish, shownOn, signInIdOf } from '../support/stories.ts'

const TOKEN = 'registration-token:of-the-phone'
let folder: string
let google: FakeFcm
let countersign: Countersign
let phone: Phone
beforeEach(async () => {
  // firebase-admin uses an option of its own library that is on the way out, and that library says so each time.
  jest.spyOn(console, 'warn').mockImplementation(() => undefined)
  folder = mkdtempSync(join(tmpdir(), 'countersign-app-'))
  google = await startFakeFcm()
  const credentials = join(folder, 'account.json')
  writeFileSync(credentials, JSON.stringify(google.account))
  const environment = { COUNTERSIGN_FCM_CREDENTIALS_FILE: credentials }
  countersign = await startCountersign({ environment, world: { dial: google.dial } })
  phone = await enrol(countersign)
})
afterEach(async () => {
  await countersign.close()
  await google.close()
  rmSync(folder, { recursive: true, force: true })
  jest.restoreAllMocks()
})

/** What the app was told, once so much of it came. */
async function told(count: number): Promise<Record<string, unknown>[]> {
  while (google.messages.length < count) await new Promise(setImmediate)
  return google.messages.map(({ token, data }) => {
    expect(token).toBe(TOKEN)
    return JSON.parse(data.countersign ?? '')
  })
}

test('it subscribes with its token, finds itself again, and is tried out', async () => {
  expect((await phone.push()).body).toMatchObject({ subscribed: 'none', kinds: ['web', 'fcm'] })
  expect((await phone.subscribe({ kind: 'fcm', token: TOKEN })).body).toMatchObject({ subscribed: 'fcm' })
  expect((await phone.push()).body.addressDigest).not.toContain(TOKEN)
  expect((await phone.testPush()).body).toEqual({ result: 'accepted' })
  expect(await told(1)).toMatchObject([{ kind: 'test', integrationName: 'Contoso' }])
  expect(await eventsOf(countersign, 'push.subscribed')).toMatchObject([{ via: 'fcm' }])
  expect(JSON.stringify(await eventsOf(countersign))).not.toContain(TOKEN)
})

test('a sign-in wakes it, without the number and without a name; it asks what is wanted, and approves', async () => {
  await phone.subscribe({ kind: 'fcm', token: TOKEN })
  const begun = await begin(countersign)
  const [message] = await told(1)
  const { deviceId } = (await phone.pending()).body.account
  expect(message).toEqual({
    ...{ kind: 'prompt', tag: signInIdOf(begun.page), deviceId, integrationName: 'Contoso' },
    millisecondsLeft: expect.any(Number),
  })
  expect(JSON.stringify(google.messages)).not.toContain(digitsOn(begun.page))
  expect(JSON.stringify(google.messages)).not.toContain(ADA.username)
  expect((await approve(phone, begun)).body).toEqual({ outcome: 'approved' })
  expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
})

test('who left the sign-in has its notification replaced', async () => {
  await phone.subscribe({ kind: 'fcm', token: TOKEN })
  const begun = await begin(countersign)
  await told(1)
  await begun.browser.submit(begun.page, 'give-up')
  expect((await told(2))[1]).toMatchObject({ kind: 'over', tag: signInIdOf(begun.page), outcome: 'ended' })
})

test('a token that is no phone’s any more is forgotten, and the sign-in goes on with the app opened by hand', async () => {
  await phone.subscribe({ kind: 'fcm', token: TOKEN })
  google.answerNext('send', fcmAnswers.unregistered)
  const begun = await begin(countersign)
  while ((await eventsOf(countersign, 'push.retired')).length === 0) await new Promise(setImmediate)
  expect((await phone.push()).body).toMatchObject({ subscribed: 'none', addressDigest: null })
  expect(await phone.approve(await shownOn(phone, begun), digitsOn(begun.page) ?? '')).toMatchObject({ status: 200 })
  expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
})
