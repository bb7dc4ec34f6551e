// What the log says of the requests of one sign-in, and what it never says.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { silentLog } from '../../src/base/log.ts'
import { createBrowser, digitsOn } from '../support/browser.ts'
import { type Countersign, startCountersign } from '../support/countersign.ts'
import { approve, begin, enrol, signInIdOf } from '../support/stories.ts'

type Line = Record<string, unknown> & { route: string | null }

let countersign: Countersign
let lines: Line[]
beforeEach(async () => {
  lines = []
  const info = (facts: object, message: string): void => {
    if (message === 'request') lines.push(facts as Line)
  }
  countersign = await startCountersign({ world: { log: { ...silentLog, info } } })
})
afterEach(() => countersign.close())

/** The first `count` lines with this route, once they are written: a line is written when its answer has left. */
async function written(route: string | null, count = 1): Promise<Line[]> {
  const those = (): Line[] => lines.filter((line) => line.route === route)
  while (those().length < count) await new Promise((resolve) => setImmediate(resolve))
  return those()
}

const AUTHORIZE = '/entra/authorize'
const PAGE = '/entra/sign-in/:id'

describe('the line of a request', () => {
  test('names the sign-in, and Entra’s request id, from the request to the answer', async () => {
    const phone = await enrol(countersign)
    await written(`${PAGE}/answer`)
    lines.length = 0
    const begun = await begin(countersign)
    const { 'client-request-id': clientRequestId } = begun.attempt.parameters
    expect(clientRequestId).toMatch(/./)
    const stream = await begun.browser.listen(begun.page)
    await stream.next()
    await approve(phone, begun)
    await stream.close()
    const form = await begun.browser.answer(begun.page)
    await Promise.all([written(`${PAGE}/answer`), written(`${PAGE}/events`)])

    const signInId = signInIdOf(begun.page)
    const integrationId = countersign.integration.id
    const ofBrowser = { clientRequestId, signInId, integrationId, reference: expect.stringMatching(/^[0-9a-f]{32}$/) }
    const line = (method: string, route: string, status: number, more: object) =>
      expect.objectContaining({ method, route, status, milliseconds: expect.any(Number), ...more })
    for (const expected of [
      line('POST', AUTHORIZE, 303, ofBrowser),
      line('GET', PAGE, 200, ofBrowser),
      line('GET', `${PAGE}/events`, 200, ofBrowser),
      line('GET', '/device/v1/pending', 200, {}),
      line('POST', '/device/v1/decide', 200, { signInId, outcome: 'approved' }),
      line('POST', `${PAGE}/answer`, 200, ofBrowser),
    ])
      expect(lines).toContainEqual(expected)

    const all = JSON.stringify(lines)
    const [cookie = ''] = begun.browser.cookies.values()
    const { id_token = '' } = form.fields
    const { state, nonce, id_token_hint } = begun.attempt.parameters
    for (const secret of [digitsOn(begun.page), cookie, id_token, state, nonce, id_token_hint]) {
      expect(secret).toMatch(/./)
      expect(all).not.toContain(secret)
    }
  })

  test('of a request of Entra that is refused has its request id, code and reason', async () => {
    const { attempt } = await begin(countersign, { parameters: { id_token_hint: 'rubbish' } })
    const [line] = await written(AUTHORIZE)
    expect(line).toMatchObject({
      clientRequestId: attempt.parameters['client-request-id'],
      integrationId: countersign.integration.id,
      code: 'hint.malformed',
      reason: expect.stringMatching(/./),
    })
    const strange = await begin(countersign, { parameters: { client_id: 'nobody' } })
    const found = (await written(AUTHORIZE, 2))[1]
    expect(found).toMatchObject({ code: 'request.client' })
    expect(found?.clientRequestId).toBe(strange.attempt.parameters['client-request-id'])
  })

  test('of a browser that lost its cookie names the sign-in that it asked for', async () => {
    const { page } = await begin(countersign)
    await written(PAGE)
    lines.length = 0
    await createBrowser().get(page.url)
    await createBrowser().get(`${countersign.url}/entra/sign-in/something-typed`)
    const [lost, typed] = await written(PAGE, 2)
    expect(lost).toMatchObject({ code: 'sign-in.unknown', signInId: signInIdOf(page), status: 404 })
    expect(typed).toMatchObject({ code: 'sign-in.unknown', status: 404 })
    expect(typed).not.toHaveProperty('signInId')
  })

  test('says what was refused where the person only sees the page again', async () => {
    await enrol(countersign)
    const { browser, page } = await begin(countersign)
    await browser.submit(page, 'ask-again')
    await browser.submit(page, 'send-again')
    await browser.submit(page, 'invitation', { code: 'AAAA-BBBB-CCCC' })
    const codeOf = async (act: string) => (await written(`${PAGE}/${act}`))[0]?.code
    expect(await codeOf('ask-again')).toBe('prompt.open')
    expect(await codeOf('send-again')).toBe('push.nowhere')
    expect(await codeOf('invitation')).toBe('invitation.refused')
    expect(JSON.stringify(lines)).not.toContain('AAAA')
  })

  test('has the pattern of an address, and never what was typed', async () => {
    const secret = 'a-secret-that-was-pasted'
    const { url } = countersign
    for (const path of [`/${secret}`, `/admin/integrations/${secret}`, `/healthz?${secret}`, `/device/v1/${secret}`])
      await fetch(url + path, { redirect: 'manual' })
    await fetch(`${url}/entra/keys`, { method: 'POST', body: secret })
    const routes = ['/admin/integrations/:id', '/healthz', '/entra/keys']
    await Promise.all([written(null, 2), ...routes.map((route) => written(route))])
    expect(JSON.stringify(lines)).not.toContain(secret)
  })
})
