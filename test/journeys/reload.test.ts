import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createPhone, type Phone } from '../phone-simulator/phone.ts'
import { type Page, stageOf, ticketOn } from '../support/browser.ts'
import { ADA, type Countersign, GRACE, GUEST, startCountersign } from '../support/countersign.ts'
import {
  approve,
  type Begun,
  begin,
  claimsSigned,
  contracts,
  enrol,
  eventsOf,
  finish,
  invite,
  leave,
  reload,
  shownOn,
} from '../support/stories.ts'

const PROMPT = 90_000
const SIGN_IN = 240_000

/** What a person sees: all of the page, but for the time that is left. */
const seenOn = ({ status, text }: Page) => ({
  status,
  text: text.replace(/data-(time-left|again-after)="\d+"/g, ''),
})

// What a browser does by itself or at a touch: load again, go back, restore its tabs after a crash.
describe.each(contracts)('a sign-in page that is loaded again (%s)', (contract) => {
  let countersign: Countersign
  let phone: Phone
  beforeAll(async () => {
    countersign = await startCountersign()
    phone = await enrol(countersign, { contract })
    await enrol(countersign, { contract, person: GUEST })
  })
  afterAll(() => countersign.close())

  const first = (): Promise<Begun> => begin(countersign, { contract, person: GRACE })
  const known = (): Promise<Begun> => begin(countersign, { contract, person: ADA })

  const stages: Record<string, [stage: string, reach: () => Promise<Begun>]> = {
    'with a code to scan': ['ticket', first],
    'that asks for an invitation': [
      'invitation',
      async () => {
        const { devices } = countersign.service.capabilities
        for (const device of await devices.list())
          if (device.objectId === GUEST.objectId) await devices.revoke(device, 'command-line', 'lost')
        return begin(countersign, { contract, person: GUEST })
      },
    ],
    'whose invitation was taken': [
      'ticket',
      async () => {
        const begun = await begin(countersign, { contract, person: GUEST })
        await begun.browser.submit(begun.page, 'invitation', { code: await invite(countersign, GUEST) })
        return begun
      },
    ],
    'with a phone that is being bound': [
      'number',
      async () => {
        const begun = await first()
        await (await createPhone({ url: countersign.url })).bind({ ticket: ticketOn(begun.page) ?? '' })
        return begun
      },
    ],
    'with a number': ['number', known],
    'that offers to ask again': [
      'ask-again',
      async () => {
        const begun = await known()
        countersign.clock.leap(PROMPT)
        return begun
      },
    ],
    'that is approved': [
      'approved',
      async () => {
        const begun = await known()
        await approve(phone, begun)
        return begun
      },
    ],
    'that is cancelled': [
      'over',
      async () => {
        const begun = await known()
        await phone.cancel(await shownOn(phone, begun))
        return begun
      },
    ],
    'that was left': [
      'over',
      async () => {
        const begun = await known()
        await leave(begun)
        return begun
      },
    ],
    'that was answered': [
      'over',
      async () => {
        const begun = await known()
        await approve(phone, begun)
        await finish(countersign, begun)
        return begun
      },
    ],
    'whose time is over': [
      'over',
      async () => {
        const begun = await known()
        countersign.clock.leap(SIGN_IN)
        await countersign.service.capabilities.signIns.tidy()
        return begun
      },
    ],
  }

  test.each(Object.entries(stages))('%s is the same, and nothing has happened by it', async (_name, [stage, reach]) => {
    countersign.clock.leap(SIGN_IN)
    await countersign.service.capabilities.signIns.tidy()
    const begun = await reach()
    const page = await reload(begun)
    expect(stageOf(page)).toBe(stage)
    const before = await eventsOf(countersign)
    const signed = await claimsSigned(countersign)

    // Entra's request too: what Back leads to may be the page that posted it.
    const again = [await reload(begun), await begun.browser.arrive(begun.attempt), await reload(begun)]
    for (const each of again) {
      expect(each.url).toBe(begun.page.url)
      expect(seenOn(each)).toEqual(seenOn(page))
    }
    expect(begun.browser.cookies.size).toBe(1)
    expect(await eventsOf(countersign)).toEqual(before)
    expect(await claimsSigned(countersign)).toEqual(signed)
  })

  test('after the answer was given: asked for again it gives none, and the page says that it is finished', async () => {
    countersign.clock.leap(SIGN_IN)
    const begun = await known()
    await approve(phone, begun)
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
    const before = await eventsOf(countersign)
    for (const act of ['answer', 'answer', 'give-up', 'answer']) {
      const page = await begun.browser.submit(begun.page, act)
      expect([page.status, page.text.includes('to-entra')]).toEqual([410, false])
    }
    expect((await reload(begun)).text).toContain('This sign-in is finished')
    expect(await eventsOf(countersign)).toEqual(before)
  })
})
