// A Countersign that grows: from its embedded store to MongoDB, and back again. Its phones notice nothing.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Phone } from '../../phone-simulator/phone.ts'
import { emptied } from '../../store/mongo/database.ts'
import type { ReplicaSet } from '../../store/mongo/replica-set.ts'
import { whereMongoIs } from '../../store/mongo/where-mongo-is.ts'
import { type CountersignProcess, type Running, run, startProcess } from '../../support/process.ts'
import { approve, begin, contracts, enrol, finish } from '../../support/stories.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const MASTER_KEY = Buffer.alloc(32, 7).toString('base64')

whereMongoIs('moving between the embedded store and MongoDB', (start) => {
  let mongo: ReplicaSet
  let uri: string
  let countersign: CountersignProcess
  let phone: Phone
  let back: string
  let node: Running | undefined

  beforeAll(async () => {
    mongo = await start()
    uri = mongo.uri('countersign-test-moving')
    await emptied(uri)
    countersign = await startProcess({ COUNTERSIGN_MASTER_KEY: MASTER_KEY })
    // This process had it open, to make the integration.
    await countersign.service.capabilities.stores.close()
    back = mkdtempSync(join(tmpdir(), 'countersign-back-'))
    phone = await enrol(countersign)
  })
  afterAll(async () => {
    node?.child.kill('SIGKILL')
    await node?.ended
    await countersign?.close()
    await mongo?.close()
    rmSync(back, { recursive: true, force: true })
  })

  /** The command, as an operator runs it: no master key is near. This process goes on, which reads what MongoDB says. */
  const command = async (words: string[], more: Record<string, string> = {}) => {
    const child = spawn(process.execPath, [join(ROOT, 'src', 'cli.ts'), ...words], {
      cwd: ROOT,
      env: {
        ...{ PATH: process.env.PATH, COUNTERSIGN_MONGODB_URI: uri },
        COUNTERSIGN_DATA_DIR: countersign.environment.COUNTERSIGN_DATA_DIR,
        ...more,
      },
    })
    const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return { status, stdout, stderr }
  }
  const startNode = async (more: Record<string, string>): Promise<void> => {
    node = run({ ...countersign.environment, ...more })
    await node.ready
  }
  const stopNode = async (): Promise<void> => {
    node?.child.kill('SIGTERM')
    expect(await node?.ended).toMatchObject({ code: 0 })
    node = undefined
  }
  const signsIn = async (): Promise<void> => {
    for (const contract of contracts) {
      const begun = await begin(countersign, { contract })
      expect(await approve(phone, begun)).toMatchObject({ status: 200, body: { outcome: 'approved' } })
      expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
    }
  }
  const sums = (stdout: string): unknown => JSON.parse(stdout).collections

  test('is refused while the service runs on the embedded store; it notices nothing', async () => {
    const refused = await command(['store', 'copy', '--to', 'mongodb'])
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('countersign.sqlite is in use') })
    await signsIn()
  })

  let there: unknown
  test('the copy shows what it compared, and says which master key is wanted', async () => {
    await countersign.end('SIGTERM')
    const { status, stdout, stderr } = await command(['store', 'copy', '--to', 'mongodb'])
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^collection +rows +SHA-256 +read again$/m)
    expect(stdout).toMatch(/^device +1 +[0-9a-f]{64} +same$/m)
    expect(stdout).toContain('Give it the same master key as before')
    // What was copied is no reason to copy it again.
    const again = await command(['store', 'copy', '--to', 'mongodb'])
    expect(again).toMatchObject({ status: 1, stderr: expect.stringMatching(/not empty.*device 1/) })
  })

  test('the phone that was there signs in on MongoDB', async () => {
    await startNode({ COUNTERSIGN_MONGODB_URI: uri })
    await signsIn()
  })

  test('is refused while a node runs on MongoDB; it notices nothing', async () => {
    const refused = await command(['store', 'copy', '--to', 'embedded'], { COUNTERSIGN_DATA_DIR: back })
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('This MongoDB is in use: 1 process') })
    expect(readdirSync(back)).toEqual([])
    await signsIn()
    await stopNode()
  })

  test('back again, the phone signs in on the embedded store, and the audit log of all three is whole', async () => {
    const copied = await command(['store', 'copy', '--to', 'embedded', '--json'], { COUNTERSIGN_DATA_DIR: back })
    expect(copied.status).toBe(0)
    there = sums(copied.stdout)
    await startNode({ COUNTERSIGN_DATA_DIR: back })
    await signsIn()
    const verified = await command(['audit', 'verify', '--json'], {
      ...{ COUNTERSIGN_MONGODB_URI: '', COUNTERSIGN_DATA_DIR: back, COUNTERSIGN_MASTER_KEY: MASTER_KEY },
    })
    expect(verified.status).toBe(0)
    const { writers, faults } = JSON.parse(verified.stdout)
    expect(faults).toEqual([])
    // This process, and three services.
    expect(writers).toBe(4)
    await stopNode()
  })

  test('a service that has another master key says so, and does not serve', async () => {
    await emptied(uri)
    const copied = await command(['store', 'copy', '--to', 'mongodb', '--json'], { COUNTERSIGN_DATA_DIR: back })
    expect(copied.status).toBe(0)
    expect(sums(copied.stdout)).not.toEqual(there)
    const other = Buffer.alloc(32, 8).toString('base64')
    const refused = run({
      ...{ ...countersign.environment, COUNTERSIGN_MONGODB_URI: uri, COUNTERSIGN_MASTER_KEY: other },
    })
    await expect(refused.ready).rejects.toThrow(/master key/i)
    await refused.ended
  })
})
