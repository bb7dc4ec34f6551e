// Signing keys roll while people sign in, at an Entra that reads our keys once in 24 hours and judges every claim by them.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Phone } from '../phone-simulator/phone.ts'
import { ADA, type Countersign, startCountersign } from '../support/countersign.ts'
import { approve, begin, enrol, eventsOf, finish } from '../support/stories.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

let countersign: Countersign
let phone: Phone
beforeEach(async () => {
  countersign = await startCountersign()
  phone = await enrol(countersign, { person: ADA })
})
afterEach(() => countersign.close())

const keys = () => countersign.service.capabilities.keys
const published = async () =>
  ((await (await fetch(`${countersign.url}/entra/keys`)).json()) as { keys: { kid: string }[] }).keys.map(
    ({ kid }) => kid,
  )

/** Ada signs in; gives what Entra makes of it, and the key that it was told with. */
async function signIn() {
  const begun = await begin(countersign, { person: ADA })
  await approve(phone, begun)
  const verdict = await finish(countersign, begun)
  return { verdict, kid: (await eventsOf(countersign, 'claim.signed')).at(-1)?.keyId }
}

/** The service runs for so long. */
async function serve(time: number): Promise<void> {
  for (let left = time; left > 0; left -= 50 * MINUTE) {
    countersign.clock.leap(Math.min(left, 50 * MINUTE))
    await keys().tend()
  }
}

test('a key rolls by itself, and nobody notices: every claim on the way is accepted', async () => {
  const [first] = await published()
  countersign.clock.leap(88 * DAY)
  await keys().tend()
  const [, next] = await published()
  const signedWith: (string | undefined)[] = []
  for (let hours = 0; hours < 108; hours += 12) {
    const { verdict, kid } = await signIn()
    expect(verdict).toMatchObject({ accepted: true })
    signedWith.push(kid)
    await serve(12 * HOUR)
  }
  expect(signedWith).toEqual([...Array(4).fill(first), ...Array(5).fill(next)])
  expect(await published()).toEqual([next])
})

test('a running service announces what is due without being asked', async () => {
  countersign.clock.leap(88 * DAY + HOUR)
  let kids = await published()
  while (kids.length < 2) kids = await published()
  expect((await eventsOf(countersign, 'key.created')).at(-1)).toMatchObject({ keyId: kids[1], by: 'service' })
})

test('a service that was off from the announcement until long after signs with the key that Entra knows', async () => {
  expect((await signIn()).verdict).toMatchObject({ accepted: true })
  const [first] = await published()
  const next = await keys().announce('command-line')
  countersign.clock.leap(20 * HOUR)
  await countersign.restart()
  countersign.clock.leap(40 * HOUR)
  await countersign.restart()
  const { verdict, kid } = await signIn()
  expect({ kid, accepted: verdict.accepted }).toEqual({ kid: first, accepted: true })
  // Entra reads the keys at this sign-in at the latest; from then on it is a rollover like any other.
  await serve(49 * HOUR)
  expect(await signIn()).toMatchObject({ verdict: { accepted: true }, kid: next?.kid })
})

test('an emergency rotation breaks what it says: sign-ins fail until Entra has read the new key, and no longer', async () => {
  const { kid } = await signIn()
  await keys().replaceAtOnce(kid ?? '', 'command-line')
  const refused = await signIn()
  expect(refused.verdict).toMatchObject({ accepted: false })
  expect(JSON.stringify(refused.verdict)).toContain('50012')
  expect(refused.kid).not.toBe(kid)
  countersign.clock.leap(DAY)
  expect((await signIn()).verdict).toMatchObject({ accepted: true })
})
