// The disk is full, for real: the process may not make its files larger (setrlimit(2), RLIMIT_FSIZE), as on a full disk.
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { verifyAudit } from '../../src/audit/verify-chains.ts'
import { formOf } from '../support/browser.ts'
import { whereInstalled } from '../support/installed.ts'
import { startProcess } from '../support/process.ts'
import { program } from '../support/programs.ts'
import { approve, begin, claimsSigned, enrol, finish } from '../support/stories.ts'

const tools = [program('env of GNU coreutils', 'coreutils', 'env'), program('prlimit', 'util-linux', 'prlimit')]

whereInstalled('a full disk', tools, (env = '', prlimit = '') => {
  test('lets nobody in and loses nothing: Entra is told to come back, and when there is room it goes on by itself', async () => {
    // Else the system would end a process that meets its limit.
    const countersign = await startProcess({}, [env, '--ignore-signal=XFSZ'])
    const limit = (bytes: number | string): void => {
      execFileSync(prlimit, ['--pid', String(countersign.pid()), `--fsize=${bytes}:`])
    }
    const readiness = async (): Promise<number> => (await fetch(`${countersign.url}/readyz`)).status
    try {
      const phone = await enrol(countersign)
      const waiting = await begin(countersign)
      const before = await claimsSigned(countersign)

      const wal = join(countersign.environment.COUNTERSIGN_DATA_DIR ?? '', 'countersign.sqlite-wal')
      limit(statSync(wal).size)
      const refused = await begin(countersign)
      expect(formOf(refused.page).fields).toMatchObject({ error: 'temporarily_unavailable' })
      expect(await approve(phone, waiting)).toMatchObject({ status: 503, body: { code: 'stopping' } })
      expect(await readiness()).toBe(503)
      expect(await claimsSigned(countersign)).toEqual(before)

      limit('unlimited')
      expect(await readiness()).toBe(200)
      await approve(phone, waiting)
      expect(await finish(countersign, waiting)).toMatchObject({ accepted: true })
      const next = await begin(countersign)
      await approve(phone, next)
      expect(await finish(countersign, next)).toMatchObject({ accepted: true })
      const { faults } = await verifyAudit(countersign.service.capabilities.stores.audit)
      expect(faults).toEqual([])
    } finally {
      await countersign.close()
    }
  })
})
