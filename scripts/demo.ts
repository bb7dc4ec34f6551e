// `npm run demo`: Countersign on its embedded store, and the Entra simulator as a separate program on another site.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dataDir = join(root, 'demo-data')
const HOST = '127.0.0.1'
const PORTS = { Countersign: 8080, 'the Entra simulator': 8090, 'the application': 8091 }
const authority = `http://${HOST}:${PORTS['the Entra simulator']}`
const application = `http://${HOST}:${PORTS['the application']}`
const publicUrl = process.env.COUNTERSIGN_PUBLIC_URL ?? `http://localhost:${PORTS.Countersign}`
const environment = {
  ...process.env,
  NODE_ENV: 'development',
  COUNTERSIGN_PUBLIC_URL: publicUrl,
  COUNTERSIGN_PORT: String(PORTS.Countersign),
  COUNTERSIGN_DATA_DIR: dataDir,
  COUNTERSIGN_ENTRA_AUTHORITY: authority,
}

const TENANT = '6b1f2c9e-0d3a-4a57-8e21-c0de5160d001'
const APP = '3d9a7c15-54f0-4b0e-9a6b-c0de5160d002'
const people = [
  { objectId: 'a11ce000-0000-4000-8000-000000000001', name: 'Alice Example', username: 'alice@contoso.example' },
  { objectId: 'b0b00000-0000-4000-8000-000000000002', name: 'Bob Example', username: 'bob@contoso.example' },
  {
    objectId: 'c0ffee00-0000-4000-8000-000000000003',
    name: 'Chris Guest',
    username: 'chris@partner.example',
    guest: true,
  },
]

function fail(message: string, code = 1): never {
  process.stderr.write(`${message}\n`)
  process.exit(code)
}

/** Whether nobody listens on a port of ours. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, HOST, () => probe.close(() => resolve(true)))
  })
}

/** Runs an administrator's command beside the service. */
function countersign(...words: string[]): unknown {
  const output = execFileSync(process.execPath, [join(root, 'src', 'cli.ts'), ...words, '--json'], {
    env: environment,
    encoding: 'utf8',
  })
  return JSON.parse(output)
}

type Connected = {
  id: string
  clientId: string
  discoveryUrl: string
  authorizationEndpoint: string
  customControl: unknown
  externalMfa: unknown
}

/** The demo's integration, made at the first run; and the simulator told of it, as an administrator would tell Entra. */
function connect(): string {
  const found = (countersign('integration', 'list') as { id: string; tenantId: string }[]).find(
    ({ tenantId }) => tenantId === TENANT,
  )
  const connected = (
    found
      ? countersign('integration', 'show', found.id)
      : countersign(
          'integration',
          'create',
          '--name',
          'Contoso',
          '--tenant-id',
          TENANT,
          '--app-id',
          APP,
          '--cloud',
          'local',
        )
  ) as Connected
  const { clientId, discoveryUrl, authorizationEndpoint, customControl, externalMfa } = connected
  const registration = {
    tenantId: TENANT,
    appId: APP,
    clientId,
    discoveryUrl,
    replyUrls: [authorizationEndpoint],
    customControl,
    externalMfa,
  }
  const file = join(dataDir, 'entra.json')
  writeFileSync(file, JSON.stringify({ registrations: [registration], people, keysFile: 'entra-keys.json' }, null, 2), {
    mode: 0o600,
  })
  return file
}

/** Starts a program, and resolves when it prints a line that contains `ready`. Rejects with what it said when it ends first. */
function start(script: string, words: string[], children: ChildProcess[], ready: string): Promise<void> {
  const child = spawn(process.execPath, [join(root, script), ...words], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout?.on('data', (part: Buffer) => {
      said += part
      if (said.includes(ready)) resolve()
    })
    child.stderr?.on('data', (part: Buffer) => {
      said += part
      process.stderr.write(part)
    })
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}.`)))
  })
}

/** How an administrator gets in: by a one-time link while there is none, then with their passkey. */
function wayIn(): string {
  const owners = (countersign('admin', 'list') as { role: string; disabledAt: string | null }[]).filter(
    ({ role, disabledAt }) => role === 'owner' && disabledAt === null,
  )
  if (owners.length > 0) return `${publicUrl}/admin/`
  const { link } = countersign('admin', 'link', '--name', 'Demo owner') as { link: string }
  return `${link}\n                 (once, within 15 minutes; it adds your passkey)`
}

/** Whether Alice connected a phone at an earlier start. */
const hasPhone = (): boolean =>
  (countersign('device', 'list') as { objectId: string; state: string }[]).some(
    ({ objectId, state }) => objectId === people[0]?.objectId && state === 'active',
  )

const addsPhone = `2. Countersign shows a code. It is for the phone that Alice has not connected yet:
     open "I can't scan it" and click the link: the authenticator opens in a second window.
     (Or type the short code at ${publicUrl}/authenticator/. A real phone needs an https public URL.)
  3. Add the phone there, type the six digits that the sign-in page shows, and approve.`
const usesPhone = `2. Countersign shows six digits, and asks the phone that Alice has connected already.
  3. Open the authenticator on it (${publicUrl}/authenticator/, in the browser that you used
     then), type the digits, and approve. It is lost? Begin anew, as told below, or choose Bob Example.`

function explain(): void {
  process.stdout.write(`
  Countersign runs. Here is a whole sign-in, for you to try:

  1. Open ${application}, choose Alice Example: External MFA, then Sign in.
  ${hasPhone() ? usesPhone : addsPhone}
  4. You land in the application. It shows the claim as Entra saw it, judged line by line.

  Then press Done in the authenticator, turn on notifications there, and sign in again: with no code to scan, and a
  notification to click (a real one, by your browser's push service; without the internet the authenticator says so,
  and still shows what waits). Then as the same person through the custom control.

  Countersign    ${publicUrl}
  Authenticator  ${publicUrl}/authenticator/
  Console        ${wayIn()}
  Entra (simulated)  ${authority}
  Application    ${application}
  Data           ${dataDir}

  Administer it, in another terminal:
    COUNTERSIGN_DATA_DIR=./demo-data npm run -s countersign -- device list

  Stop with Ctrl+C; the next start carries on. Begin anew with: npm run demo -- --reset
`)
}

const words = process.argv.slice(2)
if (words.some((word) => word !== '--reset')) fail('The demo takes one word: npm run demo -- --reset', 2)
const reset = words.includes('--reset')
for (const [name, port] of Object.entries(PORTS)) {
  if (!(await isFree(port)))
    fail(
      `Port ${port} is taken, and the demo needs it for ${name}. Is another demo running? Stop what listens there, then try again.`,
    )
}
if (reset) rmSync(dataDir, { recursive: true, force: true })
mkdirSync(dataDir, { recursive: true, mode: 0o700 })

const children: ChildProcess[] = []
const stop = (): void => {
  for (const child of children) child.kill('SIGTERM')
}
const stopAsAsked = (): void => {
  process.stdout.write('\n  Stopping.\n')
  stop()
}
process.once('SIGINT', stopAsAsked)
process.once('SIGTERM', stopAsAsked)

try {
  await start('src/start.js', [], children, '"ready"')
  const simulator = ['--config', connect(), '--port', String(PORTS['the Entra simulator'])]
  simulator.push('--application-port', String(PORTS['the application']))
  await start('test/entra-simulator/program.ts', simulator, children, '"ready":true')
  explain()
} catch (error) {
  stop()
  fail((error as Error).message)
}

// When one ends, the other has nobody to talk to.
const ended = await Promise.race(
  children.map((child) => new Promise<number | null>((resolve) => child.once('exit', resolve))),
)
stop()
process.exitCode = ended === 0 || ended === null ? 0 : 1
