// The image, built and run. `npm run image` builds it where there is no Docker daemon, and runs this; elsewhere:
//   docker build -t countersign . && COUNTERSIGN_TEST_ENGINE=docker COUNTERSIGN_TEST_IMAGE=countersign npm test -- test/image
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type EntraSimulator, startEntraSimulator } from '../entra-simulator/start-entra-simulator.ts'
import type { Phone } from '../phone-simulator/phone.ts'
import { ADA, APP, TENANT } from '../support/countersign.ts'
import { freePort } from '../support/free-port.ts'
import { approve, begin, enrol, finish } from '../support/stories.ts'
import { type Container, createImages, type Images } from './container.ts'

const { COUNTERSIGN_TEST_ENGINE: engine, COUNTERSIGN_TEST_IMAGE: image, COUNTERSIGN_TEST_BASE: base } = process.env

/** As compose.yaml mounts it. */
const initiate = fileURLToPath(new URL('../../deploy/mongodb/initiate.js', import.meta.url))

const MEGABYTE = 1_000_000
const MOST_ABOVE_BASE = 120

const suite = engine && image ? describe : describe.skip
suite(engine && image ? 'the image' : 'the image (skipped: npm run image builds it, and runs this)', () => {
  const volume = `countersign-test-${process.pid}`
  let images: Images
  let entra: EntraSimulator
  let url: string
  let environment: Record<string, string>
  let container: Container
  let phone: Phone

  const start = async (): Promise<void> => {
    const mounts = [`${volume}:/data`, `${images.data}:/etc/countersign:ro`, `${initiate}:/app/initiate.js:ro`]
    container = await images.start(environment, ...mounts.flatMap((mount) => ['--volume', mount]))
    await ready()
  }

  /** Waits until it can serve. */
  async function ready(): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      const answer = await fetch(`${url}/readyz`).catch(() => undefined)
      if (answer?.ok) return
      if ((await container.inspect('{{.State.Running}}')) !== 'true') break
      await sleep(100)
    }
    throw new Error(`it does not get ready: ${await container.log()}`)
  }

  beforeAll(async () => {
    images = createImages(engine ?? '', image ?? '')
    chmodSync(images.data, 0o755)
    const port = await freePort()
    url = `http://localhost:${port}`
    entra = await startEntraSimulator({ registrations: [], people: [ADA] })
    writeFileSync(join(images.data, 'master.key'), randomBytes(32).toString('base64'), { mode: 0o444 })
    writeFileSync(join(images.data, 'fcm.json'), JSON.stringify(serviceAccount()), { mode: 0o444 })
    environment = {
      // For the simulator's cloud alone.
      NODE_ENV: 'test',
      COUNTERSIGN_ENTRA_AUTHORITY: entra.authority,
      COUNTERSIGN_PUBLIC_URL: url,
      COUNTERSIGN_PORT: String(port),
      COUNTERSIGN_MASTER_KEY_FILE: '/etc/countersign/master.key',
      COUNTERSIGN_FCM_CREDENTIALS_FILE: '/etc/countersign/fcm.json',
    }
    await start()
  })
  afterAll(async () => {
    await images?.close(volume)
    await entra?.close()
  })

  test('completes a sign-in, for a tenant that its own command line connected', async () => {
    const made = await container.exec(
      ...['countersign', 'integration', 'create', '--name', 'Contoso', '--tenant-id', TENANT, '--app-id', APP],
      ...['--cloud', 'local', '--json'],
    )
    expect(made).toMatchObject({ code: 0, errors: '' })
    const { clientId, discoveryUrl, customControl, externalMfa } = JSON.parse(made.output)
    const replyUrls = [`${url}/entra/authorize`]
    entra.register({ tenantId: TENANT, appId: APP, clientId, discoveryUrl, replyUrls, customControl, externalMfa })
    phone = await enrol({ url, entra })
  })

  test('runs as nobody’s root: no capability, and none to be had', async () => {
    const { output } = await container.exec('cat', '/proc/1/status')
    expect(output).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m)
    expect(output).toMatch(/^CapEff:\t0+$/m)
    expect(output).toMatch(/^CapBnd:\t0+$/m)
    expect(output).toMatch(/^NoNewPrivs:\t1$/m)
    expect(await images.inspectImage(image ?? '', '{{.Config.User}}')).toBe('1000:1000')
  })

  test('writes to /data and nowhere else', async () => {
    for (const folder of ['/', '/app', '/app/src', '/usr/local/bin', '/tmp', '/var/tmp'])
      expect(await container.exec('touch', `${folder}/x`)).toMatchObject({
        code: 1,
        errors: expect.stringContaining('Read-only file system'),
      })
    const { output } = await container.exec('ls', '/data')
    expect(output.split('\n')).toEqual(expect.arrayContaining(['compile-cache', 'countersign.sqlite']))
  })

  test('says that it is alive, by its own health check', async () => {
    const [kind, ...command] = JSON.parse(await container.inspect('{{json .Config.Healthcheck.Test}}'))
    expect(kind).toBe('CMD')
    expect(await container.exec(...command)).toEqual({ code: 0, output: '', errors: '' })
    const unheard = ['env', `COUNTERSIGN_PORT=${await freePort()}`, ...command]
    expect(await container.exec(...unheard)).toMatchObject({ code: 1 })
  })

  test('can send by Firebase, and lacks what only Firestore and Storage need', async () => {
    // It did not start without: the sender is made at start.
    const script = "import('firebase-admin/messaging').then(({ getMessaging }) => console.log(typeof getMessaging))"
    expect(await container.exec('node', '-e', script)).toEqual({ code: 0, output: 'function\n', errors: '' })
    for (const path of ['@google-cloud/firestore', '@google-cloud/storage', '@grpc/grpc-js'])
      expect(await container.exec('ls', `node_modules/${path}`)).toMatchObject({ code: 2 })
  })

  test('holds nothing of development, no test, and no key or store of the machine that built it', async () => {
    const { output } = await container.exec('ls', '-A', '/app')
    const ours = output.split('\n').filter((name) => name !== '' && name !== 'initiate.js')
    expect(ours).toEqual(
      ['LICENSE', 'node_modules', 'package.json', 'policy-templates', 'src', 'tsconfig.base.json', 'views'].sort(),
    )
    const installed = JSON.parse((await container.exec('cat', 'node_modules/.package-lock.json')).output)
    const packages = Object.entries<{ dev?: boolean }>(installed.packages)
    expect(packages.length).toBeGreaterThan(100)
    expect(packages.filter(([, { dev }]) => dev)).toEqual([])
    for (const path of ['jest', 'typescript', 'node'])
      expect(await container.exec('ls', `node_modules/${path}`)).toMatchObject({ code: 2 })
  })

  test('has what makes a replica set of MongoDB servers', async () => {
    expect(await container.exec('node', 'initiate.js')).toEqual({
      code: 2,
      output: '',
      errors: 'MEMBERS, MONGODB_ADMIN_PASSWORD and MONGODB_PASSWORD must be given.\n',
    })
  })

  test('backs up and seals anew without a place for temporary files but /data', async () => {
    expect(await container.exec('countersign', 'backup', '/data/backup.sqlite')).toMatchObject({ code: 0, errors: '' })
    writeFileSync(join(images.data, 'new.key'), randomBytes(32).toString('base64'), { mode: 0o444 })
    expect(await container.stop()).toBe(0)
    const previous = { COUNTERSIGN_MASTER_KEY_PREVIOUS_FILE: '/etc/countersign/master.key' }
    environment = { ...environment, COUNTERSIGN_MASTER_KEY_FILE: '/etc/countersign/new.key', ...previous }
    await start()
    expect((await container.exec('countersign', 'audit', 'export')).output).toContain('master-key.resealed')
  })

  test('stops in order when it is told to, and goes on where it was', async () => {
    const begun = await begin({ entra })
    await approve(phone, begun)
    expect(await container.stop()).toBe(0)
    expect(await container.log()).toContain('"msg":"stopped"')
    await start()
    expect(await finish({ entra }, begun)).toMatchObject({ accepted: true })
  })

  test('names its command line as it is called in it', async () => {
    const { output } = await container.exec('countersign', 'admin', 'list')
    expect(output).not.toContain('npm')
    expect(await container.log()).toContain('"command":"countersign admin link"')
  })

  test('starts for production unless told otherwise, and says what that lacks', async () => {
    const { code, errors } = await images.runOnce({ COUNTERSIGN_PUBLIC_URL: 'https://mfa.example.com' })
    expect(code).toBe(1)
    expect(errors).toContain('COUNTERSIGN_MASTER_KEY: must be given when NODE_ENV=production')
    const { errors: simulated } = await images.runOnce({ COUNTERSIGN_ENTRA_AUTHORITY: entra.authority })
    expect(simulated).toContain('COUNTERSIGN_ENTRA_AUTHORITY: is for simulators')
  })

  // Without the base's name nobody can say what is above it.
  const sized = base ? test : test.skip
  sized(`takes at most ${MOST_ABOVE_BASE} MB above its base`, async () => {
    const sizes = [image, base].map(async (name) => Number(await images.inspectImage(name ?? '', '{{.Size}}')))
    const [whole = 0, below = 0] = await Promise.all(sizes)
    const above = (whole - below) / MEGABYTE
    process.stdout.write(`The image takes ${above.toFixed(0)} MB above its base.\n`)
    expect(above).toBeGreaterThan(10)
    expect(above).toBeLessThanOrEqual(MOST_ABOVE_BASE)
  })
})

/** A key file as Google gives it, of nobody. */
const serviceAccount = () => ({
  type: 'service_account',
  project_id: 'nobody',
  client_email: 'nobody@nobody.iam.gserviceaccount.com',
  private_key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
})
