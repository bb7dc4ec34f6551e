// What the console asks, on a store as large as it gets: every query is led by an index, in order. SQLite is asked how it
// would run the very statements that the stores run.
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type AuditFilter, createAuditReading } from '../../src/audit/audit-reading.ts'
import { systemRandom } from '../../src/base/random.ts'
import { createPeople } from '../../src/devices/people.ts'
import { createSignInHistory, type SignInFilter } from '../../src/signin/history.ts'
import { createAuditStore, createIntegrationStore } from '../../src/store/sqlite/administration-store.ts'
import { createAuditReadingStore } from '../../src/store/sqlite/audit-reading-store.ts'
import { createInvitationStore } from '../../src/store/sqlite/device-store.ts'
import { type Engine, openEngine, type Transaction } from '../../src/store/sqlite/engine.ts'
import { createLastHintStore } from '../../src/store/sqlite/last-hint-store.ts'
import { createPersonStore } from '../../src/store/sqlite/person-store.ts'
import { createSignInHistoryStore } from '../../src/store/sqlite/sign-in-history-store.ts'
import { createSignInStore } from '../../src/store/sqlite/sign-in-store.ts'
import {
  ADA,
  aHint,
  anIntegration,
  anInvitation,
  aSignIn,
  integrationEvent,
  movedTo,
  NOW,
} from './contract/material.ts'
import { temporaryFile } from './temporary-file.ts'

const MANY = 200_000
const clock = { now: () => NOW }

/** An engine that keeps every statement it is asked to run. */
function recordingEngine(engine: Engine): { engine: Engine; statements: Set<string> } {
  const statements = new Set<string>()
  const recorded =
    <T>(ask: (sql: string, ...values: SQLInputValue[]) => T) =>
    (sql: string, ...values: SQLInputValue[]): T => {
      statements.add(sql)
      return ask(sql, ...values)
    }
  const recording: Engine = {
    ...engine,
    get: recorded(engine.get),
    all: recorded(engine.all),
    write: (work) =>
      engine.write((transaction: Transaction) =>
        work({ ...transaction, get: recorded(transaction.get), run: recorded(transaction.run) }),
      ),
  }
  return { engine: recording, statements }
}

/** Steps of a plan that read a whole table, or sort what they found. */
const faultsIn = (plan: readonly string[]): string[] =>
  plan.filter((step) => /TEMP B-TREE/.test(step) || (/^SCAN (?!CONSTANT)/.test(step) && !/ USING .*INDEX/.test(step)))

const planOf = (database: DatabaseSync, sql: string): string[] =>
  database
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map((row) => String(row.detail))

/** Every subset of what can be asked for. */
const subsetsOf = <T extends object>(full: T): Partial<T>[] =>
  Object.entries(full).reduce<Partial<T>[]>(
    (subsets, [name, value]) => subsets.flatMap((subset) => [subset, { ...subset, [name]: value }]),
    [{}],
  )

const NUMBERS = `WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < ${MANY - 1})`
/** Four sign-ins an instant; of twenty thousand people; one in fifty was reported. */
const FILL = `
${NUMBERS} INSERT INTO sign_in_record
  SELECT ${NOW} + n / 4, printf('id-%06d', n), printf('integration-%d', n % 3), 'tenant', printf('object-%05d', n % 20000),
    printf('person %05d', n % 20000), 'external-mfa', iif(n % 50 = 0, 'reported', 'answered'), ${NOW} + n, 'push', NULL,
    '192.0.2.1', NULL, 'Firefox', NULL
  FROM number;
${NUMBERS} INSERT INTO person
  SELECT printf('object-%06d', n), 'tenant', printf('integration-%d', n % 3), printf('Person %05d', n / 4),
    printf('person %05d', n / 4), ${NOW}, ${NOW}
  FROM number;
${NUMBERS} INSERT INTO audit
  SELECT n + 1, 'writer', n + 1, ${NOW} + n / 4, iif(n % 1000 = 0, 'device.revoked', 'signin.opened'),
    json_object('signInId', printf('id-%06d', n), 'integrationId', printf('integration-%d', n % 3), 'tenantId', 'tenant',
      'objectId', printf('object-%05d', n % 20000), 'by', iif(n % 1000 = 0, 'command-line', NULL)),
    '', ''
  FROM number;
${NUMBERS} INSERT INTO refusal_count
  SELECT n / 1000, 'hint.refused', 'hint.key', printf('integration-%d', n % 3), printf('address %d', n), 'r', 1 FROM number;
`

describe('queries of the console', () => {
  const { file, remove } = temporaryFile()
  let engine: Engine
  let statements: Set<string>
  let database: DatabaseSync
  let stop: () => Promise<void>

  beforeAll(() => {
    const opened = openEngine({ file, clock, random: systemRandom })
    const recording = recordingEngine(opened)
    engine = recording.engine
    statements = recording.statements
    stop = opened.close
    database = new DatabaseSync(file)
    database.exec(`BEGIN; ${FILL} COMMIT`)
  }, 60_000)

  afterAll(async () => {
    database.close()
    await stop()
    remove()
  })

  const history = () => createSignInHistory({ store: createSignInHistoryStore(engine), clock })
  const reading = () => createAuditReading({ store: createAuditReadingStore(engine) })
  const people = () =>
    createPeople({ store: createPersonStore(engine), invitations: createInvitationStore(engine), clock })

  /** Expects that every statement that `run` ran is led by an index, and that there were so many. */
  async function expectPlanned(run: () => Promise<unknown>, atLeast: number): Promise<void> {
    statements.clear()
    await run()
    expect(statements.size).toBeGreaterThanOrEqual(atLeast)
    const faults = [...statements].flatMap((sql) => faultsIn(planOf(database, sql)).map((step) => `${step}: ${sql}`))
    expect(faults).toEqual([])
  }

  const person = { tenantId: 'tenant', objectId: 'object-00007' }
  const time = { from: NOW + 10, to: NOW + 40_000 }

  test('sign-ins, whatever they are filtered by', async () => {
    const filter: Required<SignInFilter> = { person, integrationId: 'integration-1', outcome: 'denied', ...time }
    await expectPlanned(async () => {
      for (const subset of subsetsOf(filter)) {
        const { next } = await history().list({ ...subset, limit: 3 })
        await history().list({ ...subset, limit: 3, cursor: next ?? undefined })
        if (!subset.outcome) continue
        await history().list({ ...subset, outcome: 'answered', limit: 3 })
        await history().list({ ...subset, outcome: 'open', limit: 3 })
      }
    }, 8)
  })

  test('one sign-in, the reported ones, the counts, and what is forgotten', async () => {
    await expectPlanned(async () => {
      await history().find('id-000007')
      await history().reported(NOW, 5)
      await history().countByOutcome(NOW)
      const store = createSignInHistoryStore(engine)
      await store.forget(NOW + 1)
      expect(await store.find('id-000003')).toBeUndefined()
      expect(await store.find('id-000004')).toBeDefined()
    }, 5)
  })

  test('the audit, whatever it is filtered by, read and exported', async () => {
    const filter: Required<AuditFilter> = {
      ...{ type: 'device.revoked', by: 'command-line', signInId: 'id-000007', integrationId: 'integration-1', person },
      ...time,
    }
    await expectPlanned(async () => {
      for (const some of subsetsOf(filter)) {
        for (const subset of some.type ? [some, { ...some, type: 'signin.opened' } as const] : [some]) {
          const { next } = await reading().list({ ...subset, limit: 3 })
          await reading().list({ ...subset, limit: 3, cursor: next ?? undefined })
          await reading().export(subset).next()
        }
      }
      await reading().timeline('id-000007')
    }, 64)
  })

  test('counts of refusals', async () => {
    await expectPlanned(async () => {
      await reading().refusals({ ...time, limit: 3 })
      await reading().refusals({ ...time, integrationId: 'integration-1', limit: 3 })
    }, 2)
  })

  test('people, their devices and invitations, and the last hints', async () => {
    const guid = 'a0000000-0000-4000-8000-000000000001'
    await expectPlanned(async () => {
      for (const integrationId of [undefined, 'integration-1'])
        for (const text of ['', 'person 0', guid]) {
          const { next } = await people().search({ text, integrationId, limit: 3 })
          await people().search({ text, integrationId, limit: 3, cursor: next ?? undefined })
        }
      await people().find(person)
      await people().devicesOf(person)
      await people().invitationOf(person)
      await createLastHintStore(engine).of('integration-1')
    }, 8)
  })

  test('what is written down beside a sign-in, an invitation, a refusal and a removal', async () => {
    const signIn = aSignIn()
    const decision = { deviceId: 'd', approvalDigest: 'a', proof: 'software-key' as const, at: NOW }
    const integration = anIntegration({ tenantId: ADA.tenantId })
    statements.clear()
    const signIns = createSignInStore(engine)
    await signIns.open(signIn, aHint(), 3, NOW, [])
    await signIns.move(signIn, movedTo(signIn, { phase: 'approved', decision }), { events: [] })
    await createInvitationStore(engine).insert(anInvitation(), integrationEvent(integration))
    const refused = { type: 'hint.refused', code: 'c', reason: 'r', address: 'a', integrationId: 'i' } as const
    await createAuditStore(engine).count(refused, 7, 1000)
    await createIntegrationStore(engine).insert(integration, integrationEvent(integration))
    await createIntegrationStore(engine).remove(integration.id, NOW, integrationEvent(integration))
    const ours = [...statements].filter((sql) => /sign_in_record|person|last_hint|last_used_at|refusal_count/.test(sql))
    expect(ours.length).toBeGreaterThanOrEqual(8)
    const faults = ours.flatMap((sql) => faultsIn(planOf(database, sql)).map((step) => `${step}: ${sql}`))
    expect(faults).toEqual([])
  })

  test.each([
    'SELECT * FROM sign_in_record WHERE address = ?',
    'SELECT * FROM sign_in_record WHERE integration_id = ? ORDER BY person',
    'SELECT * FROM audit ORDER BY type',
  ])('this check can fail: %s', (sql) => {
    expect(faultsIn(planOf(database, sql))).not.toEqual([])
  })

  describe(`of ${MANY} rows`, () => {
    /** The first three pages, of 50 each. */
    async function threePages<T>(
      list: (page: { limit: number; cursor?: string }) => Promise<{ rows: T[]; next: string | null }>,
    ) {
      const rows: T[] = []
      let cursor: string | undefined
      for (let page = 0; page < 3; page++) {
        const found = await list({ limit: 50, ...(cursor ? { cursor } : {}) })
        rows.push(...found.rows)
        if (!found.next) break
        cursor = found.next
      }
      return rows
    }
    const numbers = Array.from({ length: MANY }, (_, n) => n)
    const idOf = (n: number): string => `id-${String(n).padStart(6, '0')}`
    /** The newest 150 of those that fit. */
    const newest = (fits: (n: number) => boolean): number[] => numbers.filter(fits).slice(-150).reverse()

    test.each<[string, SignInFilter, (n: number) => boolean]>([
      ['all', {}, () => true],
      ['one integration’s', { integrationId: 'integration-1' }, (n) => n % 3 === 1],
      ['the reported', { outcome: 'reported' }, (n) => n % 50 === 0],
      ['one person’s', { person }, (n) => n % 20000 === 7],
      ['until a time', { to: NOW + 30_000 }, (n) => n < 120_000],
      [
        'one integration’s reported, until a time',
        { integrationId: 'integration-2', outcome: 'reported', to: NOW + 30_001 },
        (n) => n % 3 === 2 && n % 50 === 0 && n < 120_004,
      ],
    ])('the newest sign-ins: %s', async (_, filter, fits) => {
      const found = await threePages((page) => history().list({ ...filter, ...page }))
      expect(found.map(({ id }) => id)).toEqual(newest(fits).map(idOf))
    })

    test.each<[string, AuditFilter, (n: number) => boolean]>([
      ['all', { to: NOW + 40_000 }, (n) => n < 160_000],
      ['of a rare type', { type: 'device.revoked', to: NOW + 40_000 }, (n) => n % 1000 === 0 && n < 160_000],
      ['by somebody', { by: 'command-line', to: NOW + 40_000 }, (n) => n % 1000 === 0 && n < 160_000],
      ['of one person', { person, to: NOW + 40_000 }, (n) => n % 20000 === 7 && n < 160_000],
    ])('the newest of the audit: %s', async (_, filter, fits) => {
      const found = await threePages((page) => reading().list({ ...filter, ...page }))
      expect(found.map(({ position }) => position - 1)).toEqual(newest(fits))
    })

    test('people in the order of their labels', async () => {
      const found = await threePages((page) => people().search({ text: 'PERSON 4', ...page }))
      expect(found.map(({ objectId }) => objectId)).toEqual(
        numbers.slice(160_000, 160_150).map((n) => `object-${String(n).padStart(6, '0')}`),
      )
    })
  })
})
