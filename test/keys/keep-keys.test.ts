import { beforeEach, describe, expect, test } from '@jest/globals'
import type { AuditEvent } from '../../src/audit/events.ts'
import type { Log } from '../../src/base/log.ts'
import { systemRandom as random } from '../../src/base/random.ts'
import { createKeyKeeper } from '../../src/keys/keep-keys.ts'

const MASTER = Buffer.alloc(32, 1)
const CREATED: AuditEvent = { type: 'key.created', keyId: 'k1', signsFrom: '2026-11-23T00:00:00.000Z', by: 'service' }

let told: unknown[][]
let resealed: number
let tends: { end: (events: AuditEvent[]) => void; fail: (error: Error) => void }[]
beforeEach(() => {
  told = []
  resealed = 0
  tends = []
})
const log = {
  info: (...said: unknown[]) => told.push(['info', ...said]),
  warn: (...said: unknown[]) => told.push(['warn', ...said]),
} as unknown as Log

const keeper = (previous: Buffer | null = null) =>
  createKeyKeeper({
    keys: {
      prepare: async () => [CREATED],
      tend: () => new Promise((resolve, reject) => tends.push({ end: resolve, fail: reject })),
    },
    sealed: {
      list: async () => [],
      replace: async () => {
        resealed++
        return 3
      },
      forgetReplaced: async () => undefined,
    },
    ...{ master: MASTER, previous, random, log },
  })

describe('at its start the service', () => {
  test('prepares its keys, and says in the log what it did', async () => {
    await keeper().start()
    const { type: _type, ...facts } = CREATED
    expect([told, resealed]).toEqual([[['info', facts, 'key.created']], 0])
  })

  test('seals everything anew when there is a previous master key, and asks for that to be taken away', async () => {
    await keeper(Buffer.alloc(32, 2)).start()
    expect(resealed).toBe(1)
    expect(told[0]).toEqual([
      'warn',
      { secrets: 3 },
      expect.stringContaining('COUNTERSIGN_MASTER_KEY_PREVIOUS(_FILE) away'),
    ])
  })
})

describe('ever after it', () => {
  test('tends its keys once at a time, and again when that is done', async () => {
    const { tend } = keeper()
    const both = Promise.all([tend(), tend()])
    expect(tends).toHaveLength(1)
    tends[0]?.end([CREATED])
    await both
    expect(told).toHaveLength(1)
    void tend()
    expect(tends).toHaveLength(2)
  })

  test('is at rest when nothing is under way, and not before', async () => {
    const { tend, rest } = keeper()
    await rest()
    const tending = tend()
    let rests = false
    const resting = rest().then(() => {
      rests = true
    })
    await new Promise(setImmediate)
    expect(rests).toBe(false)
    tends[0]?.end([])
    await Promise.all([tending, resting])
  })

  test('is at rest after a failure too, which whoever began it was told, and tries again', async () => {
    const { tend, rest } = keeper()
    const failing = expect(tend()).rejects.toThrow('no disk')
    const resting = rest()
    tends[0]?.fail(new Error('no disk'))
    await Promise.all([failing, resting])
    void tend()
    expect(tends).toHaveLength(2)
  })
})
