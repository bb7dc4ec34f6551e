// What somebody does who can write the store's file: each is found by `audit verify`, and named.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openCheckpoint, signCheckpoint } from '../../src/audit/checkpoint.ts'
import { prepareCheckpointKey, readCheckpointKey } from '../../src/audit/checkpoint-key.ts'
import { CHECKPOINT_EVERY, type Checkpoints } from '../../src/audit/checkpoints.ts'
import type { AuditEvent } from '../../src/audit/events.ts'
import type { VerifiedLog } from '../../src/audit/verify-whole-log.ts'
import { recordDigest } from '../../src/base/chain.ts'
import { systemRandom as random } from '../../src/base/random.ts'
import { type Capabilities, openCapabilities, theWorld } from '../../src/capabilities.ts'
import { readConfig } from '../../src/config.ts'
import { temporaryFile } from '../store/temporary-file.ts'

const MASTER = Buffer.alloc(32, 1)
const MINUTE = 60_000
const started = (version: string): AuditEvent => ({ type: 'service.started', version })

let place: ReturnType<typeof temporaryFile>
let clock: { now(): number; advance(milliseconds: number): void }
let service: Capabilities
beforeEach(async () => {
  place = temporaryFile()
  let now = Date.UTC(2026, 10, 23)
  clock = {
    now: () => now,
    advance: (milliseconds) => {
      now += milliseconds
    },
  }
  service = await open()
})
afterEach(async () => {
  await service.stores.close()
  place.remove()
})

function open(master = MASTER): Promise<Capabilities> {
  const config = readConfig({
    ...{ COUNTERSIGN_DATA_DIR: join(place.file, '..'), COUNTERSIGN_MASTER_KEY: master.toString('hex') },
    COUNTERSIGN_LOG_LEVEL: 'silent',
  })
  return openCapabilities(config, { ...theWorld(config), clock })
}

/** What the attacker does to the file, past Countersign. */
function tamper(...statements: string[]): void {
  const database = new DatabaseSync(join(place.file, '..', 'countersign.sqlite'), { timeout: 5000 })
  try {
    for (const statement of statements) database.exec(statement)
  } finally {
    database.close()
  }
}
const write = (...versions: string[]) => service.audit.record(...versions.map(started))
const sign = ({ checkpoints }: { checkpoints: Checkpoints } = service) => checkpoints.make()
const entries = () => service.stores.audit.chains(null, 1000)
const writerOf = async (version: string): Promise<string> => {
  const found = (await entries()).find(({ record }) => 'version' in record.event && record.event.version === version)
  return found?.record.writer ?? ''
}
const faults = async (): Promise<Pick<VerifiedLog, 'faults' | 'checkpointFaults'>> => {
  const { faults, checkpointFaults } = await service.logVerification()
  return { faults, checkpointFaults }
}
const only = (writer: string, seq: number, kind: string) => ({ faults: [{ writer, seq, kind }], checkpointFaults: [] })
const kept = async (): Promise<Map<number, string>> => {
  const all = new Map<number, string>()
  for await (const some of service.checkpoints.export()) for (const { number, jws } of some) all.set(number, jws)
  return all
}

/** Computes a chain anew from a record on, as whoever knows the format can, with other text in that record. */
async function computeAnew(writer: string, from: number): Promise<void> {
  const chain = (await entries()).map(({ record }) => record).filter((record) => record.writer === writer)
  let previous = chain[from - 2]?.digest ?? ''
  for (const { seq, at, event } of chain.slice(from - 1)) {
    const forged = seq === from ? { ...event, version: 'forged' } : event
    const digest = recordDigest({ writer, seq, at, event: forged, previous })
    tamper(
      `UPDATE audit SET event = '${JSON.stringify(forged)}', previous = '${previous}', digest = '${digest}'
         WHERE writer = '${writer}' AND seq = ${seq}`,
    )
    previous = digest
  }
}

describe('a log', () => {
  beforeEach(async () => {
    const other = await open()
    await other.audit.record(started('b1'), started('b2'), started('b3'))
    await other.stores.close()
    await write('a1', 'a2', 'a3', 'a4')
    await sign()
    clock.advance(CHECKPOINT_EVERY)
    await write('a5', 'a6')
    await sign()
    await write('a7')
  })

  test('that nobody touched is whole, and what is not signed yet is said', async () => {
    expect(await service.logVerification()).toMatchObject({
      ...{ checkpoints: 2, lastCheckpoint: { number: 2, at: clock.now() }, unsigned: 1, writers: 2, faults: [] },
      checkpointFaults: [],
    })
  })

  test('in which a record was changed names it', async () => {
    const writer = await writerOf('a3')
    const { seq } = (await entries()).find(({ record }) => JSON.stringify(record.event).includes('"a3"'))!.record
    tamper(`UPDATE audit SET event = replace(event, '"a3"', '"zz"') WHERE event LIKE '%"a3"%'`)
    expect(await faults()).toEqual(only(writer, seq, 'changed'))
  })

  test.each([
    ['the column that it is found by', `UPDATE audit SET type = 'hint.accepted' WHERE event LIKE '%"b2"%'`],
    [
      'text that reads the same and is found otherwise',
      `UPDATE audit SET event = '{"type":"x",' || substr(event, 2) WHERE event LIKE '%"b2"%'`,
    ],
    ['text that nobody can read', `UPDATE audit SET event = 'rubbish' WHERE event LIKE '%"b2"%'`],
  ])('in which somebody changed %s names the record', async (_what, statement) => {
    const writer = await writerOf('b2')
    // Indexes over the text refuse what is no JSON.
    if (statement.includes('rubbish'))
      tamper('DROP INDEX audit_by', 'DROP INDEX audit_integration', 'DROP INDEX audit_person')
    tamper(statement)
    expect(await faults()).toEqual(only(writer, 2, 'changed'))
  })

  test('in which one was taken out names the first that is missing', async () => {
    const writer = await writerOf('b2')
    tamper(`DELETE FROM audit WHERE event LIKE '%"b2"%'`)
    expect(await faults()).toEqual(only(writer, 2, 'missing'))
  })

  test('whose end was cut off names the first that is missing', async () => {
    const writer = await writerOf('b3')
    tamper(`DELETE FROM audit WHERE writer = '${writer}' AND seq >= 2`)
    expect(await faults()).toEqual(only(writer, 2, 'missing'))
  })

  test('of which a whole chain was taken away names it', async () => {
    const writer = await writerOf('b3')
    tamper(`DELETE FROM audit WHERE writer = '${writer}'`, `DELETE FROM audit_chain WHERE writer = '${writer}'`)
    expect(await faults()).toEqual(only(writer, 1, 'missing'))
  })

  test('of which a chain was computed anew from a record on names where what was signed no longer fits', async () => {
    const writer = await writerOf('b2')
    await computeAnew(writer, 2)
    expect(await faults()).toEqual(only(writer, 3, 'not-as-signed'))
  })

  test('does so too when the chain was lengthened, and signed again by the service that did not notice', async () => {
    const writer = await writerOf('b2')
    await computeAnew(writer, 2)
    const end = (await entries()).filter(({ record }) => record.writer === writer).at(-1)!.record
    const more = { writer, seq: 4, at: clock.now(), event: started('b4'), previous: end.digest }
    tamper(
      `INSERT INTO audit (writer, seq, at, type, event, previous, digest) VALUES ('${writer}', 4, ${more.at},
        'service.started', '${JSON.stringify(more.event)}', '${end.digest}', '${recordDigest(more)}')`,
    )
    expect(await sign()).toBe(true)
    expect(await faults()).toEqual(only(writer, 3, 'not-as-signed'))
  })

  test('in which an event was moved to another chain names the hole, and who carries it', async () => {
    const [from, to] = [await writerOf('b3'), await writerOf('a7')]
    const end = (await entries()).filter(({ record }) => record.writer === to).at(-1)!.record.seq
    tamper(`UPDATE audit SET writer = '${to}', seq = ${end + 1} WHERE writer = '${from}' AND seq = 3`)
    const { faults: found, checkpointFaults } = await faults()
    expect([...found].sort((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
      { writer: to, seq: end + 1, kind: 'changed' },
      { writer: from, seq: 3, kind: 'missing' },
    ])
    expect(checkpointFaults).toEqual([])
  })

  test('into which a chain of records of long ago was put names its first one, once that is signed', async () => {
    const at = clock.now() - 60 * MINUTE
    const record = { writer: 'f'.repeat(32), seq: 1, at, event: started('forged'), previous: '' }
    tamper(
      `INSERT INTO audit (writer, seq, at, type, event, previous, digest) VALUES ('${record.writer}', 1, ${at},
        'service.started', '${JSON.stringify(record.event)}', '', '${recordDigest(record)}')`,
    )
    await sign()
    expect(await faults()).toEqual(only(record.writer, 1, 'back-dated'))
  })

  test('a closed chain that goes on names the first record after its end', async () => {
    clock.advance(20 * MINUTE)
    await write('a8')
    await sign()
    const writer = await writerOf('b3')
    const end = (await entries()).filter(({ record }) => record.writer === writer).at(-1)!.record
    const more = { writer, seq: 4, at: clock.now(), event: started('b4'), previous: end.digest }
    tamper(
      `INSERT INTO audit (writer, seq, at, type, event, previous, digest) VALUES ('${writer}', 4, ${more.at},
        'service.started', '${JSON.stringify(more.event)}', '${end.digest}', '${recordDigest(more)}')`,
    )
    expect(await faults()).toEqual(only(writer, 4, 'after-the-end'))
    // Nor is it signed later.
    await sign()
    expect(await faults()).toEqual(only(writer, 4, 'after-the-end'))
  })
})

describe('a checkpoint', () => {
  beforeEach(async () => {
    for (const version of ['1', '2', '3']) {
      await write(version)
      await sign()
      clock.advance(CHECKPOINT_EVERY)
    }
  })
  const checkpointFaults = async (...asked: Parameters<Capabilities['logVerification']>) =>
    (await service.logVerification(...asked)).checkpointFaults

  test('that was changed is named', async () => {
    tamper(`UPDATE audit_checkpoint SET jws = 'x' || jws WHERE number = 2`)
    const named = await checkpointFaults()
    expect(named[0]).toEqual({ number: 2, kind: 'forged' })
  })

  test('that another key signed is named', async () => {
    const stranger = await prepareCheckpointKey({
      store: { sealedKey: async () => undefined, keepFirstKey: async (sealed) => sealed },
      master: MASTER,
      random,
    })
    const own = (await service.checkpoints.publicKey())!
    const said = (await openCheckpoint((await kept()).get(3)!, own.key))!
    tamper(`UPDATE audit_checkpoint SET jws = '${await signCheckpoint(said, stranger)}' WHERE number = 3`)
    expect(await checkpointFaults()).toEqual([{ number: 3, kind: 'forged' }])
  })

  test('that was taken out is named, and one that was put in the place of another', async () => {
    const all = await kept()
    tamper('DELETE FROM audit_checkpoint WHERE number = 2')
    expect(await checkpointFaults()).toEqual([{ number: 2, kind: 'missing' }])
    tamper(`INSERT INTO audit_checkpoint SELECT 2, at, through, jws FROM audit_checkpoint WHERE number = 1`)
    expect(await checkpointFaults()).toEqual([
      { number: 2, kind: 'forged' },
      { number: 3, kind: 'broken-chain' },
    ])
    tamper(`UPDATE audit_checkpoint SET jws = '${all.get(2)}' WHERE number = 2`)
    expect(await checkpointFaults()).toEqual([])
  })

  test('that was cut off the end, with all that it signed, is found by who kept it elsewhere, and by nobody else', async () => {
    const exported = await kept()
    tamper('DELETE FROM audit_checkpoint WHERE number = 3', `DELETE FROM audit WHERE event LIKE '%"3"%'`)
    expect(await faults()).toEqual({ faults: [], checkpointFaults: [] })
    expect(await checkpointFaults({ kept: exported })).toEqual([{ number: 3, kind: 'missing' }])
  })

  test('of a log that was made anew with another key is told by the key, and by the checkpoints, that an auditor kept', async () => {
    const [key, exported] = [(await service.checkpoints.publicKey())!, await kept()]
    await service.stores.close()
    tamper(
      'DELETE FROM audit_checkpoint',
      'DELETE FROM audit_chain',
      'DELETE FROM audit',
      `DELETE FROM setting WHERE name = 'audit-key'`,
    )
    service = await open()
    await write('forged')
    await sign()
    expect(await faults()).toEqual({ faults: [], checkpointFaults: [] })
    const auditor = await readCheckpointKey(key.pem)
    expect(auditor?.kid).toBe(key.kid)
    expect(await checkpointFaults({ key: auditor })).toEqual([{ number: 1, kind: 'forged' }])
    expect((await checkpointFaults({ kept: exported })).map(({ kind }) => kind)).toEqual([
      'another',
      'missing',
      'missing',
    ])
  })

  test('that takes back what one before said is a contradiction, though the key signed it', async () => {
    const key = await prepareCheckpointKey({ store: service.stores.checkpoints, master: MASTER, random })
    const second = (await openCheckpoint((await kept()).get(2)!, key.public.key))!
    const third = (await openCheckpoint((await kept()).get(3)!, key.public.key))!
    const shorter = { ...third, heads: second.heads.map((head) => ({ ...head, seq: 1 })) }
    tamper(`UPDATE audit_checkpoint SET jws = '${await signCheckpoint(shorter, key)}' WHERE number = 3`)
    expect(await checkpointFaults()).toEqual([{ number: 3, kind: 'contradiction' }])
  })

  test('without any key in the store is forged', async () => {
    tamper(`DELETE FROM setting WHERE name = 'audit-key'`)
    expect((await checkpointFaults()).every(({ kind }) => kind === 'forged')).toBe(true)
  })
})

describe('checkpoints are made', () => {
  test('when something was written, and not sooner than five minutes after the one before', async () => {
    const count = async () => (await service.stores.checkpoints.read(0, 100)).length
    await write('1')
    await service.checkpoints.tend()
    expect(await count()).toBe(1)
    await write('2')
    clock.advance(CHECKPOINT_EVERY - 1)
    await service.checkpoints.tend()
    expect(await count()).toBe(1)
    clock.advance(1)
    await service.checkpoints.tend()
    expect(await count()).toBe(2)
    clock.advance(CHECKPOINT_EVERY)
    await service.checkpoints.tend()
    expect(await count()).toBe(2)
  })

  test('once, when several nodes find that one is due', async () => {
    const other = await open()
    await write('1')
    await other.audit.record(started('2'))
    await Promise.all([service.checkpoints.tend(), other.checkpoints.tend(), other.checkpoints.tend()])
    expect(await service.stores.checkpoints.read(0, 10)).toHaveLength(1)
    await other.stores.close()
    expect(await faults()).toEqual({ faults: [], checkpointFaults: [] })
  })

  test('all the same after the clock was set back, and no record of then is called back-dated', async () => {
    await write('1')
    await service.checkpoints.tend()
    clock.advance(-120 * MINUTE)
    await write('2')
    await service.checkpoints.tend()
    await write('3')
    clock.advance(CHECKPOINT_EVERY)
    await service.checkpoints.tend()
    expect(await service.stores.checkpoints.read(0, 10)).toHaveLength(3)
    expect(await faults()).toEqual({ faults: [], checkpointFaults: [] })
  })

  test('with a key that is sealed, and that another master key does not open', async () => {
    await service.checkpoints.prepare()
    const other = await open(Buffer.alloc(32, 2))
    await expect(other.checkpoints.prepare()).rejects.toThrow('checkpoints of the audit log')
    await other.stores.close()
  })
})
