import { afterEach, describe, expect, test } from '@jest/globals'
import { createBrowser, digitsOn, formOf } from '../support/browser.ts'
import { type Countersign, startCountersign } from '../support/countersign.ts'
import { approve, begin, enrol, finish, shownOn } from '../support/stories.ts'

describe('a service that was told to stop', () => {
  let countersign: Countersign
  afterEach(() => countersign.close())

  test('says so first, so that a balancer sends people elsewhere, and serves whoever still comes', async () => {
    countersign = await startCountersign()
    const phone = await enrol(countersign)
    countersign.service.announceStop()
    const ready = await createBrowser().get(`${countersign.url}/readyz`)
    expect([ready.status, JSON.parse(ready.text).troubles]).toEqual([503, ['the service is stopping']])
    const begun = await begin(countersign)
    expect((await approve(phone, begun)).body).toEqual({ outcome: 'approved' })
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
  })

  test('opens no sign-in and takes no decision, but gives the answers that are due', async () => {
    countersign = await startCountersign()
    const phone = await enrol(countersign)
    const approved = await begin(countersign)
    await approve(phone, approved)
    const open = await begin(countersign)
    const pending = await shownOn(phone, open)
    const stream = await open.browser.listen(open.page)
    expect(await stream.next()).toBe(1)
    countersign.service.beginStop()

    expect(await stream.next()).toBeUndefined()
    const late = await begin(countersign)
    expect(formOf(late.page).fields).toEqual({ error: 'temporarily_unavailable', state: late.attempt.state })
    const decided = await phone.approve(pending, digitsOn(open.page) ?? '')
    expect([decided.status, decided.body.code]).toEqual([503, 'stopping'])
    const ready = await createBrowser().get(`${countersign.url}/readyz`)
    expect([ready.status, JSON.parse(ready.text).ready]).toEqual([503, false])
    expect(await finish(countersign, approved)).toMatchObject({ accepted: true })

    // The same request works once it is back.
    await countersign.restart()
    const page = await late.browser.arrive(late.attempt)
    expect((await approve(phone, { ...late, page })).body).toEqual({ outcome: 'approved' })
    expect((await phone.approve(pending, digitsOn(open.page) ?? '')).body).toEqual({ outcome: 'approved' })
  })
})
