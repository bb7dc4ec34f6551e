import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Console, type Desk, startConsole } from './console.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
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
        (cell ?? '').replace(/<[^>]+>/g, '').trim(),
      ),
  )
const words = (at: number) => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`

describe('the keys page', () => {
  test('shows what is published since when, and where', async () => {
    const [first] = await timetable()
    const { text } = await owner.get('/admin/keys')
    const { kid, createdAt, signsFrom } = first!.key
    expect(rowsOf(text)).toEqual([[kid, 'Signing', words(createdAt), words(signsFrom), 'no end yet']])
    expect(text).toContain(`href="${console.url}/entra/keys"`)
    expect(text).not.toContain('PRIVATE')
    expect(text).not.toContain(first!.key.sealedPrivateKey)
  })

  test('announces a new key, which is published at once and signs in 48 hours', async () => {
    const page = await owner.submit('/admin/keys')
    expect(page.text).toContain('A new key is announced. It is published from now on')
    const [old, next] = await timetable()
    expect(next?.phase).toBe('announced')
    const until = words(next!.key.signsFrom + 48 * HOUR + 5 * MINUTE)
    expect(rowsOf(page.text).map(([kid, phase, , , end]) => [kid, phase, end])).toEqual([
      [next!.key.kid, 'Announced', 'no end yet'],
      [old!.key.kid, 'Signing', until],
    ])
    expect((await console.events()).at(-1)).toMatchObject({ type: 'key.created', by: `administrator:${owner.id}` })
    const published = (await (await fetch(`${console.url}/entra/keys`)).json()) as { keys: { kid: string }[] }
    expect(published.keys.map(({ kid }) => kid)).toContain(next?.key.kid)

    console.clock.leap(49 * HOUR)
    await owner.signIn()
    expect(rowsOf((await owner.get('/admin/keys')).text).map(([, phase]) => phase)).toEqual(['Signing', 'Retiring'])
    console.clock.leap(49 * HOUR)
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
