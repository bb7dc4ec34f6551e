import { spawnSync } from 'node:child_process'
import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Page } from '../support/browser.ts'
import { ADA, GRACE, TENANT } from '../support/countersign.ts'
import { begin, enrol, keyOf } from '../support/stories.ts'
import { type Console, type Desk, startConsole } from './console.ts'
import { machineOf } from './machine.ts'

const MINUTE = 60_000
const REGISTRY_OF_REFUSALS = '/admin/audit/refusals'

let console: Console
let viewer: Desk & { id: string }
let helpdesk: Desk & { id: string }
beforeAll(async () => {
  console = await startConsole()
  viewer = await console.admitted('viewer', 'Vera')
  helpdesk = await console.admitted('helpdesk', 'Hal')
  await enrol(console, { person: ADA })
  await begin(console, { person: GRACE })
  await console.service.capabilities.devices.invite(console.integration.id, keyOf(GRACE), 'command-line')
  const [phone] = await console.service.capabilities.people.devicesOf(keyOf(ADA))
  await helpdesk.submit(`/admin/people/${TENANT}/${ADA.objectId}/remove-phone`, { id: phone?.id ?? '', reason: 'lost' })
})
afterAll(() => console.close())

/** The titles on the page, in its order. */
const listed = ({ text }: Page) =>
  [...text.matchAll(/<div class="told">\s*<strong>([^<]+)</g)].map(([, title]) => title)
const found = async (query: string) => listed(await viewer.get(`/admin/audit?${query}`))
const exported = async (query = '') => {
  const page = await viewer.get(`/admin/audit/export${query}`)
  return {
    ...page,
    lines: page.text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  }
}

describe('the audit page', () => {
  test('tells what happened, newest first, with who did it, whom it is about, and the record as it is kept', async () => {
    const page = await viewer.get('/admin/audit')
    expect(listed(page)[0]).toBe('A phone was removed')
    expect(page.text).toContain('Reason: lost.')
    expect(page.text).toContain('By: <bdi>Hal</bdi>')
    expect(page.text).toContain('By: <bdi>The command line</bdi>')
    expect(page.text).toContain(`<a href="/admin/people/${TENANT}/${ADA.objectId}"><bdi>${ADA.username}</bdi></a>`)
    expect(page.text).toMatch(/<a href="\/admin\/sign-ins\/[0-9a-f]{32}">The sign-in/)
    // The phone's own signature stands in the record, as text.
    expect(page.text).toContain('&quot;approval&quot;: &quot;eyJ')
    expect(page.text).toContain('id="audit" data-live')
  })

  test('narrows it by type, by who did it, by integration, person, sign-in and time', async () => {
    expect(await found('type=device.revoked')).toEqual(['A phone was removed'])
    expect(await found('type=invitation.created')).toEqual(['An invitation code was made'])
    expect(await found(`by=administrator:${helpdesk.id}`)).toEqual(
      expect.arrayContaining(['A phone was removed', 'An administrator signed in']),
    )
    expect(await found(`by=administrator:${viewer.id}&type=device.revoked`)).toEqual([])
    expect(await found('by=command-line&type=device.revoked')).toEqual([])
    expect((await found('by=command-line')).length).toBeGreaterThan(2)
    expect(await found('by=token:gone')).toEqual([])
    expect((await viewer.get('/admin/audit?by=token:gone')).text).toContain('selected>API token gone</option>')
    expect(new Set(await found('person=grace'))).toEqual(
      new Set([
        'An invitation code was made',
        'Entra’s request was verified',
        'The sign-in began',
        'A code to scan was shown',
      ]),
    )
    expect((await viewer.get('/admin/audit?person=grace')).text).toContain(
      `About <a href="/admin/people/${TENANT}/${GRACE.objectId}"><bdi>${GRACE.username}</bdi></a>`,
    )
    expect(await found(`integration=${console.integration.id}&type=integration.created`)).toEqual([
      'A tenant was connected',
    ])
    expect(await found('integration=another')).toEqual([])
    const [record] = (await console.service.capabilities.signInHistory.list({ person: keyOf(ADA), limit: 1 })).rows
    expect(await found(`signIn=${record?.id}`)).toContain('The phone was bound')
    const at = new Date((record?.openedAt ?? 0) - MINUTE).toISOString().slice(0, 16)
    expect(await found(`to=${at}&type=device.revoked`)).toEqual([])
    expect(await found(`from=${at}&type=device.revoked`)).toEqual(['A phone was removed'])
  })

  test.each([
    ['type=nothing', 'type', 'There is no such kind of event.'],
    ['type=toString', 'type', 'There is no such kind of event.'],
    ['by=Hal', 'by', 'There is nobody who is called so.'],
    ['from=x', 'from', 'This is not a date and time'],
    ['person=nobody', 'person', 'Nobody here has this object id'],
  ])('shows nothing for %s, says why at its field, and exports nothing of it', async (query, field, fault) => {
    const { status, text } = await viewer.get(`/admin/audit?${query}`)
    expect(status).toBe(400)
    expect(text).toMatch(new RegExp(`id="filter-${field}-fault">${fault}`))
    expect(text).not.toMatch(/class="log"|audit\/export/)
    const before = (await console.events()).length
    expect((await viewer.get(`/admin/audit/export?${query}`)).status).toBe(400)
    expect(await console.events()).toHaveLength(before)
  })

  test('offers all who have access to owners only; others choose among who did what is shown', async () => {
    const owner = await console.admitted('owner', 'Olive')
    const token = await machineOf(console, owner.id, ['read'])
    const offered = async (desk: Desk, query = '') => {
      const { text } = await desk.get(`/admin/audit?type=device.revoked${query}`)
      const choice = /<select[^>]* name="by"[\s\S]*?<\/select>/.exec(text)?.[0] ?? ''
      return [...choice.matchAll(/<option value="([^"]+)"/g)].map(([, value]) => value)
    }
    const always = ['person', 'command-line', 'service']
    const [hal, olive] = [`administrator:${helpdesk.id}`, `administrator:${owner.id}`]
    expect(await offered(owner)).toEqual(expect.arrayContaining([hal, olive, `token:${token.id}`, ...always]))
    for (const desk of [viewer, helpdesk]) {
      expect(await offered(desk)).toEqual([hal, ...always])
      expect(await offered(desk, `&by=${olive}`)).toEqual([...always, olive])
    }
  })

  test('calls who was removed since by what is left of them', async () => {
    const gone = await console.admitted('helpdesk', 'Gone')
    await gone.submit('/admin/account/name', { name: 'Going' })
    const { administrators } = console.service.capabilities
    await administrators.remove(gone.id, (await administrators.find(viewer.id))!)
    const { text } = await viewer.get(`/admin/audit?by=administrator:${gone.id}`)
    expect(text).toContain(`By: <bdi>Removed administrator ${gone.id.slice(0, 8)}</bdi>`)
    expect(text).toContain('An administrator was changed')
  })

  test('calls a machine by its token’s name', async () => {
    const { administrators, integrations } = console.service.capabilities
    const by = (await administrators.find(helpdesk.id))!
    const expiresAt = console.clock.now() + 3_600_000
    const made = await administrators.tokens.make({ name: 'Nightly', scopes: ['read'], expiresAt }, by)
    if (!('token' in made)) throw new Error(made.reason)
    await integrations.change(console.integration.id, { name: 'Contoso Ltd' }, `token:${made.token.id}`)
    const { text } = await viewer.get(`/admin/audit?by=token:${made.token.id}`)
    expect(text).toContain('By: <bdi>API token Nightly</bdi>')
    expect(text).toContain('name: Contoso Ltd.')
  })

  test('pages by cursor, without a gap or a repeat, and keeps the filter', async () => {
    const { audit } = console.service.capabilities
    for (let i = 0; i < 120; i++) {
      const id = `integration-${i}`
      await audit.record({
        type: 'integration.changed',
        integrationId: id,
        tenantId: 't',
        change: `{"name":"N${i}"}`,
        by: 'service',
      })
    }
    const seen: string[] = []
    let path: string | undefined = '/admin/audit?type=integration.changed&by=service'
    for (; path; ) {
      const page: Page = await viewer.get(path)
      seen.push(...[...page.text.matchAll(/name: (N\d+)\./g)].map(([, name]) => name ?? ''))
      path = /href="([^"]+)" rel="next"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(seen).toEqual(Array.from({ length: 120 }, (_, i) => `N${119 - i}`))
  })
})

describe('the refused requests', () => {
  test('are shown by the minute, newest first, with why and from where, for all and for one integration', async () => {
    await begin(console, { hint: { payload: { ver: '9.9' } } })
    await begin(console, { parameters: { client_id: 'unknown' } })
    const all = await viewer.get(REGISTRY_OF_REFUSALS)
    expect(all.text).toContain('<code>hint.version</code>')
    expect(all.text).toContain('<code>request.client</code>')
    expect(all.text).toContain('127.0.0.1')
    expect(all.text).toContain('id="refusals" data-live')
    const one = await viewer.get(`${REGISTRY_OF_REFUSALS}?integration=${console.integration.id}`)
    expect(one.text).toContain('<code>hint.version</code>')
    expect(one.text).not.toContain('<code>request.client</code>')
    expect((await viewer.get(`${REGISTRY_OF_REFUSALS}?to=2020-01-01T00:00`)).text).toContain('No refused request fits')
    expect((await viewer.get(`${REGISTRY_OF_REFUSALS}?to=x`)).status).toBe(400)
  })

  test('page by whole minutes', async () => {
    const { audit } = console.service.capabilities.stores
    const address = (i: number) => `198.51.100.${i}`
    for (const [minute, most] of [
      [9, 130],
      [10, 60],
      [11, 60],
      [12, 60],
    ] as const)
      for (let i = 0; i < most; i++)
        await audit.count(
          { type: 'request.refused', code: 'request.client', reason: 'r', address: address(i) },
          minute,
          1000,
        )
    const minutes: string[][] = []
    let path: string | undefined = `${REGISTRY_OF_REFUSALS}?to=1970-01-02T00:00`
    for (; path; ) {
      const page: Page = await viewer.get(path)
      minutes.push(
        [...page.text.matchAll(/data-label="Minute"><time datetime="[^"]*T00:(\d\d)/g)].map(([, m]) => m ?? ''),
      )
      path = /href="([^"]+)" rel="next"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(minutes.map((page) => [page.length, ...new Set(page)])).toEqual([
      [60, '12'],
      [60, '11'],
      [60, '10'],
      // A flood is not cut: what is on no page is never seen.
      [130, '09'],
    ])
  })
})

describe('the export', () => {
  test('is JSON Lines for a file, as the command line writes them, oldest first', async () => {
    const { lines, headers } = await exported()
    expect(headers.get('content-type')).toBe('application/jsonl; charset=utf-8')
    expect(headers.get('content-disposition')).toMatch(
      /^attachment; filename="audit-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.jsonl"$/,
    )
    expect(headers.get('cache-control')).toBe('no-store')
    const ours = lines.filter(({ writer }) => writer)
    expect(ours.map(({ at }) => at)).toEqual(ours.map(({ at }) => at).sort())
    expect(ours.at(-1)).toMatchObject({ type: 'audit.exported', by: `administrator:${viewer.id}`, filter: '{}' })

    const printed = spawnSync(process.execPath, ['src/cli.ts', 'audit', 'export'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, COUNTERSIGN_DATA_DIR: console.dataDir, COUNTERSIGN_PUBLIC_URL: console.url },
    })
    expect({ status: printed.status, stderr: printed.stderr }).toEqual({ status: 0, stderr: '' })
    const theirs = printed.stdout.trim().split('\n')
    expect(lines.map((line) => JSON.stringify(line)).sort()).toEqual(theirs.sort())
  })

  test('holds what fits the filter and nothing else, and is itself on record with who asked for it', async () => {
    const { lines } = await exported('?type=device.revoked&by=')
    expect(lines).toEqual([
      expect.objectContaining({ type: 'device.revoked', reason: 'lost', digest: expect.any(String) }),
    ])
    expect((await console.events()).at(-1)).toEqual({
      ...{ type: 'audit.exported', by: `administrator:${viewer.id}`, filter: '{"type":"device.revoked"}' },
    })
    // What is narrowed by time or integration alone has the counts of refusals too.
    const counted = (await exported(`?integration=${console.integration.id}`)).lines.filter(({ count }) => count)
    expect(counted).toEqual([expect.objectContaining({ code: 'hint.version', count: 1 })])
    expect((await viewer.get('/admin/audit?type=audit.exported')).text).toContain('type: device.revoked.')
  })

  test.each([
    ['csv', 'text/csv; charset=utf-8', /^at,type,by/],
    ['cef', 'text/plain; charset=utf-8', /^CEF:0\|Countersign\|/],
  ])('is a file of %s when that is asked for, of what fits the filter', async (format, type, begins) => {
    const { text } = await viewer.get('/admin/audit?type=device.revoked')
    const address =
      text.match(new RegExp(`href="([^"]*format=${format})" download`))?.[1]?.replaceAll('&amp;', '&') ?? ''
    const page = await viewer.get(address)
    expect(page.headers.get('content-type')).toBe(type)
    expect(page.headers.get('content-disposition')).toMatch(new RegExp(`Z\\.${format}"$`))
    expect(page.text).toMatch(begins)
    expect(page.text.match(/device.revoked/g)?.length).toBeGreaterThan(0)
    expect(page.text).not.toContain('signin.opened')
    expect((await viewer.get('/admin/audit/export?format=xml')).status).toBe(400)
  })

  test('is not fetched by a page of another site, in a browser of an administrator', async () => {
    const before = (await console.events()).length
    for (const site of ['cross-site', 'same-site']) {
      const page = await viewer.browser.request(`${console.url}/admin/audit/export`, {
        headers: { 'sec-fetch-site': site },
      })
      expect({ site, status: page.status }).toEqual({ site, status: 403 })
    }
    expect(await console.events()).toHaveLength(before)
  })

  test('is for those who are signed in', async () => {
    const response = await fetch(`${console.url}/admin/audit/export`, { redirect: 'manual' })
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toContain('/admin/sign-in')
  })

  test('is not what signing in leads to: a link elsewhere exports nothing in the name of who follows it', async () => {
    for (const [query, to] of [
      ['', '/admin/audit'],
      ['?format=csv', '/admin/audit'],
      ['?type=device.revoked&format=cef', '/admin/audit?type=device.revoked'],
    ]) {
      const response = await fetch(`${console.url}/admin/audit/export${query}`, { redirect: 'manual' })
      expect(response.headers.get('location')).toBe(`/admin/sign-in?to=${encodeURIComponent(to ?? '')}`)
      // Nor when the link leads to the sign-in page itself.
      const link = encodeURIComponent(`/admin/audit/../audit/export${query}`)
      const page = await console.desk().get(`/admin/sign-in?to=${link}`)
      expect(page.text).toContain(`data-to="${to}"`)
    }
  })

  test('waits for a browser that is slow, and ends quietly when it leaves', async () => {
    const { audit } = console.service.capabilities
    const change = JSON.stringify({ name: 'x'.repeat(10_000) })
    const big = (i: number) =>
      ({ type: 'integration.changed', integrationId: `big-${i}`, tenantId: 't', change, by: 'service' }) as const
    for (let i = 0; i < 20; i++) await audit.record(...Array.from({ length: 150 }, (_, j) => big(150 * i + j)))
    const reading = console.service.capabilities.stores.auditReading
    const oldest = reading.oldest
    let read = 0
    reading.oldest = (...given) => {
      read++
      return oldest(...given)
    }
    const cookie = `cs-admin=${viewer.cookie()}`
    await new Promise<void>((resolve, reject) => {
      const request = get(`${console.url}/admin/audit/export`, { headers: { cookie } }, async (response) => {
        // Nobody reads the body: what fits into the buffers on the way is all that is sent.
        response.pause()
        for (let calm = 0, seen = -1; calm < 20; calm = seen === read ? calm + 1 : 0, seen = read)
          await new Promise((next) => setImmediate(next))
        request.destroy()
        resolve()
      })
      request.on('error', reject)
    })
    const whenLeft = read
    expect(whenLeft).toBeLessThanOrEqual(2)
    reading.oldest = oldest
    expect((await exported('?type=service.started')).lines).toHaveLength(1)
    expect(read).toBe(whenLeft)
  })
})
