import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createPhone } from '../phone-simulator/phone.ts'
import { createBrowser, digitsOn, stageOf, ticketOn } from '../support/browser.ts'
import { ADA, APP, type Countersign, GRACE, startCountersign, TENANT } from '../support/countersign.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const MASTER_KEY = Buffer.alloc(32, 7).toString('base64')

/** Runs one command as an administrator does, as a process of its own. */
function cli(dataDir: string, words: string[], environment: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'src', 'cli.ts'), ...words], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, COUNTERSIGN_DATA_DIR: dataDir, COUNTERSIGN_MASTER_KEY: MASTER_KEY, ...environment },
  })
  return { status, stdout, stderr, json: () => JSON.parse(stdout) }
}

/**
 * The ids of the keys that a service publishes. By a connection of its own: while a command runs, nothing else does in this
 * process, and one that was kept would be over by then.
 */
const publishedBy = ({ url }: Countersign): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const request = get(`${url}/entra/keys`, { agent: false }, async (response) => {
      const { keys } = JSON.parse(Buffer.concat(await response.toArray()).toString()) as { keys: { kid: string }[] }
      resolve(keys.map(({ kid }) => kid))
    })
    request.once('error', reject)
  })

const create = ['integration', 'create', '--name', 'Contoso', '--tenant-id', TENANT, '--app-id', APP]

describe('the command line by itself', () => {
  let dataDir: string
  const run = (words: string[], environment?: Record<string, string>) => cli(dataDir, words, environment)
  beforeAll(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'countersign-cli-'))
  })
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

  test('connects a tenant, and prints what to set up at Entra as one JSON object', () => {
    const created = run([...create, '--cloud', 'usgov', '--enrolment', 'invitation', '--json']).json()
    const issuer = `http://localhost:8080/entra/${created.id}`
    expect(created).toMatchObject({
      issuer,
      discoveryUrl: `${issuer}/.well-known/openid-configuration`,
      authorizationEndpoint: 'http://localhost:8080/entra/authorize',
      customControl: {
        Name: 'Contoso',
        AppId: APP,
        ClientId: created.clientId,
        Controls: [{ Id: 'RequireCountersignMfa' }],
      },
      externalMfa: { appId: APP, openIdConnectSetting: { clientId: created.clientId } },
    })
  })

  test('refuses to begin in a directory without a store: it is another one than the service’s', () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'countersign-nowhere-'))
    for (const words of [
      ['integration', 'list'],
      ['audit', 'verify'],
      ['keys', 'rotate'],
    ]) {
      expect(cli(elsewhere, words)).toMatchObject({
        status: 1,
        stderr: expect.stringContaining(`no store in ${elsewhere}`),
      })
    }
    expect(readdirSync(elsewhere)).toEqual([])
    rmSync(elsewhere, { recursive: true })
  })

  test('makes no master key beside a store that has one from elsewhere', () => {
    expect(run(['integration', 'list'], { COUNTERSIGN_MASTER_KEY: '' })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/Give the same one .*, or put back the master\.key that lay beside it\./),
    })
    expect(readdirSync(dataDir)).not.toContain('master.key')
  })

  test('refuses a tenant that is connected already, with a reason and exit 1', () => {
    expect(run(create)).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('connected already') })
  })

  test('changes the rules of an integration, and shows them', () => {
    const [{ id }] = run(['integration', 'list', '--json']).json()
    const words = [
      '--enrolment',
      'first-use',
      '--first-use-until',
      '2027-01-31',
      '--digits',
      '3',
      '--asked-by',
      'external-mfa',
      '--external-mfa-audience',
      'either',
    ]
    expect(run(['integration', 'set', id, ...words]).status).toBe(0)
    expect(run(['integration', 'set', id, '--first-use-until', '2020-01-01'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('must be in the future'),
    })
    expect(run(['integration', 'show', id, '--json']).json().settings).toMatchObject({
      ...{ enrolment: 'first-use', firstUseUntil: '2027-01-31T23:59:59.000Z', digits: 3, askedBy: 'external-mfa' },
      hintAudience: { 'external-mfa': 'either', 'custom-control': 'either' },
    })
    expect(run(['integration', 'show', id]).stdout).toContain('below what NIST SP 800-63B-4')
  })

  test('narrows first use to some domains, and lets pushes name the person', () => {
    const [{ id }] = run(['integration', 'list', '--json']).json()
    const set = (...words: string[]) => run(['integration', 'set', id, ...words])
    const settings = () => run(['integration', 'show', id, '--json']).json().settings
    expect(settings()).toMatchObject({ firstUseDomains: [], namePersonInPush: false })
    expect(set('--first-use-domains', 'Contoso.example, fabrikam.example', '--name-person-in-push', 'yes').status).toBe(
      0,
    )
    expect(settings()).toMatchObject({
      ...{ firstUseDomains: ['contoso.example', 'fabrikam.example'], namePersonInPush: true },
    })
    for (const wrong of [
      'contoso',
      '@contoso.example',
      'contoso.example,',
      'https://contoso.example',
      'any,contoso.example',
    ])
      expect(set('--first-use-domains', wrong)).toMatchObject({ status: 2, stderr: expect.stringContaining('domains') })
    expect(set('--name-person-in-push', 'maybe')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('yes, no'),
    })
    expect(set('--first-use-domains', 'any', '--name-person-in-push', 'no').status).toBe(0)
    expect(settings()).toMatchObject({ firstUseDomains: [], namePersonInPush: false })
  })

  test('records no change where all is so already', () => {
    const [{ id }] = run(['integration', 'list', '--json']).json()
    const changes = () => run(['audit', 'export', '--type', 'integration.changed']).stdout
    const before = changes()
    expect(before).not.toBe('')
    expect(run(['integration', 'set', id, '--digits', '3', '--first-use-domains', 'any']).status).toBe(0)
    expect(run(['integration', 'enable', id]).stdout).toContain('is enabled')
    expect(changes()).toBe(before)
    run(['integration', 'disable', id])
    run(['integration', 'enable', id])
    expect(changes().split('\n')).toHaveLength(before.split('\n').length + 2)
  })

  test('invites one person, with a code that is printed once', () => {
    const [{ id }] = run(['integration', 'list', '--json']).json()
    const invited = run(['invite', '--integration', id, '--object-id', ADA.objectId, '--json']).json()
    expect(invited.code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/)
    expect(run(['audit', 'export']).stdout).not.toContain(invited.code)
  })

  test('refuses to invite where enrolment is closed', () => {
    const [{ id }] = run(['integration', 'list', '--json']).json()
    run(['integration', 'set', id, '--enrolment', 'closed'])
    expect(run(['invite', '--integration', id, '--object-id', ADA.objectId])).toMatchObject({ status: 1 })
  })

  test('exports what was done, and verifies that it is as it was written', () => {
    const types = run(['audit', 'export'])
      .stdout.trim()
      .split('\n')
      .map((line) => JSON.parse(line).type)
    expect(types).toEqual(expect.arrayContaining(['integration.created', 'integration.changed', 'invitation.created']))
    expect(run(['audit', 'verify', '--json']).json()).toMatchObject({ faults: [] })
  })

  test('exports in the form and of the time and kind that are asked for', () => {
    const lines = (...words: string[]) =>
      run(['audit', 'export', ...words])
        .stdout.trim()
        .split('\n')
    expect(lines('--type', 'invitation.created').map((line) => JSON.parse(line).type)).toEqual(['invitation.created'])
    expect(lines('--format', 'csv')[0]).toMatch(/^at,type,by,/)
    expect(lines('--format', 'csv', '--type', 'invitation.created')[1]).toContain(
      ',"invitation.created","command-line",',
    )
    expect(lines('--format', 'cef', '--type', 'invitation.created')[0]).toMatch(/^CEF:0\|Countersign\|Countersign\|/)
    expect(lines('--to', '2020-01-01')).toEqual([''])
    expect(lines('--from', '2020-01-01T00:00:00Z')).toHaveLength(lines().length)
    for (const wrong of [
      ['--format', 'xml'],
      ['--from', 'yesterday'],
      ['--to', '2026-13-01'],
      ['--to', '2026-02-30'],
      ['--type', 'device.revokd'],
      ['--type', 'hint.refused'],
    ])
      expect({ wrong, status: run(['audit', 'export', ...wrong]).status }).toEqual({ wrong, status: 2 })
  })

  test('says what is wrong with a changed log, record by record, and exits 1', () => {
    const place = mkdtempSync(join(tmpdir(), 'countersign-tampered-'))
    expect(cli(place, create).status).toBe(0)
    const database = new DatabaseSync(join(place, 'countersign.sqlite'))
    const { writer } = database.prepare('SELECT writer FROM audit').get() as { writer: string }
    database.exec('UPDATE audit SET at = at + 1')
    database.close()
    const refused = cli(place, ['audit', 'verify'])
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr).toContain(`writer ${writer}, record 1: changed`)
    const told = cli(place, ['audit', 'verify', '--json'])
    expect(told.status).toBe(1)
    expect(told.json()).toMatchObject({ isWhole: false, faults: [{ writer, seq: 1, kind: 'changed' }] })
    rmSync(place, { recursive: true })
  })

  test('says of an invitation when the person may need none', () => {
    const [{ id }] = run(['integration', 'list', '--json']).json()
    const invite = (enrolment: string) => {
      run(['integration', 'set', id, '--enrolment', enrolment])
      return run(['invite', '--integration', id, '--object-id', ADA.objectId]).stdout
    }
    expect(invite('first-use')).toContain('adds the first one without a code')
    expect(invite('invitation')).toContain('Invitation code: ')
    expect(invite('invitation')).not.toContain('without a code')
  })

  test('removes an integration, and knows it no more', () => {
    const [{ id }] = run(['integration', 'list', '--json']).json()
    expect(run(['integration', 'remove', id]).status).toBe(0)
    expect(run(['integration', 'show', id])).toMatchObject({ status: 1, stderr: `There is no integration ${id}.\n` })
    expect(run(['integration', 'list']).stdout).toBe('No tenant is connected.\n')
  })

  test.each([
    [['nonsense'], 'there is no command'],
    [['constructor'], 'there is no command'],
    [[], 'no command'],
    [['integration', 'create', '--name', 'x'], '--tenant-id is missing'],
    [['integration', 'create', '--name', 'x', '--tenant-id', 'x', '--app-id', APP], '--tenant-id must be a GUID'],
    [[...create, '--cloud', 'mars'], '--cloud must be one of'],
    [[...create, '--colour', 'red'], '--colour'],
    [['integration', 'show'], 'ID is missing'],
    [['integration'], '“integration” is no command. There is:\n  integration create'],
    [['keys', 'rotate', 'extra'], 'See: countersign keys rotate --help'],
    [['backup'], 'FILE is missing'],
    [['integration', 'list', 'extra'], 'not expected'],
    [['keys', 'list', '--json=yes'], '--json'],
    [['keys', 'rotate', '--yes'], '--yes belongs to --emergency'],
    [['keys', 'rotate', '--emergency=now'], '--emergency'],
  ])('says how it is used, exit 2: %j', (words, said) => {
    expect(run(words)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(said) })
  })

  test.each([
    [['device', 'revoke', 'nobody'], 'There is no device nobody.'],
    [['keys', 'rotate'], 'no key to rotate'],
    [['keys', 'rotate', '--emergency'], 'no key to rotate'],
    [[...create, '--cloud', 'local'], 'COUNTERSIGN_ENTRA_AUTHORITY'],
  ])('is refused with a reason, exit 1: %j', (words, said) => {
    expect(run(words)).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(said) })
  })

  test('lists every mistake of the configuration', () => {
    const refused = run(['integration', 'list'], {
      COUNTERSIGN_PORT: 'x',
      COUNTERSIGN_PUBLIC_URL: 'http://example.com',
    })
    expect(refused.status).toBe(1)
    expect(refused.stderr).toContain('COUNTERSIGN_PORT')
    expect(refused.stderr).toContain('COUNTERSIGN_PUBLIC_URL')
  })

  test('explains itself', () => {
    const { status, stdout } = run(['--help'])
    expect(status).toBe(0)
    for (const words of [
      'integration create',
      'device revoke ID',
      'invite',
      'keys rotate',
      'audit export',
      'audit key',
    ])
      expect(stdout).toContain(words)
  })

  test.each([
    [['integration', 'set', '--help'], 'Usage: countersign integration set ID [--name N]', 'integration list'],
    [['help', 'integration', 'set'], 'Usage: countersign integration set ID [--name N]', 'integration list'],
    [['keys', '--help'], 'keys rotate', 'integration list'],
    [['backup', '/tmp/x', '-h'], 'Usage: countersign backup FILE', 'keys list'],
  ])('explains what was asked about, and nothing else: %j', (words, said, unsaid) => {
    const { status, stdout } = run(words)
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining(said) })
    expect(stdout).not.toContain(unsaid)
  })

  test('runs through npm as the README says', () => {
    const { status, stdout } = spawnSync('npm', ['run', '-s', 'countersign', '--', 'integration', 'list', '--json'], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, COUNTERSIGN_DATA_DIR: dataDir, COUNTERSIGN_MASTER_KEY: MASTER_KEY },
    })
    expect({ status, stdout }).toEqual({ status: 0, stdout: '[]\n' })
  })
})

describe('the command line beside a running service', () => {
  let countersign: Countersign
  const environment = { COUNTERSIGN_MASTER_KEY: MASTER_KEY }
  const run = (words: string[], more: Record<string, string> = {}) => cli(countersign.dataDir, words, more)
  beforeAll(async () => {
    countersign = await startCountersign({ environment })
  })
  afterAll(() => countersign.close())

  test('revokes a device, whose key then proves nothing', async () => {
    const phone = await createPhone({ url: countersign.url })
    const browser = createBrowser()
    const page = await browser.arrive(await countersign.entra.begin({ person: ADA, contract: 'external-mfa' }))
    const bound = await phone.bind({ ticket: ticketOn(page) ?? '' })
    await phone.approve(bound.body.pending[0], digitsOn(await browser.get(page.url)) ?? '')
    const [device] = run(['device', 'list', '--json']).json()
    expect(device).toMatchObject({ person: ADA.username, state: 'active' })
    // However it came there: a terminal is not written over.
    const store = new DatabaseSync(join(countersign.dataDir, 'countersign.sqlite'), { timeout: 5000 })
    store.exec(`UPDATE device SET body = json_set(body, '$.name', 'Pixel' || char(27) || '[2K')`)
    store.close()
    expect(run(['device', 'list']).stdout).toContain('Pixel\ufffd[2K')
    expect(run(['device', 'revoke', device.id, '--reason', 'lost']).status).toBe(0)
    expect((await phone.pending()).body).toMatchObject({ code: 'device-removed' })
    expect(run(['device', 'revoke', device.id])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('revoked already'),
    })
  })

  test('prints no address that is not the running service’s', () => {
    const { id } = countersign.integration
    expect(run(['integration', 'show', id])).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining(`started for ${countersign.url}`),
    })
    const same = { COUNTERSIGN_PUBLIC_URL: countersign.url }
    expect(run(['integration', 'show', id, '--json'], same).json().issuer).toBe(`${countersign.url}/entra/${id}`)
  })

  test('disables an integration at once, and enables it again', async () => {
    const { id } = countersign.integration
    expect(run(['integration', 'disable', id]).status).toBe(0)
    const attempt = await countersign.entra.begin({ person: GRACE, contract: 'external-mfa' })
    expect((await createBrowser().arrive(attempt)).text).toContain('access_denied')
    run(['integration', 'enable', id])
    const again = await countersign.entra.begin({ person: GRACE, contract: 'external-mfa' })
    expect(stageOf(await createBrowser().arrive(again))).toBe('ticket')
  })

  test('announces a key that Entra can read at once, and that signs in 48 hours', async () => {
    const rotated = run(['keys', 'rotate', '--json']).json()
    expect(await publishedBy(countersign)).toContain(rotated.kid)
    expect(
      run(['keys', 'list', '--json'])
        .json()
        .map(({ phase }: { phase: string }) => phase),
    ).toEqual(['signing', 'announced'])
    expect(run(['keys', 'rotate'])).toMatchObject({ status: 1, stderr: expect.stringContaining('announced already') })
  })

  test('shows the timetable, with what is planned', () => {
    const [old, next] = run(['keys', 'list', '--json']).json()
    expect(old).toMatchObject({ phase: 'signing', signsUntil: next.signsFrom, isPlanned: false, withdrawnAt: null })
    expect(next).toMatchObject({ phase: 'announced', isPlanned: true })
    expect(Date.parse(next.signsUntil) - Date.parse(next.signsFrom)).toBe(90 * 24 * 3_600_000)
    expect(Date.parse(next.certificateUntil)).toBeGreaterThan(Date.parse(next.publishedUntil))
    const { stdout } = run(['keys', 'list'])
    expect(stdout).toContain(`${next.signsUntil.slice(0, 16)}Z *`)
    expect(stdout).toContain('* as planned')
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(160)
  })

  test('says what an emergency rotation breaks, and does it only when that is meant', async () => {
    const published = () => publishedBy(countersign)
    const before = await published()
    const told = run(['keys', 'rotate', '--emergency'])
    expect(told).toMatchObject({ status: 1, stdout: '' })
    for (const words of ['about once a day', 'AADSTS50012', '--emergency --yes', before[0] ?? ''])
      expect(told.stderr).toContain(words)
    expect(await published()).toEqual(before)

    const { kid } = run(['keys', 'rotate', '--emergency', '--yes', '--json']).json()
    expect(await published()).toEqual([kid])
    const phases = run(['keys', 'list']).stdout.split('\n').slice(1, 4)
    expect(phases.map((line) => line.split(/ {2,}/)[1])).toEqual(['withdrawn', 'withdrawn', 'signing'])
  })

  test('gives an auditor the key and the checkpoints to keep, and verifies by them', async () => {
    await countersign.service.capabilities.checkpoints.make()
    const [key, kept] = [join(countersign.dataDir, 'audit.pem'), join(countersign.dataDir, 'kept.jsonl')]
    writeFileSync(key, run(['audit', 'key']).stdout)
    expect(run(['audit', 'key', '--json']).json()).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA' })
    expect(run(['audit', 'key', '--json']).json()).not.toHaveProperty('d')
    expect(await publishedBy(countersign)).not.toContain(run(['audit', 'key', '--json']).json().kid)
    const printed = run(['audit', 'checkpoints']).stdout
    writeFileSync(kept, printed)
    expect(run(['audit', 'verify'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('by the key in this store'),
    })
    const verify = ['audit', 'verify', '--key', key, '--checkpoints', kept]
    expect(run(verify)).toMatchObject({ status: 0, stderr: '' })
    expect(run(verify).stdout).not.toContain('by the key in this store')

    const last = JSON.parse(printed.trim().split('\n').at(-1) ?? '')
    writeFileSync(kept, JSON.stringify({ ...last, number: last.number + 1 }))
    expect(run(verify)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`checkpoint ${last.number + 1}: missing`),
    })
    const stranger = generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' })
    writeFileSync(key, stranger)
    expect(run(verify)).toMatchObject({ status: 1, stderr: expect.stringContaining('checkpoint 1: forged') })
    writeFileSync(key, 'rubbish')
    expect(run(verify)).toMatchObject({ status: 1, stderr: expect.stringContaining('holds no key') })
    expect(run(['audit', 'verify', '--key', join(countersign.dataDir, 'nowhere')]).stderr).toContain('ENOENT')
  })

  test('makes no key under a master key that does not open the others', () => {
    const wrong = { COUNTERSIGN_MASTER_KEY: Buffer.alloc(32, 8).toString('base64') }
    expect(run(['keys', 'rotate'], wrong)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('not opened by this master key'),
    })
  })
})
