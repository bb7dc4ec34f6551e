// The overview, over HTTP: what it says needs attention after what really happened, and to whom it offers to act.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { outcomeWords } from '../../src/admin/sign-ins/outcome-words.ts'
import type { Phase } from '../../src/signin/sign-in.ts'
import { createPhone } from '../phone-simulator/phone.ts'
import { ADA, TENANT } from '../support/countersign.ts'
import { approve, begin, enrol, finish, shownOn, signInIdOf } from '../support/stories.ts'
import { type Console, type Desk, startConsole } from './console.ts'

const DAY = 24 * 3_600_000
let console: Console
let owner: Desk & { id: string }
beforeEach(async () => {
  console = await startConsole()
  owner = await console.admitted('owner', 'Ada')
})
afterEach(() => console.close())

const overview = async (desk: Desk = owner) => (await desk.get('/admin/')).text
const sectionOf = (text: string, id: string) => text.split(`id="${id}"`)[1]?.split('</section>')[0] ?? ''
/** The attentions of a page, each as its level, its words and where it leads. */
const attentions = (text: string): string[] =>
  sectionOf(text, 'attention')
    .split('<li>')
    .slice(1)
    .map(
      (one) =>
        `${one
          .replace(/<[^>]+>/g, ' ')
          .replace(/\s+/g, ' ')
          .trim()} → ${/href="([^"]+)"/.exec(one)?.[1] ?? ''}`,
    )
const countOf = (text: string, outcome: Phase) =>
  new RegExp(`>${outcomeWords[outcome].name}(?:</a>)?</th>\\s*<td[^>]*><span class="count">(\\d+)<`).exec(text)?.[1]
/** A second owner, so that nobody is alone. */
const another = () => console.admitted('owner', 'Grace')

describe('the overview', () => {
  test('is where one lands, and is the first place of the navigation', async () => {
    const page = await owner.get('/admin/sign-in')
    expect(page.url).toBe(`${console.url}/admin/`)
    expect(page.text).toContain('<h1>Overview</h1>')
    expect(/<nav[\s\S]*?<a href="([^"]+)" aria-current="page">Overview/.exec(page.text)?.[1]).toBe('/admin/')
  })

  test('leads who is new from step to step, until somebody has signed in', async () => {
    const { integrations } = console.service.capabilities
    const states = async () =>
      [...sectionOf(await overview(), 'first-steps').matchAll(/class="first-step is-(\w+)"/g)].map(([, state]) => state)
    expect(await states()).toEqual(['done', 'next', 'later', 'later'])
    await integrations.remove(console.integration.id, 'command-line')
    expect(await states()).toEqual(['next', 'later', 'later', 'later'])
    expect(attentions(await overview())[0]).toMatch(/^Now No tenant is connected yet.*→ \/admin\/integrations\/new$/)
  })

  test('notices the first request, the first phone and the first sign-in', async () => {
    const states = async () =>
      [...sectionOf(await overview(), 'first-steps').matchAll(/class="first-step is-(\w+)"/g)].map(([, state]) => state)
    expect(attentions(await overview()).join()).toContain('Entra has sent nobody of Contoso here yet.')
    await begin(console)
    expect(await states()).toEqual(['done', 'done', 'done', 'next'])
    expect(attentions(await overview()).join()).not.toContain('Entra has sent nobody')
    expect(countOf(await overview(), 'open')).toBe('1')
    await enrol(console)
    expect(await states()).toEqual([])
    expect(countOf(await overview(), 'answered')).toBe('1')
  })

  test('counts the sign-ins of the last 24 hours, and not those before', async () => {
    const phone = await enrol(console)
    const begun = await begin(console)
    await phone.cancel(await shownOn(phone, begun))
    const page = await overview()
    expect([countOf(page, 'answered'), countOf(page, 'denied')]).toEqual(['1', '1'])
    console.clock.leap(DAY)
    await owner.signIn()
    expect(sectionOf(await overview(), 'last-day')).toContain('Nobody has signed in')
  })

  test('names the sign-ins that were “not me”, with the way to each, and after a day no more', async () => {
    const phone = await enrol(console)
    const begun = await begin(console)
    await phone.notMe(await shownOn(phone, begun))
    const [first] = attentions(await overview())
    expect(first).toMatch(
      /^Now ada@contoso.example said “not me” to a sign-in with Chrome on Windows from .* It began /,
    )
    expect(first).toContain(`→ /admin/sign-ins/${signInIdOf(begun.page)}`)
    console.clock.leap(DAY)
    await owner.signIn()
    expect(attentions(await overview()).join()).not.toContain('not me')
  })

  test('counts the reported ones that it does not name', async () => {
    const phone = await enrol(console)
    for (let i = 0; i < 7; i++) {
      const begun = await begin(console)
      await phone.notMe(await shownOn(phone, begun))
    }
    const all = attentions(await overview())
    expect(all.filter((one) => one.includes('said “not me”'))).toHaveLength(5)
    expect(all).toContainEqual(expect.stringMatching(/^Now 2 more sign-ins .*→ \/admin\/sign-ins\?outcome=reported$/))
  })

  test('says whose phone is left alone because they decline', async () => {
    const phone = await enrol(console)
    for (let i = 0; i < 3; i++) {
      const begun = await begin(console)
      await phone.cancel(await shownOn(phone, begun))
    }
    expect(attentions(await overview())[0]).toMatch(/^Now ada@contoso.example declined several sign-ins in a row/)
    console.clock.leap(DAY / 2)
    await owner.signIn()
    expect(attentions(await overview()).join()).not.toContain('declined')
  })

  test('tells of a refused request, and forgets it with the next that is accepted', async () => {
    await console.entra.begin({ person: ADA, contract: 'external-mfa' })
    const { audit } = console.service.capabilities
    const refused = { code: 'hint.tenant', reason: 'tid is another tenant', address: '192.0.2.1' }
    const of = { integrationId: console.integration.id, contract: 'external-mfa' }
    await audit.count({ type: 'hint.refused', ...refused, ...of })
    const said = /^Now The last request of Contoso \(External MFA\) was refused: tid is another tenant\./
    expect(attentions(await overview())[0]).toMatch(said)
    expect(attentions(await overview())[0]).toContain(`→ /admin/integrations/${console.integration.id}`)
    console.clock.leap(1000)
    await begin(console)
    expect(attentions(await overview()).join()).not.toContain('refused')
    console.clock.leap(1000)
    await audit.count({ type: 'hint.refused', ...refused, ...of })
    // It has worked: one bad request may be anybody's.
    expect(attentions(await overview()).join()).toMatch(/Soon The last request of Contoso/)
  })

  test('says how pushes fare', async () => {
    const { audit } = console.service.capabilities
    const sent = (result: string) =>
      audit.record({
        ...{ type: 'push.sent', deviceId: 'd', integrationId: 'i', tenantId: TENANT, objectId: ADA.objectId },
        ...{ signInId: null, purpose: 'prompt', via: 'web', result },
      })
    for (let i = 0; i < 5; i++) await sent('accepted')
    await sent('gone')
    expect(attentions(await overview()).join()).not.toContain('push')
    for (let i = 0; i < 7; i++) await sent(i === 0 ? 'limited' : 'unreachable')
    expect(attentions(await overview())[0]).toMatch(
      /^Now 7 of 12 pushes of the last hour were not accepted, mostly because the push service could not be reached\. .*→ \/admin\/audit\?type=push\.sent$/,
    )
    console.clock.leap(DAY / 24 + 1000)
    await owner.signIn()
    expect(attentions(await overview()).join()).not.toContain('push')
  })

  test('tells of a key that takes over', async () => {
    await console.service.capabilities.keys.announce('command-line')
    expect(attentions(await overview()).join()).toMatch(
      /Good to know A new signing key takes over by itself.*\/admin\/keys/,
    )
  })

  test('warns of an owner who is alone with one passkey', async () => {
    expect(attentions(await overview()).join()).toMatch(
      /Soon Ada is the only owner and has one passkey.*\/admin\/account/,
    )
    await another()
    expect(attentions(await overview()).join()).not.toContain('only owner')
  })

  test('says what a simulator, a made master key and a switched off tenant mean', async () => {
    await console.service.capabilities.integrations.change(console.integration.id, { enabled: false }, 'command-line')
    const said = attentions(await overview()).join('\n')
    expect(said).toContain('Good to know Contoso belongs to a simulator')
    expect(said).toContain('Good to know The master key lies in the data directory')
    expect(said).toContain('Good to know Contoso is switched off')
    expect(said).not.toContain('Entra has sent nobody')
  })

  test('reminds of a previous master key that is still given', async () => {
    const environment = {
      COUNTERSIGN_MASTER_KEY: Buffer.alloc(32, 1).toString('hex'),
      COUNTERSIGN_MASTER_KEY_PREVIOUS: Buffer.alloc(32, 2).toString('hex'),
    }
    const changing = await startConsole({ environment })
    const said = attentions(await overview(await changing.admitted('owner'))).join()
    await changing.close()
    expect(said).toContain('Good to know The previous master key is still given.')
    expect(said).not.toContain('The master key lies in the data directory')
  })

  test('is calm when nothing is pressing', async () => {
    await another()
    await enrol(console)
    expect(sectionOf(await overview(), 'attention')).toContain('>Nothing needs your attention.<')
  })

  test('offers a viewer nothing that a viewer may not do', async () => {
    await console.service.capabilities.integrations.remove(console.integration.id, 'command-line')
    const viewer = await console.admitted('viewer', 'Vera')
    const page = await overview(viewer)
    expect(page).not.toContain('/admin/integrations/new')
    expect(page).not.toContain('/admin/account">Add')
    expect(attentions(page)[0]).toMatch(/^Now No tenant is connected yet.*Ask an owner\./)
  })

  test('shows names as text', async () => {
    const { integrations } = console.service.capabilities
    await integrations.change(console.integration.id, { name: '<img src=x>' }, 'command-line')
    const page = await overview()
    expect(page).not.toContain('<img src=x>')
    expect(page).toContain('&lt;img src=x&gt;')
  })
})

describe('a page that keeps itself current', () => {
  const MINUTE = 60_000
  const look = (desk: Desk, path = '/admin/') =>
    desk.browser.request(`${console.url}${path}`, { headers: { 'countersign-live': '1' } })

  test('shows what is new', async () => {
    const phone = await createPhone({ url: console.url })
    await begin(console)
    expect(countOf((await look(owner)).text, 'open')).toBe('1')
    await enrol(console, { phone })
    expect(countOf((await look(owner)).text, 'answered')).toBe('1')
  })

  test('does not keep its session alive: who walks away is signed out', async () => {
    for (let minutes = 0; minutes < 14; minutes += 2) {
      expect((await look(owner)).url).toBe(`${console.url}/admin/`)
      console.clock.leap(2 * MINUTE)
    }
    expect((await look(owner)).text).toContain('<h1>Overview</h1>')
    console.clock.leap(2 * MINUTE)
    const answer = await fetch(`${console.url}/admin/`, {
      headers: { 'countersign-live': '1', cookie: `cs-admin=${owner.cookie()}` },
      redirect: 'manual',
    })
    expect({ status: answer.status, to: answer.headers.get('location') }).toEqual({
      status: 303,
      to: '/admin/sign-in?to=%2Fadmin%2F',
    })
  })

  test('cannot pretend that a form was not sent by somebody', async () => {
    console.clock.leap(10 * MINUTE)
    await owner.submit('/admin/account/name', { name: 'Ada L' }, { 'countersign-live': '1' })
    console.clock.leap(10 * MINUTE)
    expect(await owner.isIn()).toBe(true)
  })
})

test('the second step of a story is counted as it ends', async () => {
  const phone = await enrol(console)
  const begun = await begin(console)
  await approve(phone, begun)
  expect(countOf(await overview(), 'approved')).toBe('1')
  await finish(console, begun)
  expect([countOf(await overview(), 'approved'), countOf(await overview(), 'answered')]).toEqual(['0', '2'])
})
