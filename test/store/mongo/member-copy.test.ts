// The second way to back up MongoDB that docs/operating.md describes: the files of a member that was stopped cleanly, started
// again as a set of one.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createConnection } from 'mongoose'
import { verifyAudit } from '../../../src/audit/verify-chains.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { systemRandom } from '../../../src/base/random.ts'
import { createLocalChanges } from '../../../src/signin/changes.ts'
import { openMongoStores } from '../../../src/store/mongo/mongo-stores.ts'
import { freePort } from '../../support/free-port.ts'
import { fill } from '../copy/filled-store.ts'
import { ownMember } from './replica-set.ts'
import { whereMongodIs } from './where-mongo-is.ts'

whereMongodIs('the files of a member that was stopped', (start, mongod) => {
  let folder: string
  let restored: ChildProcess | undefined
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-member-'))
  })
  afterAll(async () => {
    if (restored?.exitCode === null) {
      restored.kill('SIGKILL')
      await once(restored, 'close')
    }
    rmSync(folder, { recursive: true, force: true })
  })

  const open = (uri: string) =>
    openMongoStores({
      ...{ uri, clock: systemClock, random: systemRandom, changes: createLocalChanges() },
      streamFailed: () => undefined,
    })

  test('become a set of one with everything that a majority had, and its audit log verifies', async () => {
    const set = await start()
    const name = 'countersign-test-member'
    const stores = await open(set.uri(name))
    await fill(stores)
    const written = await verifyAudit(stores.audit)
    await stores.close()

    // 1. A member is stopped, and its files are copied. 2. The set is lost.
    const path = await set.stopMember()
    cpSync(path, join(folder, 'db'), { recursive: true })
    await set.close()

    // 3. It is started with the name of its set, and made the only member.
    const port = await freePort()
    restored = spawn(
      mongod,
      ['--dbpath', join(folder, 'db'), '--port', String(port), '--bind_ip', '127.0.0.1', '--replSet', 'countersign'],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    )
    const alone = await createConnection(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
      serverSelectionTimeoutMS: 30_000,
    }).asPromise()
    const admin = alone.getClient().db('admin')
    const config = await alone.getClient().db('local').collection('system.replset').findOne({})
    const members = [{ _id: 0, host: `127.0.0.1:${port}` }]
    await admin.command({ replSetReconfig: { ...config, version: config?.version + 1, members }, force: true })
    await alone.close()

    const again = await open(ownMember(port, name))
    expect(await verifyAudit(again.audit)).toEqual(written)
    expect(written.records).toBeGreaterThan(20)
    await again.audit.append([{ type: 'service.started', version: 'restored' }])
    expect(await verifyAudit(again.audit)).toMatchObject({ records: written.records + 1, faults: [] })
    await again.close()
  }, 120_000)
})
