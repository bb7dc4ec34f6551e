import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { emergencyWarnings } from '../../src/keys/emergency.ts'
import { type Console, type Desk, startConsole } from './console.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
const DAY = 24 * HOUR
let console: Console
let owner: Desk & { id: string }
beforeEach(async () => {
  console = await startConsole()
  owner = await console.admitted('owner', 'Ada')
})
afterEach(() => console.close())

const timetable = () => console.service.capabilities.keys.timetable()
const rowsOf = (text: string): string[][] =>
  [...(text.split(/<tbody[^>]*>/)[1]?.split('</tbody>')[0] ?? '').matchAll(/<tr[^>]*>([\s\S]*?)<\/tr>/g)].map(
    ([, row]) =>
      [...(row ?? '').matchAll(/data-label="[^"]+">([\s\S]*?)<\/t[hd]>/g)].map(([, cell]) =>
        (cell ?? '')
          .replace(/<[^>]+>/g, '')
          .replace(/\s+/g, ' ')
          .trim(),
      ),
  )
/** The service runs for so long, and tends its keys. */
async function serve(time: number): Promise<void> {
  for (let left = time; left > 0; left -= 50 * MINUTE) {
    console.clock.leap(Math.min(left, 50 * MINUTE))
    await console.service.capabilities.keys.tend()
  }
}
const words = (at: number) => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`

describe('the keys page', () => {
  test('shows the timetable: who signs and is published from when until when, and what is planned', async () => {
    const [first] = await timetable()
    const { text } = await owner.get('/admin/keys')
    const { kid, createdAt, signsFrom } = first!.key
    const signs = `from ${words(signsFrom)} until ${words(signsFrom + 90 * DAY)} (planned)`
    const published = `from ${words(createdAt)} until ${words(signsFrom + 92 * DAY + 5 * MINUTE)} (planned)`
    expect(rowsOf(text)).toEqual([[kid, 'Signing', signs, published, words(createdAt + 730 * DAY)]])
    expect(text.replace(/<[^>]+>/g, '')).toContain(`by itself: on ${words(signsFrom + 88 * DAY)}.`)
    expect(text).toContain(`href="${console.url}/entra/keys"`)
    expect(text).not.toContain('PRIVATE')
    expect(text).not.toContain(first!.key.sealedPrivateKey)
    expect(text).not.toContain('Withdrawn')
  })

  test('announces a new key, which is published at once and signs in 48 hours', async () => {
    const page = await owner.submit('/admin/keys')
    expect(page.text).toContain('A new key is announced. It is published from now on')
    const [old, next] = await timetable()
    expect(next?.phase).toBe('announced')
    const { signsFrom } = next!.key
    expect(rowsOf(page.text).map(([kid, phase, signs]) => [kid, phase, signs])).toEqual([
      [next!.key.kid, 'Announced', `from ${words(signsFrom)} until ${words(signsFrom + 90 * DAY)} (planned)`],
      [old!.key.kid, 'Signing', `from ${words(old!.key.signsFrom)} until ${words(signsFrom)}`],
    ])
    expect(rowsOf(page.text)[1]?.[3]).toMatch(new RegExp(`until ${words(signsFrom + 48 * HOUR + 5 * MINUTE)}$`))
    expect((await console.events()).at(-1)).toMatchObject({ type: 'key.created', by: `administrator:${owner.id}` })
    const published = (await (await fetch(`${console.url}/entra/keys`)).json()) as { keys: { kid: string }[] }
    expect(published.keys.map(({ kid }) => kid)).toContain(next?.key.kid)

    await serve(49 * HOUR)
    await owner.signIn()
    expect(rowsOf((await owner.get('/admin/keys')).text).map(([, phase]) => phase)).toEqual(['Signing', 'Retiring'])
    await serve(49 * HOUR)
    await owner.signIn()
    expect(rowsOf((await owner.get('/admin/keys')).text).map(([, phase]) => phase)).toEqual(['Signing', 'Retired'])
  })

  test('announces one at a time, also for two who ask at once', async () => {
    const other = await console.admitted('owner', 'Grace')
    const answers = await Promise.all([owner.submit('/admin/keys'), other.submit('/admin/keys')])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(answers.find(({ status }) => status === 409)?.text).toContain('A new key is announced already')
    expect(await timetable()).toHaveLength(2)
    expect((await owner.get('/admin/keys')).text).not.toContain('<button class="danger')
  })

  test('asks for a fresh proof, and says what is about to happen', async () => {
    console.clock.leap(6 * MINUTE)
    const page = await owner.submit('/admin/keys')
    expect(page.status).toBe(403)
    expect(page.text).toContain('Announce a new signing key, which takes over in 48 hours')
    expect(await timetable()).toHaveLength(1)
    await owner.stepUp()
    expect((await owner.submit('/admin/keys')).status).toBe(200)
    expect(await timetable()).toHaveLength(2)
  })

  test.each(['viewer', 'helpdesk'] as const)('lets a %s look, and announce nothing', async (role) => {
    const desk = await console.admitted(role)
    const page = await desk.get('/admin/keys')
    expect(page.status).toBe(200)
    expect(page.text).not.toContain('<form method="post" action="/admin/keys"')
    expect((await desk.submit('/admin/keys')).status).toBe(403)
    expect(await timetable()).toHaveLength(1)
  })
})

describe('the page for a key in wrong hands', () => {
  const EMERGENCY = '/admin/keys/emergency'
  const signing = async () => (await timetable()).find(({ phase }) => phase === 'signing')!.key.kid
  const published = async () =>
    ((await (await fetch(`${console.url}/entra/keys`)).json()) as { keys: { kid: string }[] }).keys.map(
      ({ kid }) => kid,
    )
  const typedFor = (kid: string) => ({ kid, typed: kid.slice(0, 6) })

  test('says what it breaks, and what is withdrawn, before anything is done', async () => {
    const kid = await signing()
    await owner.submit('/admin/keys')
    const { text } = await owner.get(EMERGENCY)
    for (const warning of emergencyWarnings) expect(text).toContain(warning)
    for (const each of await published()) expect(text).toContain(`<code>${each}</code>`)
    expect(await signing()).toBe(kid)
  })

  test('replaces every published key at once, and says so on the overview for a day', async () => {
    await owner.submit('/admin/keys')
    const kid = await signing()
    const page = await owner.submit(EMERGENCY, typedFor(kid))
    expect(page.text).toContain('The keys were replaced.')
    const now = await signing()
    expect(now).not.toBe(kid)
    expect(await published()).toEqual([now])
    expect(rowsOf(page.text).map(([, phase, signs]) => [phase, signs?.slice(0, 5)])).toEqual([
      ['Signing', 'from '],
      ['Withdrawn', 'never'],
      ['Withdrawn', 'from '],
    ])
    const by = `administrator:${owner.id}`
    expect((await console.events()).slice(-3)).toMatchObject([
      { type: 'key.created', keyId: now, emergency: true, by },
      { type: 'key.withdrawn', keyId: kid, by },
      { type: 'key.withdrawn', by },
    ])
    expect((await owner.get('/admin/')).text).toContain('The signing keys were replaced at once.')
    console.clock.leap(25 * HOUR)
    await owner.signIn()
    expect((await owner.get('/admin/')).text).not.toContain('The signing keys were replaced at once.')
  })

  test.each([
    ['nothing is typed', '', 'Type the first 6 characters'],
    ['another id is typed', 'abcde!', 'does not begin so'],
    ['too little is typed', 'first', 'does not begin so'],
  ])('changes nothing when %s', async (_when, typed, mistake) => {
    const kid = await signing()
    const page = await owner.submit(EMERGENCY, { kid, typed: typed === 'first' ? kid.slice(0, 5) : typed })
    expect({ status: page.status, text: page.text }).toEqual({ status: 400, text: expect.stringContaining(mistake) })
    expect((await owner.submit(EMERGENCY, { kid: '', typed: '' })).status).toBe(400)
    expect(await signing()).toBe(kid)
  })

  test('is done once, though two owners ask for it', async () => {
    const kid = await signing()
    const other = await console.admitted('owner', 'Grace')
    const answers = await Promise.all([owner, other].map((desk) => desk.submit(EMERGENCY, typedFor(kid))))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(await timetable()).toHaveLength(2)
  })

  test('asks for a fresh proof', async () => {
    console.clock.leap(6 * MINUTE)
    const kid = await signing()
    const page = await owner.submit(EMERGENCY, typedFor(kid))
    expect(page.status).toBe(403)
    expect(page.text).toContain('Replace the signing keys at once: sign-ins fail until')
    expect(await signing()).toBe(kid)
    await owner.stepUp()
    expect((await owner.submit(EMERGENCY, typedFor(kid))).status).toBe(200)
    expect(await signing()).not.toBe(kid)
  })

  test.each(['viewer', 'helpdesk'] as const)('is not for a %s', async (role) => {
    const desk = await console.admitted(role)
    expect((await desk.get(EMERGENCY)).status).toBe(403)
    expect((await desk.get('/admin/keys')).text).not.toContain(EMERGENCY)
    const kid = await signing()
    expect((await desk.submit(EMERGENCY, typedFor(kid))).status).toBe(403)
    expect(await signing()).toBe(kid)
  })
})
