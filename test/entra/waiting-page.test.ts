// The page of a sign-in in each of its stages: everything on it that a person reads, follows or sends.
import { describe, expect, test } from '@jest/globals'
import { ticketOf } from '../../src/devices/ticket.ts'
import { createWaitingPage } from '../../src/entra/waiting-page.ts'
import { createViews } from '../../src/http/views.ts'
import type { PendingDevice, SignIn } from '../../src/signin/sign-in.ts'
import { SIGN_IN_LIFE } from '../../src/signin/transaction.ts'
import { anAskedSignIn, aSignIn, OPENED } from '../signin/a-sign-in.ts'

const PUBLIC_URL = 'https://mfa.example'
const SECRET = 'the-secret-of-this-browser'
const HERE = '/entra/sign-in/sign-in-1'
const ticket = { ticketDigest: 'digest-of-the-ticket', codeDigest: 'digest-of-the-code' }
const pendingDevice = { id: 'device-1' } as PendingDevice
const views = createViews({ assets: { signInPage: '/sign-in.js' }, publicUrl: PUBLIC_URL })

type Standing = { reachable: boolean; rung: boolean; againAfter: number; quiet: boolean }
const unreachable: Standing = { reachable: false, rung: false, againAfter: 0, quiet: false }

type Given = { now?: number; standing?: Partial<Standing>; codeWait?: number }

async function textOf(signIn: SignIn, { now = OPENED, standing, codeWait = 0 }: Given): Promise<string> {
  const signIns = {
    ringStanding: async () => ({ ...unreachable, ...standing }),
    codeWait: async () => codeWait,
  }
  return createWaitingPage({ views, publicUrl: PUBLIC_URL, signIns })(signIn, SECRET, now)
}

/** What of the page matters, read from its markup. */
async function pageOf(signIn: SignIn, given: Given = {}) {
  const text = await textOf(signIn, given)
  const all = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, found]) => found)
  const one = (pattern: RegExp) => pattern.exec(text)?.[1]
  return {
    stage: one(/data-stage="([^"]+)"/),
    title: one(/<h1>(.*?)<\/h1>/),
    version: one(/data-version="(\d+)"/),
    live: / data-live/.test(text),
    left: Number(one(/data-time-left="([^"]*)"/)),
    digits: one(/data-digits[^>]*>(.*?)</),
    reload: one(/http-equiv="refresh" content="(\d+)"/),
    forms: all(/<form[^>]* action="([^"]+)"/g).map((action) => action?.replace(`${HERE}/`, '')),
    links: all(/href="(https?:[^"]+)"/g),
    says: all(/<p(?: class="error"[^>]*| role="status")?>(.*?)<\/p>/g),
    alert: one(/role="alert">(.*?)</),
    again: one(/data-again-after="(\d+)">[^<]*</),
    isOpen: /<details open>/.test(text),
    text,
  }
}

describe('the page of any sign-in', () => {
  test('says whose and where it is, and asks its own address how it goes on', async () => {
    const { text, version } = await pageOf(aSignIn({ version: 7, person: '<Ada>' }))
    expect(text).toContain('Signing in <bdi>&lt;Ada&gt;</bdi> to <bdi>Contoso</bdi>')
    expect(text).toContain(`data-path="${HERE}"`)
    expect(version).toBe('7')
  })
})

test('how the ringing stands is asked for only where it is shown', async () => {
  let asked = 0
  const ringStanding = async () => {
    asked++
    return unreachable
  }
  const render = createWaitingPage({
    ...{ views, publicUrl: PUBLIC_URL, signIns: { ringStanding, codeWait: async () => 0 } },
  })
  for (const signIn of [aSignIn({ ticket }), aSignIn({ ticket, pendingDevice }), aSignIn({ phase: 'approved' })])
    await render(signIn, SECRET, OPENED)
  expect(asked).toBe(0)
  await render(anAskedSignIn(), SECRET, OPENED)
  expect(asked).toBe(1)
})

describe('who has no phone', () => {
  test('is shown the ticket of this browser, as a link, as an image and as a code', async () => {
    const own = ticketOf(SECRET, 'sign-in-1')
    const page = await pageOf(aSignIn({ ticket }), { now: OPENED + 40_000 })
    expect(page).toMatchObject({
      ...{ stage: 'ticket', title: 'Add your phone', live: true, left: 200_000, reload: '4', forms: ['give-up'] },
      links: [`${PUBLIC_URL}/authenticator/#ticket=${own.ticket}`, `${PUBLIC_URL}/authenticator/#ticket=${own.ticket}`],
    })
    expect(page.text).toContain(own.code.match(/.{4}/g)?.join('-'))
    expect(page.text).toContain(`open <b>${PUBLIC_URL}/authenticator/</b>`)
    // Version 5 at level M: 37 modules, and four on each side that stay empty.
    const image = /<svg[^>]*viewBox="0 0 (\d+) \1"/.exec(page.text)
    expect(image?.[1]).toBe(String(37 + 2 * 4))
    expect(page.text).not.toContain(SECRET)
  })

  test('may type an invitation where that is the rule', async () => {
    const page = await pageOf(aSignIn({ invitable: true }))
    expect(page).toMatchObject({ stage: 'invitation', live: true, forms: ['invitation', 'give-up'], alert: undefined })
    expect(page.title).toBe('Type your invitation code')
  })

  test('is told that none can be added where none can, and may go back', async () => {
    const page = await pageOf(aSignIn())
    expect(page).toMatchObject({ stage: 'unbound', title: 'No phone is connected', live: false, forms: ['give-up'] })
  })
})

describe('who typed an invitation code that was not taken', () => {
  const typed = (invitationTries: number, codeWait = 0) =>
    pageOf(aSignIn({ invitable: true, invitationTries }), { codeWait })

  test('is told that it does not work, and may type another', async () => {
    const page = await typed(1)
    expect(page.alert).toBe('This invitation code does not work. Check it, or ask your administrator for a new one.')
    expect(page.forms).toEqual(['invitation', 'give-up'])
  })

  test.each([
    [1, '1 seconds'],
    [89_001, '90 seconds'],
    [90_000, '90 seconds'],
    [90_001, '2 minutes'],
    [120_001, '3 minutes'],
    [600_000, '10 minutes'],
  ])('is told how long to wait after too many: %i ms are %s', async (wait, words) => {
    const page = await typed(1, wait)
    expect(page.alert).toBe(`Too many wrong codes were typed. Please wait ${words}, then try again.`)
    expect(page.forms).toEqual(['invitation', 'give-up'])
  })

  test('is told to ask the administrator when no wait helps, and may type nothing', async () => {
    const page = await typed(1, Number.POSITIVE_INFINITY)
    expect(page).toMatchObject({ title: 'No phone can be added now', forms: ['give-up'] })
    expect(page.alert).toBe('Too many wrong codes were typed. Ask your administrator to unlock your account here.')
  })
})

describe('who has a phone', () => {
  const says = async (signIn: SignIn, standing: Partial<Standing>, now = OPENED) => {
    const { says, again, forms } = await pageOf(signIn, { standing, now })
    return { said: says[0], again, canSend: forms.includes('send-again') }
  }
  const OPEN_IT = 'Open the authenticator on your phone and type this number.'

  test('is shown the number, and how long it holds', async () => {
    const page = await pageOf(anAskedSignIn('042137'), { now: OPENED + 30_000 })
    expect(page).toMatchObject({
      ...{ stage: 'number', title: 'Type this number on your phone', live: true, digits: '042137', reload: '4' },
      ...{ left: 60_000, forms: ['give-up'], links: [`${PUBLIC_URL}/authenticator/`] },
    })
    expect(page.text).toContain('The number is 0 4 2 1 3 7')
  })

  test.each([
    [
      'that it was notified',
      { reachable: true, rung: true },
      'We sent a notification to your phone. Tap it, and type this number.',
    ],
    [
      'that it is left alone after an alarm',
      { reachable: true, quiet: true },
      `${OPEN_IT} No notification is sent for a while, because a sign-in of yours was turned down.`,
    ],
    [
      'that it was notified often',
      { reachable: true },
      `${OPEN_IT} Your phone was notified often lately, so no notification was sent this time.`,
    ],
    ['to open it, when it takes no notifications', {}, OPEN_IT],
  ])('is told %s', async (_what, standing, said) => {
    expect((await says(anAskedSignIn(), standing)).said).toBe(said)
  })

  test.each([
    ['at once', 0, 0, '0'],
    ['after a wait', 20_000, 0, '20000'],
    ['in the last moment of the number', 20_000, 69_999, '20000'],
    ['not when the number is over by then', 20_000, 70_000, undefined],
  ])('may have it sent again %s', async (_when, againAfter, passed, again) => {
    const asked = await says(anAskedSignIn(), { reachable: true, rung: true, againAfter }, OPENED + passed)
    expect(asked).toMatchObject({ again, canSend: again !== undefined })
  })

  test('may have nothing sent to a phone that takes no notifications', async () => {
    expect(await says(anAskedSignIn(), { againAfter: 0 })).toMatchObject({ again: undefined, canSend: false })
  })

  test('may say that it is out of reach, and type an invitation where that is the rule', async () => {
    const page = await pageOf(anAskedSignIn())
    expect(page.text).toContain('I can’t use my phone')
    expect(page.text).toContain('Ask your administrator for help.')
    const invitable = await pageOf(anAskedSignIn('1', { invitable: true }))
    expect(invitable).toMatchObject({ forms: ['invitation', 'give-up'], isOpen: false, alert: undefined })
    // What was wrong is not hidden behind a click.
    expect((await pageOf(anAskedSignIn('1', { invitable: true, invitationTries: 1 }))).isOpen).toBe(true)
  })

  test('that is just being added is not told of another way, and no notification is offered', async () => {
    const binding = anAskedSignIn('1', { ticket, pendingDevice, invitable: true })
    const page = await pageOf(binding, { standing: { reachable: true, rung: true } })
    expect(page.says[0]).toBe('Your phone was added. Type the number there to finish.')
    expect(page.forms).toEqual(['give-up'])
    expect(page.text).not.toContain('I can’t use my phone')
  })

  test('may ask it again when it was not answered, for as long as the sign-in lasts', async () => {
    const page = await pageOf(anAskedSignIn(), { now: OPENED + 90_000 })
    expect(page).toMatchObject({ stage: 'ask-again', title: 'Ask your phone again?', live: true, left: 150_000 })
    expect(page.says).toContain('Your phone was not answered in time. Ask again for a new number.')
    expect(page.forms).toEqual(['ask-again', 'give-up'])
    expect(page.text).toContain('I can’t use my phone')
  })

  test('just added may be asked again, and no other way is told of', async () => {
    const page = await pageOf(anAskedSignIn('1', { ticket, pendingDevice }), { now: OPENED + 90_000 })
    expect(page.stage).toBe('ask-again')
    expect(page.text).not.toContain('I can’t use my phone')
  })
})

describe('a sign-in that is over', () => {
  test('by approval goes back by itself, and is not asked after any more', async () => {
    const page = await pageOf(anAskedSignIn('1', { phase: 'approved' }))
    expect(page).toMatchObject({ stage: 'approved', title: 'Approved', live: false, forms: ['answer'] })
  })

  test.each([
    ['denied', 'You cancelled this', ['give-up']],
    ['cancelled', 'You left this sign-in', ['give-up']],
    ['expired', 'Time is over', ['give-up']],
    // Entra has its answer: there is none to give any more.
    ['answered', 'This sign-in is finished', []],
  ] as const)('as %s says so, shows no time, and leads back where that can be', async (phase, title, forms) => {
    const page = await pageOf(aSignIn({ phase }), { now: OPENED + SIGN_IN_LIFE + 1 })
    expect(page).toMatchObject({ stage: 'over', title, live: false, forms, reload: undefined })
  })
})
