import { afterEach, describe, expect, test } from '@jest/globals'
import { createPhone } from '../phone-simulator/phone.ts'
import { createBrowser, digitsOn, formOf, ticketOn } from '../support/browser.ts'
import { type Countersign, startCountersign } from '../support/countersign.ts'
import { type CountersignProcess, startProcess } from '../support/process.ts'
import { approve, begin, enrol, eventsOf, finish, reload, shownOn } from '../support/stories.ts'

describe('a service that was told to stop', () => {
  let countersign: Countersign
  afterEach(() => countersign.close())

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

describe('SIGTERM', () => {
  let countersign: CountersignProcess
  afterEach(() => countersign.close())

  test('ends the waits of browsers and then the process, in order; what was open goes on after a start', async () => {
    countersign = await startProcess()
    const phone = await createPhone({ url: countersign.url })
    const begun = await begin(countersign)
    const others = [await begin(countersign), await begin(countersign)]
    const streams = await Promise.all([begun, ...others].map(({ browser, page }) => browser.listen(page)))
    for (const stream of streams) expect(await stream.next()).toBe(1)

    const ended = countersign.end('SIGTERM')
    for (const stream of streams) expect(await stream.next()).toBeUndefined()
    expect(await ended).toMatchObject({ code: 0, signal: null, errors: '' })
    await expect(begin(countersign)).rejects.toThrow()
    expect((await eventsOf(countersign)).at(-1)?.type).toBe('service.stopped')

    await countersign.start()
    await phone.bind({ ticket: ticketOn(await reload(begun)) ?? '' })
    expect((await approve(phone, begun)).body).toEqual({ outcome: 'approved' })
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
  }, 30_000)
})
