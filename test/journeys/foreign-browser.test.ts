import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Phone } from '../phone-simulator/phone.ts'
import { createBrowser, digitsOn, type Page, stageOf, type TestBrowser } from '../support/browser.ts'
import { ADA, type Countersign, GRACE, GUEST, startCountersign } from '../support/countersign.ts'
import { type Asked, signInRoutes } from '../support/sign-in-routes.ts'
import {
  approve,
  type Begun,
  begin,
  contracts,
  enrol,
  eventsOf,
  finish,
  leave,
  reload,
  signInIdOf,
} from '../support/stories.ts'

/** Everything there is to ask of a sign-in by its link. */
const askEverything = (asked: readonly Asked[], browser: TestBrowser, url: string): Promise<Page[]> =>
  Promise.all(
    asked.map(({ method, path }) =>
      method === 'GET' ? browser.get(`${url}${path}`) : browser.post(`${url}${path}`, { code: 'AAAA-BBBB-CCCC' }),
    ),
  )

const withoutReference = ({ status, text }: Page) => ({
  status,
  text: text.replace(/<code>[\w-]+<\/code>/, '<code></code>'),
})

describe.each(contracts)('the link of a sign-in in another browser (%s)', (contract) => {
  let countersign: Countersign
  let phone: Phone
  let begun: Begun
  beforeAll(async () => {
    countersign = await startCountersign()
    phone = await enrol(countersign, { contract })
    begun = await begin(countersign, { contract })
  })
  afterAll(() => countersign.close())

  test('has routes of which each is asked for below', () => {
    const asked = signInRoutes(countersign.service).map(({ method, path }) => `${method} ${path}`)
    expect(asked).toEqual(expect.arrayContaining(['GET ', 'GET /events', 'POST /answer', 'POST /send-again']))
    expect(asked.filter((each) => !/^(GET|POST) /.test(each))).toEqual([])
  })

  test('gives a foreign browser nothing: all it gets is one same refusal', async () => {
    const unknown = await createBrowser().get(`${countersign.url}/entra/sign-in/${'A'.repeat(22)}`)
    expect(unknown.status).toBe(404)
    expect(unknown.text).toContain('There is no such sign-in, or it was begun in another browser.')

    const wrong = createBrowser()
    wrong.cookies.set(`cs-${signInIdOf(begun.page)}`, 'A'.repeat(43))
    const empty = createBrowser()
    empty.cookies.set(`cs-${signInIdOf(begun.page)}`, '')
    const borrowed = createBrowser()
    const own = await begin(countersign, { contract, browser: borrowed })
    const secret = borrowed.cookies.get(`cs-${signInIdOf(own.page)}`) ?? ''
    borrowed.cookies.set(`cs-${signInIdOf(begun.page)}`, secret)
    // The right secret under the name of another sign-in is not looked for there.
    const misplaced = createBrowser()
    misplaced.cookies.set('cs', begun.browser.cookies.get(`cs-${signInIdOf(begun.page)}`) ?? '')
    const before = await eventsOf(countersign)
    for (const browser of [createBrowser(), wrong, empty, borrowed, misplaced]) {
      const pages = await askEverything(signInRoutes(countersign.service), browser, begun.page.url)
      for (const page of pages) {
        expect(withoutReference(page)).toEqual(withoutReference(unknown))
        expect(page.headers.get('set-cookie')).toBeNull()
      }
    }
    expect(await eventsOf(countersign)).toEqual(before)
  })

  test('gives it nothing whichever stage the sign-in is in', async () => {
    const stages: Record<string, () => Promise<Begun>> = {
      ticket: () => begin(countersign, { contract, person: GRACE }),
      over: async () => {
        const left = await begin(countersign, { contract, person: GRACE })
        await leave(left)
        return left
      },
      expired: async () => {
        const late = await begin(countersign, { contract, person: GUEST })
        countersign.clock.leap(241_000)
        return late
      },
    }
    for (const reach of Object.values(stages)) {
      const { page } = await reach()
      for (const { status, text } of await askEverything(
        signInRoutes(countersign.service),
        createBrowser(),
        page.url,
      )) {
        expect(status).toBe(404)
        expect(text).not.toMatch(/ticket|data-stage|to-entra|access_denied/)
      }
    }
    begun = await begin(countersign, { contract })
  })

  test('says the same to a program', async () => {
    const page = await createBrowser().request(`${begun.page.url}/version`, { headers: { accept: 'application/json' } })
    expect(page.status).toBe(404)
    expect(page.headers.get('content-type')).toContain('application/problem+json')
    expect(JSON.parse(page.text)).toMatchObject({ code: 'sign-in.unknown', status: 404 })
  })

  test('leaves the sign-in as it was, and its own browser finishes it', async () => {
    const page = await reload(begun)
    expect(stageOf(page)).toBe('number')
    expect(digitsOn(page)).toBe(digitsOn(begun.page))
    expect((await approve(phone, begun)).body).toEqual({ outcome: 'approved' })
    // Approved: the right moment for a thief with the link.
    const stolen = await createBrowser().post(`${begun.page.url}/answer`, {})
    expect([stolen.status, stolen.text.includes('id_token')]).toEqual([404, false])
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
  })
})

/** As Entra's page makes a browser post to us (Fetch Metadata; RFC 6454). */
const FROM_ENTRA = {
  origin: 'https://login.microsoftonline.com',
  'sec-fetch-site': 'cross-site',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
}

describe('the cookie of a sign-in', () => {
  let countersign: Countersign
  beforeAll(async () => {
    countersign = await startCountersign()
  })
  afterAll(() => countersign.close())

  test('is hidden from scripts, comes along from another site, and ends soon after the sign-in', async () => {
    const attempt = await countersign.entra.begin({ person: ADA, contract: 'external-mfa' })
    const response = await fetch(attempt.authorizationEndpoint, {
      method: 'POST',
      body: new URLSearchParams(attempt.parameters),
      headers: FROM_ENTRA,
      redirect: 'manual',
    })
    expect(response.status).toBe(303)
    const [cookie] = response.headers.getSetCookie()
    expect(cookie).toMatch(/^cs-[\w-]{22,}=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/)
    const life = Number(/Max-Age=(\d+)/.exec(cookie ?? '')?.[1])
    expect(life).toBeGreaterThanOrEqual(240)
    expect(life).toBeLessThan(1200)
    expect(response.headers.get('cache-control')).toBe('no-store')
  })
})
