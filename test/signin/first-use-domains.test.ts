// First use may be narrowed to the accounts of some domains. A label proves nothing: it never widens anything.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { stageOf } from '../support/browser.ts'
import { ADA, type Countersign, startCountersign } from '../support/countersign.ts'
import { begin, enrol, invite } from '../support/stories.ts'

let countersign: Countersign
beforeAll(async () => {
  countersign = await startCountersign()
})
afterAll(() => countersign.close())

const set = (changes: object) =>
  countersign.service.capabilities.integrations.change(countersign.integration.id, changes, 'command-line')
beforeEach(async () => {
  countersign.clock.leap(300_000)
  await set({ enrolment: 'first-use', firstUseUntil: null, firstUseDomains: ['contoso.example', 'fabrikam.example'] })
})

/** The stage of a first sign-in of somebody whose account has this label. */
async function stageFor(username: string): Promise<string | undefined> {
  return stageOf((await begin(countersign, { person: { ...ADA, objectId: crypto.randomUUID(), username } })).page)
}

describe('an account', () => {
  test.each(['ada@contoso.example', 'ada@CONTOSO.Example', 'ada@fabrikam.example', 'ada@home@contoso.example'])(
    'of these domains may bind by scanning: %s',
    async (label) => {
      expect(await stageFor(label)).toBe('ticket')
    },
  )

  test.each([
    'ada@hotmail.example',
    'guest_hotmail.example#EXT#@contoso.example',
    'ada@sub.contoso.example',
    'ada@notcontoso.example',
    'ada@contoso.example.evil.example',
    'ada@contoso.example@evil.example',
    'contoso.example',
    'ada',
    'ada@',
    '@',
  ])('of another one, or of none, needs an invitation: %s', async (label) => {
    expect(await stageFor(label)).toBe('invitation')
  })

  test('whose domain is written in other letters than the administrator wrote it is the same', async () => {
    await set({ firstUseDomains: ['xn--mnchen-3ya.example'] })
    expect(await stageFor('ada@München.example')).toBe('ticket')
    expect(await stageFor('ada@xn--mnchen-3ya.example')).toBe('ticket')
    expect(await stageFor('ada@munchen.example')).toBe('invitation')
  })

  test('of any domain may, where none is named', async () => {
    await set({ firstUseDomains: [] })
    expect(await stageFor('ada@hotmail.example')).toBe('ticket')
    expect(await stageFor('ada')).toBe('ticket')
  })
})

describe('the domains', () => {
  test('open nothing that is closed, over, or by invitation', async () => {
    await set({ enrolment: 'invitation' })
    expect(await stageFor('ada@contoso.example')).toBe('invitation')
    await set({ enrolment: 'closed' })
    expect(await stageFor('ada@contoso.example')).toBe('unbound')
    await set({ enrolment: 'first-use', firstUseUntil: countersign.clock.now() - 1 })
    expect(await stageFor('ada@contoso.example')).toBe('invitation')
  })

  test('keep nobody out who has a phone, or an invitation', async () => {
    const person = { ...ADA, objectId: crypto.randomUUID(), username: 'guest@hotmail.example' }
    const invited = await begin(countersign, { person })
    const code = await invite(countersign, person)
    expect(stageOf(await invited.browser.submit(invited.page, 'invitation', { code }))).toBe('ticket')

    await set({ firstUseDomains: [] })
    const early = { ...ADA, objectId: crypto.randomUUID(), username: 'early@hotmail.example' }
    await enrol(countersign, { person: early })
    await set({ firstUseDomains: ['contoso.example'] })
    expect(stageOf((await begin(countersign, { person: early })).page)).toBe('number')
  })

  test('count as they are when the sign-in is opened', async () => {
    const person = { ...ADA, objectId: crypto.randomUUID(), username: 'ada@contoso.example' }
    const begun = await begin(countersign, { person })
    await set({ firstUseDomains: ['fabrikam.example'] })
    expect(stageOf(await begun.browser.get(begun.page.url))).toBe('ticket')
  })
})
