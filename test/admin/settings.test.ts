import { afterEach, describe, expect, test } from '@jest/globals'
import { sizeWords } from '../../src/admin/settings/settings-pages.ts'
import { readConfig } from '../../src/config.ts'
import { variables } from '../../src/config-variables.ts'
import { settingsShown } from '../../src/settings-shown.ts'
import { type Console, startConsole } from './console.ts'

const MASTER_KEY = 'c2VjcmV0LW1hc3Rlci1rZXktb2YtMzItYnl0ZXMhISE='
const METRICS_TOKEN = 'secret-metrics-token-0123456789abcdef'
const VAPID_KEY = 'c2VjcmV0LXZhcGlkLWtleS1vZi0zMi1ieXRlcyEhISE'
const secrets = {
  COUNTERSIGN_MASTER_KEY: MASTER_KEY,
  COUNTERSIGN_METRICS_TOKEN: METRICS_TOKEN,
  COUNTERSIGN_VAPID_PRIVATE_KEY: VAPID_KEY,
}

let console: Console | undefined
afterEach(async () => {
  await console?.close()
  console = undefined
})

/** The words of one setting's row. */
const rowOf = (text: string, name: string): string =>
  (text.split(`<code>${name}</code>`)[1]?.split('</div>')[0] ?? '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()

describe('the settings page', () => {
  test('has a row for every setting, with its value, and says which are defaults', async () => {
    console = await startConsole()
    const { text } = await (await console.admitted('viewer')).get('/admin/settings')
    for (const { name } of variables) expect(rowOf(text, name)).not.toBe('')
    expect(rowOf(text, 'COUNTERSIGN_PUBLIC_URL')).toMatch(new RegExp(`^${console.url} Where browsers`))
    expect(rowOf(text, 'COUNTERSIGN_LOG_LEVEL')).toBe('default info info , warn , error or silent .')
    expect(rowOf(text, 'COUNTERSIGN_MASTER_KEY')).toMatch(/^default secret not set The key/)
    expect(rowOf(text, 'COUNTERSIGN_PUSH_TRUSTED_HOSTS')).toMatch(/^default none Hosts/)
  })

  test('says what the service is', async () => {
    console = await startConsole()
    const { text } = await (await console.admitted('viewer')).get('/admin/settings')
    const facts = Object.fromEntries(
      [...text.matchAll(/<div><dt>([^<]+)<\/dt><dd[^>]*>([^<]*)<\/dd>/g)].map(([, name, value]) => [name, value]),
    )
    expect(facts).toMatchObject({
      Version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      'Node.js': process.version,
      'Public URL': console.url,
      Store: expect.stringMatching(/^SQLite, [\d.]+ (kB|MB)$/),
      Schema: expect.stringMatching(/^[1-9]\d*$/),
      'Push to native apps (FCM)': 'off',
      'Push public key (VAPID)': expect.stringMatching(/^[\w-]{87}$/),
    })
  })

  test('shows no secret, and says that it is set', async () => {
    console = await startConsole({ environment: secrets })
    const owner = await console.admitted('owner')
    const page = await owner.get('/admin/settings')
    for (const name of Object.keys(secrets)) expect(rowOf(page.text, name)).toMatch(/^secret set /)
    for (const path of ['/admin/settings', '/admin/', '/admin/keys']) {
      const { text } = await owner.get(path)
      for (const secret of Object.values(secrets)) expect(text).not.toContain(secret)
      expect(text).not.toContain(Buffer.from(MASTER_KEY, 'base64').toString())
      expect(text).not.toContain(Buffer.from(MASTER_KEY, 'base64').toString('hex'))
    }
    expect((await owner.get('/admin/')).text).not.toContain('The master key lies in the data directory')
  })

  test('is read only', async () => {
    console = await startConsole()
    expect((await (await console.admitted('owner')).submit('/admin/settings')).status).toBe(405)
  })
})

describe('what is shown of settings', () => {
  test('calls secret whatever is named like one', () => {
    const secret = settingsShown(readConfig({})).filter((setting) => setting.secret)
    expect(secret.map(({ name }) => name)).toEqual(
      // The address of a database may hold its password.
      variables.map(({ name }) => name).filter((name) => /KEY(_PREVIOUS)?(_FILE)?$|TOKEN$|SECRET|_URI$/.test(name)),
    )
  })

  test('does not call a default what was given, even with the same value', () => {
    const shown = settingsShown(readConfig({ COUNTERSIGN_PORT: '8080', COUNTERSIGN_HOST: '' }))
    const of = (name: string) => shown.find((setting) => setting.name === name)
    expect(of('COUNTERSIGN_PORT')).toMatchObject({ value: '8080', isDefault: false })
    expect(of('COUNTERSIGN_HOST')).toMatchObject({ value: '127.0.0.1', isDefault: true })
  })

  test.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [4096, '4.1 kB'],
    [1_400_000, '1.4 MB'],
    [250_000_000, '250 MB'],
    [3_000_000_000, '3.0 GB'],
  ])('says %d bytes as people do', (bytes, words) => {
    expect(sizeWords(bytes)).toBe(words)
  })
})
