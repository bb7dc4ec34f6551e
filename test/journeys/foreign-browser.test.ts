import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Phone } from '../phone-simulator/phone.ts'
import { createBrowser, digitsOn, type Page, stageOf, type TestBrowser } from '../support/browser.ts'
import { ADA, type Countersign, startCountersign } from '../support/countersign.ts'
import { approve, type Begun, begin, contracts, enrol, finish, reload, signInIdOf } from '../support/stories.ts'

const reads = ['', '/version', '/events']
const acts = ['ask-again', 'invitation', 'answer', 'give-up']

/** Everything there is to ask of a sign-in by its link. */
async function askEverything(browser: TestBrowser, url: string): Promise<Page[]> {
  const pages: Page[] = []
  for (const read of reads) pages.push(await browser.get(`${url}${read}`))
  for (const act of acts) pages.push(await browser.post(`${url}/${act}`, { code: 'AAAA-BBBB-CCCC' }))
  return pages
}

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
    for (const browser of [createBrowser(), wrong, empty, borrowed]) {
      for (const page of await askEverything(browser, begun.page.url)) {
        expect(withoutReference(page)).toEqual(withoutReference(unknown))
        expect(page.headers.get('set-cookie')).toBeNull()
      }
    }
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
