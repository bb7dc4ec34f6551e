import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { verifyAudit } from '../../src/audit/verify-chains.ts'
import type { Phone } from '../phone-simulator/phone.ts'
import { stageOf } from '../support/browser.ts'
import { ADA, type Countersign, GRACE, GUEST, startCountersign } from '../support/countersign.ts'
import { approve, begin, contracts, enrol, eventsOf, finish, invite } from '../support/stories.ts'

const ROUNDS = 5

let countersign: Countersign
let second: ChildProcess
beforeAll(async () => {
  countersign = await startCountersign()
  const program = fileURLToPath(new URL('../support/second-process.ts', import.meta.url))
  second = fork(program, [GUEST.objectId], {
    execArgv: [],
    env: {
      PATH: process.env.PATH,
      COUNTERSIGN_DATA_DIR: countersign.dataDir,
      COUNTERSIGN_PUBLIC_URL: countersign.url,
      COUNTERSIGN_ENTRA_AUTHORITY: countersign.entra.authority,
    },
  })
  expect(await once(second, 'message')).toMatchObject(['ready'])
}, 60_000)
afterAll(async () => {
  second.kill()
  await countersign.close()
})

test('sign-ins complete while another process writes to the same store', async () => {
  const people = [ADA, GRACE]
  const phones = new Map<string, Phone>()
  await Promise.all(people.map(async (person) => phones.set(person.objectId, await enrol(countersign, { person }))))

  const sides = people.flatMap((person) => contracts.map((contract) => ({ person, contract })))
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(
      sides.map(async (side) => {
        const begun = await begin(countersign, side)
        expect((await approve(phones.get(side.person.objectId)!, begun)).body).toEqual({ outcome: 'approved' })
        expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
      }),
    )
  }

  second.send('stop')
  const [made] = await once(second, 'message')
  expect(made).toBeGreaterThan(0)
  expect(await eventsOf(countersign, 'claim.signed')).toHaveLength(people.length + ROUNDS * sides.length)
  expect(await eventsOf(countersign, 'invitation.created')).toHaveLength(made)
  const { writers, faults } = await verifyAudit(countersign.service.capabilities.stores.audit)
  expect([writers, faults]).toEqual([2, []])
}, 60_000)

test('what another process changed holds at once', async () => {
  const { integration, service } = countersign
  await enrol(countersign, { person: GUEST })
  const begun = await begin(countersign, { person: GUEST })
  const page = await begun.browser.submit(begun.page, 'invitation', { code: await invite(countersign, GUEST) })
  expect(stageOf(page)).toBe('ticket')
  await service.capabilities.integrations.change(integration.id, { enrolment: 'closed' }, 'command-line')
  expect((await begin(countersign, { person: GUEST })).page.text).not.toContain('invitation')
})
