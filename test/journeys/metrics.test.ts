import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createBrowser } from '../support/browser.ts'
import { type Countersign, startCountersign } from '../support/countersign.ts'
import { approve, begin, enrol, finish, shownOn } from '../support/stories.ts'

const TOKEN = 'a-token-of-thirty-two-characters-or-more'
let countersign: Countersign
afterEach(() => countersign.close())

const told = async (): Promise<string> => (await read({ authorization: `Bearer ${TOKEN}` })).text()

const read = (headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${countersign.url}/metrics`, { headers })

test('there is no /metrics until somebody may read it', async () => {
  countersign = await startCountersign()
  expect((await read()).status).toBe(404)
})

test('tells nothing without the token', async () => {
  countersign = await startCountersign({ environment: { COUNTERSIGN_METRICS_TOKEN: TOKEN } })
  for (const authorization of ['', 'Bearer ', `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, `bearer${TOKEN}`]) {
    const response = await read({ authorization })
    expect(response.status).toBe(401)
    expect(await response.text()).not.toContain('countersign_')
  }
})

test('counts sign-ins by what they came to and requests by door, and names nobody', async () => {
  countersign = await startCountersign({ environment: { COUNTERSIGN_METRICS_TOKEN: TOKEN } })
  const phone = await enrol(countersign)
  const begun = await begin(countersign)
  await approve(phone, begun)
  await finish(countersign, begun)
  const stopped = await begin(countersign, { contract: 'custom-control' })
  await stopped.browser.submit(stopped.page, 'give-up')

  const response = await read({ authorization: `Bearer ${TOKEN}` })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('text/plain')
  const text = await response.text()
  for (const line of [
    'countersign_sign_ins_total{phase="open",contract="external-mfa"} 2',
    'countersign_sign_ins_total{phase="open",contract="custom-control"} 1',
    'countersign_sign_ins_total{phase="approved",contract="external-mfa"} 2',
    'countersign_sign_ins_total{phase="answered",contract="external-mfa"} 2',
    'countersign_sign_ins_total{phase="cancelled",contract="custom-control"} 1',
    // What did not happen yet is there all the same: an alert sees its first rise.
    'countersign_sign_ins_total{phase="reported",contract="external-mfa"} 0',
    'countersign_prompt_to_decision_seconds_count{outcome="approved"} 2',
    'countersign_store_write_seconds_count{result="failed"} 0',
    'countersign_log_lines_total{level="error"} 0',
    'countersign_ready 1',
    'countersign_http_request_seconds_count{door="entra",method="POST",status="303"} 3',
  ])
    expect(text).toContain(line)
  for (const some of [
    'signing_key_age_seconds',
    'signing_key_ends_seconds 77',
    'signing_key_certificate_ends_seconds 6',
    'store_write_seconds_count{result="done"}',
    'store_read_seconds_count{result="done"}',
    'nodejs_eventloop_lag_p99_seconds',
    'nodejs_heap_size_used_bytes',
  ])
    expect(text).toMatch(new RegExp(`^countersign_${some.replace(/[{}]/g, '\\$&')} ?[1-9\\d]`, 'm'))
  expect(text).toMatch(/^countersign_process_resident_memory_bytes \d/m)
  for (const secret of ['ada', begun.page.url.split('/').at(-1) ?? '', TOKEN]) expect(text).not.toContain(secret)
})

describe('figures', () => {
  beforeEach(async () => {
    countersign = await startCountersign({ environment: { COUNTERSIGN_METRICS_TOKEN: TOKEN } })
  })

  test('of the time from the prompt to the decision, by what was decided', async () => {
    const phone = await enrol(countersign)
    const begun = await begin(countersign)
    countersign.clock.leap(12_000)
    await phone.notMe(await shownOn(phone, begun))
    const text = await told()
    expect(text).toContain('countersign_prompt_to_decision_seconds_bucket{le="10",outcome="reported"} 0')
    expect(text).toContain('countersign_prompt_to_decision_seconds_bucket{le="15",outcome="reported"} 1')
    expect(text).toContain('countersign_prompt_to_decision_seconds_bucket{le="90",outcome="reported"} 1')
  })

  test('of refused requests, by code and contract, and by no word of who sends them', async () => {
    await begin(countersign, { contract: 'custom-control', parameters: { id_token_hint: 'rubbish-of-a-stranger' } })
    const strange = await begin(countersign, { parameters: { client_id: 'nobody-that-we-know' } })
    expect(strange.page.status).toBe(400)
    await createBrowser().post(`${countersign.url}/entra/authorize`, { 'client-request-id': 'x' })
    await fetch(`${countersign.url}/made-up-door`, { method: 'PROPFIND' })
    const text = await told()
    for (const labels of [
      'code="hint.malformed",contract="custom-control"',
      'code="request.client",contract="none"',
      'code="request.incomplete",contract="none"',
    ])
      expect(text).toContain(`countersign_hint_refusals_total{${labels}} 1\n`)
    expect(text).toContain('countersign_http_request_seconds_count{door="other",method="other",status="404"} 1')
    for (const sent of ['rubbish', 'nobody-that', 'made-up', 'PROPFIND']) expect(text).not.toContain(sent)
  })

  test('of browsers that wait', async () => {
    const { browser, page } = await begin(countersign)
    expect(await told()).toContain('countersign_open_waits 0\n')
    const stream = await browser.listen(page)
    expect(await stream.next()).toBe(1)
    expect(await told()).toContain('countersign_open_waits 1\n')
    countersign.service.beginStop()
    expect(await stream.next()).toBeUndefined()
    expect(await told()).toContain('countersign_open_waits 0\n')
  })

  test('of the keys and the clock: what is not there is left out, and is no zero', async () => {
    const before = await told()
    expect(before).not.toMatch(/^countersign_(announced_key_signs|clock_skew)_seconds /m)
    await countersign.service.capabilities.keys.announce('command-line')
    const after = await told()
    expect(after).toMatch(/^countersign_announced_key_signs_seconds 172[78]\d\d/m)
    expect(after).toMatch(/^countersign_signing_key_ends_seconds 172[78]\d\d/m)
  })

  test('of the process are there though the store is away, which is not ready', async () => {
    countersign.service.capabilities.stores.reachable = () => Promise.reject(new Error('away'))
    countersign.service.capabilities.stores.keys.read = () => new Promise(() => undefined)
    const text = await told()
    expect(text).toContain('countersign_ready 0\n')
    expect(text).toMatch(/^countersign_process_cpu_seconds_total \d/m)
    expect(text).not.toMatch(/^countersign_signing_key_age_seconds /m)
  })
})
