// The doorbell: who is rung for, how often, what the page says of it, and that a sign-in never waits for it.
import { createECDH } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { AuditEventType } from '../../src/audit/events.ts'
import { createPhone, type Phone } from '../phone-simulator/phone.ts'
import { type PushAnswer, startPushService, type TinyPushService } from '../push/tiny-push-service.ts'
import { digitsOn, type Page, stageOf, ticketOn } from '../support/browser.ts'
import { ADA, type Countersign, GRACE, startCountersign } from '../support/countersign.ts'
import {
  approve,
  type Begun,
  begin,
  enrol,
  eventsOf,
  finish,
  invite,
  keyOf,
  leave,
  reload,
  shownOn,
  signInIdOf,
} from '../support/stories.ts'

const MINUTE = 60_000

let service: TinyPushService
let countersign: Countersign
let phone: Phone
let browser: ReturnType<TinyPushService['subscribe']>
beforeEach(async () => {
  service = await startPushService()
  await start()
})
afterEach(async () => {
  await countersign.close()
  await service.close()
})

/** A Countersign in which Ada has a phone that can be woken. */
async function start(environment: Record<string, string> = {}): Promise<void> {
  const { lookup, dial } = service
  countersign = await startCountersign({ environment, world: { lookup, dial } })
  phone = await enrol(countersign)
  browser = service.subscribe()
  expect((await phone.subscribe(browser.subscription)).body.subscribed).toBe('web')
}

type Subscriber = typeof browser
type Pushed = ReturnType<TinyPushService['of']>[number]
const ofKind = (kind: string, { path, read }: Subscriber): Pushed[] =>
  service.of(path).filter((each) => read(each).kind === kind)
const rings = (of = browser): Pushed[] => ofKind('prompt', of)
const overs = (of = browser): Pushed[] => ofKind('over', of)

/** Resolves when so many of these events are on record. */
async function onRecord<T extends AuditEventType>(type: T, count: number) {
  for (;;) {
    const events = await eventsOf(countersign, type)
    if (events.length >= count) return events
    await new Promise(setImmediate)
  }
}

/** Lets everything come that was going to be sent: a push after it has come and gone. Nothing may hang or be cut off. */
async function settled(): Promise<void> {
  await phone.testPush()
  await onRecord('push.sent', service.requests.length)
}

/** What the page says of the notification. */
function said({ text }: Page): string {
  if (text.includes('We sent a notification')) return 'rung'
  if (text.includes('was notified often lately')) return 'held'
  if (text.includes('No notification is sent for a while')) return 'quiet'
  return 'nothing'
}

/** Milliseconds until the page’s button works; undefined when there is none. */
function againAfter({ text }: Page): number | undefined {
  const after = /data-again-after="(\d+)"/.exec(text)?.[1]
  return after === undefined ? undefined : Number(after)
}

const sendAgain = ({ browser: at, page }: Begun): Promise<Page> => at.submit(page, 'send-again')

/** Another phone of Ada's, bound by invitation, and where it is woken. */
async function secondPhone() {
  const code = await invite(countersign, ADA)
  const begun = await begin(countersign)
  await onRecord('push.sent', 1)
  const page = await begun.browser.submit(begun.page, 'invitation', { code })
  const other = await createPhone({ url: countersign.url })
  await other.bind({ ticket: ticketOn(page) ?? '' })
  await approve(other, begun)
  expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
  const itsBrowser = service.subscribe()
  await other.subscribe(itsBrowser.subscription)
  // What was sent until now is no part of the story.
  await onRecord('push.sent', 2)
  service.requests.length = 0
  countersign.clock.leap(11 * MINUTE)
  return { phone: other, browser: itsBrowser }
}

describe('a prompt', () => {
  test('rings, as long as it lives, and the page says so', async () => {
    const begun = await begin(countersign)
    const [ring] = await service.received(1)
    expect(ring).toMatchObject({ method: 'POST', path: browser.path })
    expect(ring?.headers).toMatchObject({ ttl: '90', urgency: 'high', topic: signInIdOf(begun.page) })
    expect(said(begun.page)).toBe('rung')
    expect(begun.page.text).toContain('Send again')
    const [event] = await onRecord('push.sent', 1)
    expect(event).toMatchObject({ purpose: 'prompt', signInId: signInIdOf(begun.page), via: 'web', result: 'accepted' })
  })

  test('tells the push service nothing, and the phone nothing that is secret', async () => {
    const begun = await begin(countersign)
    const [ring] = await service.received(1)
    const plain = `${JSON.stringify(ring?.headers)}${ring?.body.toString('latin1')}`
    for (const word of ['Contoso', 'ada@', ADA.objectId, digitsOn(begun.page) ?? '?', 'prompt'])
      expect(plain).not.toContain(word)
    const payload = browser.read(ring as NonNullable<typeof ring>)
    expect(payload).toEqual({
      ...{ kind: 'prompt', tag: signInIdOf(begun.page), integrationName: 'Contoso' },
      deviceId: expect.any(String),
      millisecondsLeft: expect.any(Number),
    })
    expect(JSON.stringify(payload)).not.toContain(digitsOn(begun.page))
  })

  test('names the person when the integration allows it, and only then', async () => {
    const { integrations } = countersign.service.capabilities
    await integrations.change(countersign.integration.id, { namePersonInPush: true }, 'command-line')
    await begin(countersign)
    const [ring] = await service.received(1)
    expect(browser.read(ring as NonNullable<typeof ring>).person).toBe(ADA.username)
  })

  test('of a phone that is being bound rings nobody', async () => {
    await begin(countersign, { person: GRACE })
    await settled()
    expect(rings()).toEqual([])
  })

  test('that was asked for again has a new number, the same topic, and rings', async () => {
    const begun = await begin(countersign)
    await service.received(1)
    countersign.clock.leap(91_000)
    const page = await begun.browser.submit(begun.page, 'ask-again')
    expect(said(page)).toBe('rung')
    const topics = (await service.received(2)).map(({ headers }) => headers.topic)
    expect(topics).toEqual([signInIdOf(page), signInIdOf(page)])
  })

  test('rings nobody whose phones take no notifications; there is nothing to send again', async () => {
    await phone.subscribe({ kind: 'none' })
    const begun = await begin(countersign)
    expect([said(begun.page), againAfter(begun.page)]).toEqual(['nothing', undefined])
    expect(stageOf(await sendAgain(begun))).toBe('number')
    expect(await approve(phone, begun)).toMatchObject({ body: { outcome: 'approved' } })
  })
})

describe('send again', () => {
  test('too soon says when, and sends nothing', async () => {
    countersign.clock.hold()
    const begun = await begin(countersign)
    await service.received(1)
    countersign.clock.leap(5000)
    const page = await sendAgain(begun)
    expect([stageOf(page), said(page)]).toEqual(['number', 'rung'])
    expect(againAfter(page)).toBe(15_000)
    expect(page.text).toContain('in 15 seconds')
    await settled()
    expect(rings()).toHaveLength(1)
  })

  test('after 20 seconds replaces its forerunner, with the life that is left', async () => {
    countersign.clock.hold()
    const begun = await begin(countersign)
    await service.received(1)
    countersign.clock.leap(20_000)
    const before = digitsOn(await reload(begun))
    const page = await sendAgain(begun)
    const [first, second] = await service.received(2)
    expect(second?.headers.topic).toBe(first?.headers.topic)
    expect(Number(second?.headers.ttl)).toBe(70)
    expect(browser.read(second as NonNullable<typeof second>).tag).toBe(signInIdOf(page))
    expect([said(page), digitsOn(page)]).toEqual(['rung', before])
    expect(againAfter(page)).toBe(20_000)
  })

  test('however often it is pressed at once, sends one', async () => {
    const begun = await begin(countersign)
    await service.received(1)
    countersign.clock.leap(20_000)
    await Promise.all([1, 2, 3, 4, 5].map(() => sendAgain(begun)))
    await settled()
    expect(rings()).toHaveLength(2)
  })

  test('is this browser’s, and nobody else’s', async () => {
    const begun = await begin(countersign)
    await service.received(1)
    countersign.clock.leap(20_000)
    const stranger = (await begin(countersign, { person: GRACE })).browser
    expect((await stranger.submit(begun.page, 'send-again')).status).toBe(404)
    await settled()
    expect(rings()).toHaveLength(1)
  })

  test('after the prompt has ended does nothing', async () => {
    const begun = await begin(countersign)
    await service.received(1)
    countersign.clock.leap(91_000)
    expect(stageOf(await sendAgain(begun))).toBe('ask-again')
    await settled()
    expect(rings()).toHaveLength(1)
  })
})

describe('a person', () => {
  test('is rung for five times in ten minutes, over all sign-ins; the sixth is held, and works without', async () => {
    for (let i = 0; i < 5; i++) {
      const begun = await begin(countersign)
      expect(said(begun.page)).toBe('rung')
      await onRecord('push.sent', 2 * i + 1)
      await leave(begun)
      await onRecord('push.sent', 2 * i + 2)
      countersign.clock.leap(30_000)
    }
    const sixth = await begin(countersign)
    expect(said(sixth.page)).toBe('held')
    // Longer than this prompt lives: there is nothing to wait for on this page.
    expect(againAfter(sixth.page)).toBeUndefined()
    await sendAgain(sixth)
    await settled()
    expect(rings()).toHaveLength(5)
    expect(await approve(phone, sixth)).toMatchObject({ body: { outcome: 'approved' } })
    expect(await finish(countersign, sixth)).toMatchObject({ accepted: true })

    countersign.clock.leap(10 * MINUTE)
    expect(said((await begin(countersign)).page)).toBe('rung')
  })

  test('is not rung for by a second sign-in at once; it can be sent when its time has come', async () => {
    await begin(countersign)
    await service.received(1)
    const second = await begin(countersign)
    expect(said(second.page)).toBe('held')
    expect(second.page.text).toContain('Send a notification')
    countersign.clock.leap(againAfter(second.page) ?? 0)
    expect(said(await sendAgain(second))).toBe('rung')
    const [, ring] = await service.received(2)
    expect(ring?.headers.topic).toBe(signInIdOf(second.page))
  })

  test('who says “not me” is left alone for 15 minutes, on record; the open app shows what there is', async () => {
    countersign.clock.hold()
    const begun = await begin(countersign)
    await service.received(1)
    await phone.notMe(await shownOn(phone, begun))
    const quietUntil = countersign.clock.now() + 15 * MINUTE
    const [alarm] = await eventsOf(countersign, 'person.alarmed')
    expect(alarm).toMatchObject({ because: 'reported', signInId: signInIdOf(begun.page), ...keyOf(ADA) })
    expect(Date.parse(alarm?.quietUntil ?? '')).toBe(quietUntil)

    countersign.clock.leap(MINUTE)
    const next = await begin(countersign)
    expect([said(next.page), againAfter(next.page)]).toEqual(['quiet', undefined])
    expect(said(await sendAgain(next))).toBe('quiet')
    await settled()
    expect(rings()).toHaveLength(1)
    expect(await approve(phone, next)).toMatchObject({ body: { outcome: 'approved' } })

    countersign.clock.leap(14 * MINUTE)
    expect(said((await begin(countersign)).page)).toBe('rung')
    expect(await eventsOf(countersign, 'person.alarmed')).toHaveLength(1)
  })

  test('who cancels twice is left alone too; once is no reason', async () => {
    for (const expected of ['rung', 'rung', 'quiet']) {
      const begun = await begin(countersign)
      expect(said(begun.page)).toBe(expected)
      if (expected !== 'quiet') await phone.cancel(await shownOn(phone, begun))
      countersign.clock.leap(MINUTE)
    }
    expect(await eventsOf(countersign, 'person.alarmed')).toMatchObject([{ because: 'denied' }])
  })

  test('who leaves in the browser has denied nothing', async () => {
    for (let i = 0; i < 3; i++) {
      await leave(await begin(countersign))
      countersign.clock.leap(MINUTE)
    }
    expect(said((await begin(countersign)).page)).toBe('rung')
    expect(await eventsOf(countersign, 'person.alarmed')).toEqual([])
  })
})

describe('a push service', () => {
  const answers: [string, PushAnswer][] = [
    ['says nothing', 'hang'],
    ['drops the connection', 'reset'],
    ['answers without an end', 'endless'],
    ['switches protocols', 'switch'],
    ['is broken', { status: 500 }],
    ['wants us to come back in a year', { status: 429, headers: { 'retry-after': '31536000' } }],
    ['sends us elsewhere', { status: 307, headers: { location: 'https://127.0.0.1/' } }],
  ]
  test.each(answers)('that %s delays nothing', async (_name, answer) => {
    service.answer(browser.path, answer)
    const begun = await begin(countersign)
    expect([stageOf(begun.page), said(begun.page)]).toEqual(['number', 'rung'])
    await service.received(1)
    expect(await approve(phone, begun)).toMatchObject({ body: { outcome: 'approved' } })
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
    expect(rings()).toHaveLength(1)
  })

  test('that nobody can connect to delays nothing, and its failure is on record', async () => {
    await service.close()
    const begun = await begin(countersign)
    expect(stageOf(begun.page)).toBe('number')
    expect(await approve(phone, begun)).toMatchObject({ body: { outcome: 'approved' } })
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
    service = await startPushService()
  })

  test('that asks for it is asked again, within the prompt’s life', async () => {
    service.answer(browser.path, { status: 503, headers: { 'retry-after': '0' } }, { status: 201 })
    await begin(countersign)
    const results = (await onRecord('push.sent', 2)).map(({ result }) => result)
    expect(results).toEqual(['unavailable', 'accepted'])
    expect(new Set(rings().map(({ headers }) => headers.topic)).size).toBe(1)
  })

  test.each([404, 410])('that does not know the phone any more (%d) is not asked again', async (status) => {
    service.answer(browser.path, { status })
    const begun = await begin(countersign)
    expect(await onRecord('push.retired', 1)).toMatchObject([{ reason: 'gone', via: 'web' }])
    // Nothing can reach the person any more, so the page does not say that something will.
    expect(said(await reload(begun))).toBe('nothing')
    countersign.clock.leap(20_000)
    await sendAgain(begun)
    expect(said((await begin(countersign)).page)).toBe('nothing')
    await settled()
    expect(service.requests).toHaveLength(1)
    expect((await phone.push()).body.subscribed).toBe('none')
  })

  test('that hangs does not keep the service from stopping', async () => {
    service.answer(browser.path, 'hang')
    await begin(countersign)
    await service.received(1)
    await countersign.restart()
    // It was cut off, not waited for: that would have been a result.
    expect(await eventsOf(countersign, 'push.sent')).toEqual([])
    while (service.standing() > 0) await new Promise(setImmediate)
  })
})

describe('when it is over', () => {
  test('what was decided on one phone is replaced on the other', async () => {
    const other = await secondPhone()
    const begun = await begin(countersign)
    await Promise.all([service.received(1, browser.path), service.received(1, other.browser.path)])
    await approve(phone, begun)
    const [, over] = await service.received(2, other.browser.path)
    expect(over?.headers).toMatchObject({ topic: signInIdOf(begun.page), urgency: 'normal' })
    expect(Number(over?.headers.ttl)).toBeGreaterThan(0)
    const payload = other.browser.read(over as NonNullable<typeof over>)
    expect(payload).toMatchObject({ kind: 'over', outcome: 'decided', tag: signInIdOf(begun.page) })
    await settled()
    expect([overs().length, overs(other.browser).length]).toEqual([0, 1])
  })

  test('what was left in the browser is replaced on every phone', async () => {
    const other = await secondPhone()
    const begun = await begin(countersign)
    await Promise.all([service.received(1, browser.path), service.received(1, other.browser.path)])
    await leave(begun)
    for (const each of [browser, other.browser]) {
      const [, over] = await service.received(2, each.path)
      expect(each.read(over as NonNullable<typeof over>)).toMatchObject({ kind: 'over', outcome: 'ended' })
    }
  })

  test('what never rang is not replaced', async () => {
    await begin(countersign)
    await service.received(1)
    const silent = await begin(countersign)
    expect(said(silent.page)).toBe('held')
    await leave(silent)
    await settled()
    expect(overs()).toEqual([])
  })
})

describe('the key for push', () => {
  test('stays the same over a start', async () => {
    const before = (await phone.push()).body
    await countersign.restart()
    expect((await phone.push()).body).toEqual(before)
    await begin(countersign)
    await service.received(1)
  })

  test('may be given', async () => {
    const ecdh = createECDH('prime256v1')
    ecdh.setPrivateKey(Buffer.alloc(32, 1))
    await countersign.close()
    await start({ COUNTERSIGN_VAPID_PRIVATE_KEY: Buffer.alloc(32, 1).toString('base64url') })
    expect((await phone.push()).body.vapidPublicKey).toBe(ecdh.getPublicKey('base64url'))
    await begin(countersign)
    const [ring] = await service.received(1)
    expect(ring?.headers.authorization).toContain(`k=${ecdh.getPublicKey('base64url')}`)
  })

  test('that a phone subscribed with and that is another now counts as none', async () => {
    const { subscriptions } = countersign.service.capabilities.stores
    const [subscribed] = await eventsOf(countersign, 'push.subscribed')
    if (!subscribed) throw new Error('no subscription')
    const [kept] = await subscriptions.ofDevices([subscribed.deviceId])
    await subscriptions.keep({ ...(kept as NonNullable<typeof kept>), vapidKey: 'another' }, subscribed)
    expect((await phone.push()).body).toMatchObject({ subscribed: 'none', addressDigest: null })
    expect(said((await begin(countersign)).page)).toBe('nothing')
    expect((await phone.subscribe(browser.subscription)).body.subscribed).toBe('web')
    expect(said((await begin(countersign)).page)).toBe('rung')
  })
})
