import { afterEach, expect, test } from '@jest/globals'
import { type Countersign, startCountersign } from '../support/countersign.ts'
import { approve, begin, enrol, finish } from '../support/stories.ts'

const TOKEN = 'a-token-of-thirty-two-characters-or-more'
let countersign: Countersign
afterEach(() => countersign.close())

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
  const stopped = await begin(countersign)
  await stopped.browser.submit(stopped.page, 'give-up')

  const response = await read({ authorization: `Bearer ${TOKEN}` })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('text/plain')
  const text = await response.text()
  for (const line of [
    'countersign_sign_ins_total{phase="open"} 3',
    'countersign_sign_ins_total{phase="approved"} 2',
    'countersign_sign_ins_total{phase="answered"} 2',
    'countersign_sign_ins_total{phase="cancelled"} 1',
    'countersign_http_request_seconds_count{door="entra",method="POST",status="303"} 3',
  ])
    expect(text).toContain(line)
  expect(text).toMatch(/^countersign_signing_key_age_seconds \d/m)
  expect(text).toMatch(/^countersign_process_resident_memory_bytes \d/m)
  for (const secret of ['ada', begun.page.url.split('/').at(-1) ?? '', TOKEN]) expect(text).not.toContain(secret)
})
