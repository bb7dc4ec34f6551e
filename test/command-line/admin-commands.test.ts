import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Console, startConsole } from '../admin/console.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
let console: Console
beforeAll(async () => {
  console = await startConsole()
})
afterAll(() => console.close())

/** Runs one command beside the running service, as a process of its own. */
function cli(words: string[], environment: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'src', 'cli.ts'), ...words], {
    cwd: root,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      COUNTERSIGN_DATA_DIR: console.dataDir,
      COUNTERSIGN_PUBLIC_URL: console.url,
      ...environment,
    },
  })
  return { status, stdout, stderr, json: () => JSON.parse(stdout) }
}

describe('admin link', () => {
  test('makes a link beside the running service, with which an owner gets in', async () => {
    expect(cli(['admin', 'list']).stdout).toContain('Nobody yet')
    const made = cli(['admin', 'link', '--name', 'Ada', '--json']).json()
    expect(made).toMatchObject({
      name: 'Ada',
      role: 'owner',
      link: expect.stringContaining(`${console.url}/admin/enter#`),
    })
    expect(Date.parse(made.expiresAt) - Date.now()).toBeLessThanOrEqual(15 * 60_000)
    const ada = console.desk()
    expect((await ada.enter(made.link)).status).toBe(200)
    expect((await ada.get('/admin/administrators')).status).toBe(200)
    const [listed] = cli(['admin', 'list', '--json']).json()
    expect(listed).toMatchObject({ name: 'Ada', role: 'owner', via: 'passkey', disabledAt: null })

    // ... and for the same administrator, who lost their passkey.
    const again = cli(['admin', 'link', '--administrator', listed.id]).stdout
    expect(again).toContain('lets Ada in as owner, once, within 15 minutes')
    const elsewhere = console.desk()
    expect((await elsewhere.enter(again.split('\n')[0] ?? '')).status).toBe(200)
    expect(await ada.isIn()).toBe(false)
    expect(await console.service.capabilities.administrators.list()).toHaveLength(1)
  })

  test('makes one for any role', async () => {
    const { link } = cli(['admin', 'link', '--role', 'viewer', '--name', 'Grace', '--json']).json()
    const grace = console.desk()
    await grace.enter(link)
    expect((await grace.get('/admin/administrators')).status).toBe(403)
  })

  test.each([
    [['--role', 'king'], 2, '--role must be one of'],
    [['--name', 'x'.repeat(65)], 2, '--name must be one line'],
    [['--administrator', 'nobody'], 1, 'There is no administrator nobody'],
    [['--administrator', 'nobody', '--role', 'owner'], 2, 'stands alone'],
  ])('refuses %j: exit %d', (words, status, stderr) => {
    expect(cli(['admin', 'link', ...words])).toMatchObject({
      status,
      stdout: '',
      stderr: expect.stringContaining(stderr),
    })
  })

  test('makes none for whose access is off', async () => {
    const { administrators } = console.service.capabilities
    const helper = await console.admitted('helpdesk')
    await administrators.disable(helper.id, (await administrators.list())[0]!)
    expect(cli(['admin', 'link', '--administrator', helper.id])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('is switched off'),
    })
  })

  test('makes none for another address than the service’s', () => {
    expect(cli(['admin', 'link'], { COUNTERSIGN_PUBLIC_URL: 'http://localhost:1' })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Set COUNTERSIGN_PUBLIC_URL to the same'),
    })
  })
})
