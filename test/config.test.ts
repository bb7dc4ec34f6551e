import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ConfigMistakes, parseMasterKey, readConfig } from '../src/config.ts'
import { variables } from '../src/config-variables.ts'
import { CERTIFICATE_LIFE } from '../src/keys/certificate.ts'
import { ANNOUNCED_FOR, RETIRING_FOR, TOKEN_LIFE } from '../src/keys/rotation.ts'

const KEY = Buffer.alloc(32, 7)
const DAY = 24 * 3_600_000
const production = {
  NODE_ENV: 'production',
  COUNTERSIGN_PUBLIC_URL: 'https://mfa.example',
  COUNTERSIGN_MASTER_KEY: KEY.toString('base64'),
}

/** The mistakes of an environment; none when it can be read. */
function mistakesOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment)
    return []
  } catch (error) {
    if (error instanceof ConfigMistakes) return error.mistakes
    throw error
  }
}
/** Asserts one mistake, that names its variable. */
const expectMistake = (environment: Record<string, string>, name: string) =>
  expect(mistakesOf(environment)).toEqual([expect.stringMatching(`^${name}: `)])

describe('an empty environment', () => {
  test('is a service on loopback that trusts nobody, with nothing to configure', () => {
    expect(readConfig({})).toEqual({
      production: false,
      publicUrl: 'http://localhost:8080',
      https: false,
      host: '127.0.0.1',
      port: 8080,
      dataDir: resolve('data'),
      mongodbUri: null,
      command: 'npm run -s countersign --',
      masterKey: null,
      previousMasterKey: null,
      keyRotation: 90 * DAY,
      localAuthority: null,
      trustProxy: 0,
      hintMaxAge: 600_000,
      foreignKeys: 'refuse',
      geoDatabase: null,
      vapidKey: null,
      vapidSubject: 'mailto:countersign@example.com',
      pushTrustedHosts: [],
      webhookTrustedHosts: [],
      syslog: null,
      fcmCredentialsFile: null,
      metricsToken: null,
      logLevel: 'info',
      given: [],
    })
  })

  test('is read once: what comes of it cannot be changed', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true)
  })

  test('is the same when every variable is set to nothing', () => {
    expect(readConfig(Object.fromEntries(variables.map(({ name }) => [name, ''])))).toEqual(readConfig({}))
  })
})

test('every mistake is listed at once, each with its variable', () => {
  const wrong = {
    COUNTERSIGN_PUBLIC_URL: 'http://mfa.example',
    COUNTERSIGN_HOST: 'mfa.example',
    COUNTERSIGN_PORT: '65536',
    COUNTERSIGN_MASTER_KEY: 'short',
    COUNTERSIGN_MASTER_KEY_FILE: '/does/not/exist',
    COUNTERSIGN_ENTRA_AUTHORITY: 'login',
    COUNTERSIGN_TRUST_PROXY: 'all',
    COUNTERSIGN_HINT_MAX_AGE: '59',
    COUNTERSIGN_LOG_LEVEL: 'debug',
    COUNTERSIGN_PUBLIC_ULR: 'https://mfa.example',
  }
  const mistakes = mistakesOf(wrong)
  for (const name of Object.keys(wrong).filter((each) => each !== 'COUNTERSIGN_MASTER_KEY_FILE'))
    expect(mistakes).toContainEqual(expect.stringContaining(name))
  expect(mistakes.length).toBeGreaterThanOrEqual(9)
})

describe('a variable that does not exist', () => {
  test.each(['COUNTERSIGN_PUBLIC_ULR', 'COUNTERSIGN_', 'COUNTERSIGN_port', 'COUNTERSIGN_DEBUG'])(
    'is refused: %s',
    (name) => {
      expectMistake({ [name]: '1' }, name)
    },
  )

  test('of somebody else is none of our business', () => {
    expect(mistakesOf({ PATH: '/bin', HOME: '/root', MY_COUNTERSIGN_X: '1' })).toEqual([])
  })
})

describe('in production', () => {
  test('is ready with a URL and a key', () => {
    expect(readConfig(production)).toMatchObject({ production: true, https: true, publicUrl: 'https://mfa.example' })
  })

  test('needs a master key', () => {
    expectMistake({ ...production, COUNTERSIGN_MASTER_KEY: '' }, 'COUNTERSIGN_MASTER_KEY')
  })

  test('needs https, even on loopback', () => {
    for (const url of ['', 'http://localhost:8080'])
      expectMistake({ ...production, COUNTERSIGN_PUBLIC_URL: url }, 'COUNTERSIGN_PUBLIC_URL')
  })

  test('refuses a simulator, by https too', () => {
    for (const authority of ['http://localhost:9000', 'https://entra.example'])
      expectMistake({ ...production, COUNTERSIGN_ENTRA_AUTHORITY: authority }, 'COUNTERSIGN_ENTRA_AUTHORITY')
  })
})

describe.each(['COUNTERSIGN_PUBLIC_URL', 'COUNTERSIGN_ENTRA_AUTHORITY'])('%s', (name) => {
  test.each([
    'https://mfa.example',
    'https://mfa.example:8443/',
    'http://localhost:1',
    'http://127.0.0.1:1',
    'http://[::1]:1',
  ])('may be %s', (url) => {
    expect(mistakesOf({ [name]: url })).toEqual([])
  })

  test.each([
    ['http elsewhere', 'http://mfa.example'],
    ['http on a name that only begins like loopback', 'http://localhost.evil.example'],
    ['http on another machine’s address', 'http://192.168.1.2'],
    ['http on all addresses', 'http://0.0.0.0'],
    ['a path', 'https://mfa.example/countersign'],
    ['a query', 'https://mfa.example/?a'],
    ['a fragment', 'https://mfa.example/#a'],
    ['a user', 'https://user@mfa.example'],
    ['a password', 'https://:password@mfa.example'],
    ['another scheme', 'ftp://mfa.example'],
    ['a script', 'javascript:alert(1)'],
    ['no URL', 'mfa.example'],
  ])('may not have %s', (_what, url) => {
    expectMistake({ [name]: url }, name)
  })
})

test('the public URL is kept as its origin, so that issuers have no doubled slash', () => {
  expect(readConfig({ COUNTERSIGN_PUBLIC_URL: 'https://MFA.example:443/' }).publicUrl).toBe('https://mfa.example')
})

describe('the master key', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-config-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const fileWith = (text: string) => {
    const file = join(folder, 'master.key')
    writeFileSync(file, text)
    return file
  }

  test.each(['base64', 'base64url', 'hex'] as const)('may be given as %s, there or in a file', (encoding) => {
    expect(readConfig({ COUNTERSIGN_MASTER_KEY: KEY.toString(encoding) }).masterKey).toEqual(KEY)
    const file = fileWith(`${KEY.toString(encoding)}\n`)
    expect(readConfig({ COUNTERSIGN_MASTER_KEY_FILE: file }).masterKey).toEqual(KEY)
  })

  test.each([
    'short',
    'x'.repeat(32),
    Buffer.alloc(31).toString('base64'),
    Buffer.alloc(33).toString('base64'),
    Buffer.alloc(16).toString('hex'),
    'password',
  ])('is refused as %j, and never repeated in the mistake', (text) => {
    expect(parseMasterKey(text)).toBeNull()
    const [mistake = ''] = mistakesOf({ COUNTERSIGN_MASTER_KEY: text })
    expect(mistake).toMatch(/^COUNTERSIGN_MASTER_KEY: must be 32 bytes/)
    expect(mistake).not.toContain(text)
    expectMistake({ COUNTERSIGN_MASTER_KEY_FILE: fileWith(text) }, 'COUNTERSIGN_MASTER_KEY_FILE')
  })

  test('is refused when its file is not there, is a folder, or stands beside another', () => {
    expectMistake({ COUNTERSIGN_MASTER_KEY_FILE: join(folder, 'missing') }, 'COUNTERSIGN_MASTER_KEY_FILE')
    expectMistake({ COUNTERSIGN_MASTER_KEY_FILE: folder }, 'COUNTERSIGN_MASTER_KEY_FILE')
    const both = {
      COUNTERSIGN_MASTER_KEY: KEY.toString('hex'),
      COUNTERSIGN_MASTER_KEY_FILE: fileWith(KEY.toString('hex')),
    }
    expectMistake(both, 'COUNTERSIGN_MASTER_KEY')
  })

  describe('that was before this one', () => {
    const now = { COUNTERSIGN_MASTER_KEY: KEY.toString('base64') }
    const OLD = Buffer.alloc(32, 8)

    test('may be given there or in a file, like this one', () => {
      const given = { ...now, COUNTERSIGN_MASTER_KEY_PREVIOUS: OLD.toString('hex') }
      expect(readConfig(given)).toMatchObject({ masterKey: KEY, previousMasterKey: OLD })
      const file = fileWith(OLD.toString('base64'))
      expect(readConfig({ ...now, COUNTERSIGN_MASTER_KEY_PREVIOUS_FILE: file }).previousMasterKey).toEqual(OLD)
    })

    test('is refused as anything else, and never repeated in the mistake', () => {
      const [mistake = ''] = mistakesOf({ ...now, COUNTERSIGN_MASTER_KEY_PREVIOUS: 'password' })
      expect(mistake).toMatch(/^COUNTERSIGN_MASTER_KEY_PREVIOUS: must be 32 bytes/)
      expect(mistake).not.toContain('password')
      const missing = { ...now, COUNTERSIGN_MASTER_KEY_PREVIOUS_FILE: join(folder, 'missing') }
      expectMistake(missing, 'COUNTERSIGN_MASTER_KEY_PREVIOUS_FILE')
    })

    test('is refused alone, and when it is this one', () => {
      const old = KEY.toString('hex')
      expectMistake({ COUNTERSIGN_MASTER_KEY_PREVIOUS: old }, 'COUNTERSIGN_MASTER_KEY_PREVIOUS')
      expectMistake({ ...now, COUNTERSIGN_MASTER_KEY_PREVIOUS: old }, 'COUNTERSIGN_MASTER_KEY_PREVIOUS')
    })
  })
})

describe('how long a signing key signs', () => {
  const NAME = 'COUNTERSIGN_KEY_ROTATION_DAYS'

  test('is 90 days, or another number of days, in milliseconds', () => {
    expect(readConfig({}).keyRotation).toBe(90 * DAY)
    for (const days of [7, 365]) expect(readConfig({ [NAME]: String(days) }).keyRotation).toBe(days * DAY)
  })

  test.each(['0', 'off', '6', '366', '30d', '-90', '90.5'])('is not %j', (text) => {
    expectMistake({ [NAME]: text }, NAME)
  })

  test('leaves a certificate months to spare, for a service that is down when a key is due', () => {
    const published = ANNOUNCED_FOR + 365 * DAY + RETIRING_FOR + TOKEN_LIFE
    expect(CERTIFICATE_LIFE - published).toBeGreaterThan(300 * DAY)
  })
})

describe('the credentials of Firebase Cloud Messaging', () => {
  let folder: string
  let account: Record<string, string>
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-config-'))
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    account = {
      type: 'service_account',
      project_id: 'countersign-test',
      client_email: 'sender@countersign-test.iam.gserviceaccount.com',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      token_uri: 'https://oauth2.googleapis.com/token',
    }
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const NAME = 'COUNTERSIGN_FCM_CREDENTIALS_FILE'
  const fileWith = (content: unknown) => {
    const file = join(folder, 'account.json')
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
    return file
  }
  const mistakesWith = (content: unknown) => mistakesOf({ [NAME]: fileWith(content) })

  test('are the key file of a service account', () => {
    const file = fileWith(account)
    expect(readConfig({ [NAME]: file }).fcmCredentialsFile).toBe(file)
  })

  test.each(['type', 'project_id', 'client_email', 'private_key'])('lack %s', (name) => {
    const { [name]: _, ...rest } = account
    for (const content of [rest, { ...account, [name]: '' }, { ...account, [name]: 7 }])
      expect(mistakesWith(content)).toEqual([`${NAME}: holds no service account: ${name} is missing or wrong`])
  })

  test.each([
    ['an application’s own file', { project_info: { project_id: 'countersign-test' }, client: [] }],
    ['a person’s credentials', { type: 'authorized_user', client_id: '1', refresh_token: 'SECRET' }],
    ['a list', []],
    ['null', null],
    ['no JSON', 'SECRET'],
    ['half a file', '{"private_key": "SECRET'],
    ['nothing', ''],
  ])('are not %s, and the mistake repeats nothing of it', (_what, content) => {
    const [mistake = '', ...others] = mistakesWith(content)
    expect(mistake).toMatch(new RegExp(`^${NAME}: (holds no service account|must hold)`))
    expect(mistake).not.toContain('SECRET')
    expect(others).toEqual([])
  })

  test('need an RSA key that can be read, and the mistake repeats nothing of it', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const other = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    for (const key of [other, account.private_key?.slice(0, 200), 'SECRET'])
      expect(mistakesWith({ ...account, private_key: key })).toEqual([
        `${NAME}: holds no service account: private_key is missing or wrong`,
      ])
  })

  test('are refused when the file is not there, or is a folder', () => {
    for (const [file, code] of [
      [join(folder, 'missing'), 'ENOENT'],
      [folder, 'EISDIR'],
    ])
      expect(mistakesOf({ [NAME]: file! })).toEqual([`${NAME}: cannot be read (${code})`])
  })
})

describe('trusted proxies', () => {
  test.each([
    ['0', 0],
    ['2', 2],
    ['10.0.0.1', ['10.0.0.1']],
    ['10.0.0.0/8, fd00::/8,::1', ['10.0.0.0/8', 'fd00::/8', '::1']],
  ])('may be %s', (text, trustProxy) => {
    expect(readConfig({ COUNTERSIGN_TRUST_PROXY: text }).trustProxy).toEqual(trustProxy)
  })

  test.each([
    'all',
    'true',
    '*',
    '-1',
    '10',
    '1.5',
    'loopback',
    'proxy.example',
    '0.0.0.0/0',
    '::/0',
    '128.0.0.0/1',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '10.0.0.1,',
    '10.0.0.1 10.0.0.2',
    // Of IPv6, and yet they hold every IPv4 address, mapped.
    '::/8',
    '0:0:0::/64',
    '::ffff:0:0/96',
    '::ffff:0.0.0.0/96',
  ])('may not be %s: a client could invent its address', (text) => {
    expectMistake({ COUNTERSIGN_TRUST_PROXY: text }, 'COUNTERSIGN_TRUST_PROXY')
  })
})

describe('numbers', () => {
  test.each([
    ['COUNTERSIGN_PORT', ['0', '65535'], ['-1', '65536', '80.5', '0x50', '1e3', ' 80', 'http']],
    ['COUNTERSIGN_HINT_MAX_AGE', ['60', '3600'], ['59', '3601', '0', '-600', '10m', '1e3']],
  ])('%s has bounds', (name, good, bad) => {
    for (const text of good) expect(mistakesOf({ [name]: text })).toEqual([])
    for (const text of bad) expectMistake({ [name]: text }, name)
  })

  test('the age of a hint is given in seconds, and kept in milliseconds', () => {
    expect(readConfig({ COUNTERSIGN_HINT_MAX_AGE: '120' }).hintMaxAge).toBe(120_000)
  })
})

test('the host is an address, or localhost', () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'localhost'])
    expect(mistakesOf({ COUNTERSIGN_HOST: host })).toEqual([])
  for (const host of ['mfa.example', '*', '127.0.0.1:80']) expectMistake({ COUNTERSIGN_HOST: host }, 'COUNTERSIGN_HOST')
})

test('how the command line is called is a line of plain words', () => {
  expect(readConfig({}).command).toBe('npm run -s countersign --')
  expect(readConfig({ COUNTERSIGN_COMMAND: 'podman exec mfa countersign' }).command).toBe('podman exec mfa countersign')
  for (const text of ['a\nb', 'x'.repeat(101)]) expectMistake({ COUNTERSIGN_COMMAND: text }, 'COUNTERSIGN_COMMAND')
})

test('every variable says what it means, and what holds without it', () => {
  for (const { name, meaning, default: fallback } of variables) {
    expect(name).toMatch(/^COUNTERSIGN_[A-Z_]+$/)
    expect(meaning).toMatch(/\.$/)
    expect(fallback).not.toBe('')
  }
})

describe('push and metrics', () => {
  const KEY = Buffer.alloc(32, 1).toString('base64url')

  test('takes a key, a subject and trusted hosts', () => {
    const config = readConfig({
      COUNTERSIGN_VAPID_PRIVATE_KEY: KEY,
      COUNTERSIGN_VAPID_SUBJECT: 'mailto:mfa@contoso.example',
      COUNTERSIGN_PUSH_TRUSTED_HOSTS: 'Push.contoso.example, 10.0.0.7,fd00::7',
    })
    expect(config).toMatchObject({
      vapidKey: KEY,
      vapidSubject: 'mailto:mfa@contoso.example',
      pushTrustedHosts: ['push.contoso.example', '10.0.0.7', 'fd00::7'],
    })
  })

  test('sends the audit log to a syslog receiver, on the registered port, and to webhooks of its own hosts', () => {
    const config = readConfig({
      COUNTERSIGN_WEBHOOK_TRUSTED_HOSTS: 'SIEM.contoso.example, 10.0.0.7',
      COUNTERSIGN_SYSLOG_URL: 'syslog+tls://siem.contoso.example',
    })
    expect(config).toMatchObject({
      webhookTrustedHosts: ['siem.contoso.example', '10.0.0.7'],
      syslog: { host: 'siem.contoso.example', port: 6514, ca: null },
    })
    expect(readConfig({ COUNTERSIGN_SYSLOG_URL: 'syslog+tls://[fd00::7]:7514' }).syslog).toMatchObject({
      ...{ host: 'fd00::7', port: 7514 },
    })
    const url = 'syslog+tls://siem.contoso.example'
    expectMistake(
      { COUNTERSIGN_SYSLOG_URL: url, COUNTERSIGN_SYSLOG_CA_FILE: '/dev/null' },
      'COUNTERSIGN_SYSLOG_CA_FILE',
    )
  })

  test('names the public URL as the subject where that is https', () => {
    expect(readConfig({ COUNTERSIGN_PUBLIC_URL: 'https://mfa.contoso.example' }).vapidSubject).toBe(
      'https://mfa.contoso.example',
    )
  })

  test.each([
    ['COUNTERSIGN_VAPID_PRIVATE_KEY', KEY.slice(1)],
    ['COUNTERSIGN_VAPID_PRIVATE_KEY', `${KEY.slice(1)}+`],
    ['COUNTERSIGN_VAPID_SUBJECT', 'mfa@contoso.example'],
    ['COUNTERSIGN_VAPID_SUBJECT', 'http://contoso.example'],
    ['COUNTERSIGN_PUSH_TRUSTED_HOSTS', 'https://push.contoso.example'],
    ['COUNTERSIGN_PUSH_TRUSTED_HOSTS', 'push.contoso.example:8443'],
    ['COUNTERSIGN_PUSH_TRUSTED_HOSTS', '*'],
    ['COUNTERSIGN_WEBHOOK_TRUSTED_HOSTS', 'https://siem.contoso.example'],
    ['COUNTERSIGN_SYSLOG_URL', 'syslog://siem.contoso.example'],
    ['COUNTERSIGN_SYSLOG_URL', 'syslog+tls://siem.contoso.example:70000'],
    ['COUNTERSIGN_SYSLOG_URL', 'syslog+tls://user@siem.contoso.example'],
    ['COUNTERSIGN_SYSLOG_CA_FILE', '/dev/null'],
    ['COUNTERSIGN_METRICS_TOKEN', 'short'],
    ['COUNTERSIGN_METRICS_TOKEN', 'x y'.repeat(20)],
  ])('%s is not %s', (name, value) => expectMistake({ [name]: value }, name))
})
