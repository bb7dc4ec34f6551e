// Names that a stranger chose are asked of the name servers themselves: here of one that does as it is told.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Lookup } from '../../src/base/addresses.ts'
import { createResolve, mayPass, systemLookup } from '../../src/base/lookup.ts'

const [A, AAAA] = [1, 28]
const [SERVFAIL, NXDOMAIN] = [2, 3]

/** By name and type of record: the bytes of an address, or how it fails. `held` is answered when the test lets it. */
const answers: Record<string, { [type: number]: number[] | 'servfail' | 'none' } | 'held'> = {
  'both.example': { [A]: [142, 250, 1, 1], [AAAA]: [0x2a, 0, 0x14, 0x50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] },
  'four.example': { [A]: [142, 250, 1, 2], [AAAA]: 'none' },
  'half.example': { [A]: 'servfail', [AAAA]: [0x2a, 0, 0x14, 0x50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2] },
  'empty.example': { [A]: 'none', [AAAA]: 'none' },
  'broken.example': { [A]: 'servfail', [AAAA]: 'servfail' },
  'odd.example': { [A]: 'none', [AAAA]: 'servfail' },
  'slow.example': 'held',
}

let server: Socket
let resolve: Lookup
let held: (() => void)[]
beforeEach(async () => {
  held = []
  server = createSocket('udp4')
  server.on('message', answer)
  await new Promise<void>((listening) => server.bind(0, '127.0.0.1', listening))
  resolve = createResolve([`127.0.0.1:${(server.address() as AddressInfo).port}`])
})
afterEach(() => new Promise<void>((closed) => server.close(closed)))

/** Answers a question (RFC 1035 section 4). */
function answer(message: Buffer, from: RemoteInfo): void {
  const labels: string[] = []
  let at = 12
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const type = message.readUInt16BE(at + 1)
  const question = message.subarray(12, at + 5)
  const known = answers[labels.join('.').toLowerCase()]
  const data = typeof known === 'object' ? known[type] : undefined
  const say = (code: number, address: number[] = []): void => {
    const head = Buffer.from([...message.subarray(0, 2), 0x81, 0x80 | code, 0, 1, 0, address.length && 1, 0, 0, 0, 0])
    const record = [0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, address.length, ...address]
    server.send(Buffer.concat([head, question, Buffer.from(address.length ? record : [])]), from.port, from.address)
  }
  if (known === 'held') held.push(() => say(NXDOMAIN))
  else if (data === 'servfail') say(SERVFAIL)
  else if (data === 'none') say(0)
  else if (data) say(0, data)
  else say(NXDOMAIN)
}

const failure = async (name: string) => {
  const error = await resolve(name).catch((reason: NodeJS.ErrnoException) => reason)
  return [(error as NodeJS.ErrnoException).code, mayPass(error)]
}

describe('a name of a stranger', () => {
  test('is found by both families, IPv4 first', async () => {
    expect(await resolve('both.example')).toEqual([
      { address: '142.250.1.1', family: 4 },
      { address: '2a00:1450::1', family: 6 },
    ])
  })

  test('is found when it has one of them, and when one of them fails', async () => {
    expect(await resolve('four.example')).toEqual([{ address: '142.250.1.2', family: 4 }])
    expect(await resolve('half.example')).toEqual([{ address: '2a00:1450::2', family: 6 }])
  })

  test('that does not exist, or has no address, will not be found the next time either', async () => {
    expect(await failure('nowhere.example')).toEqual(['ENOTFOUND', false])
    expect(await failure('empty.example')).toEqual(['ENODATA', false])
  })

  test('whose name server fails may be found the next time', async () => {
    expect(await failure('broken.example')).toEqual(['ESERVFAIL', true])
    expect(await failure('odd.example')).toEqual(['ESERVFAIL', true])
  })

  test('that nobody answers for holds up no other, and nothing of the system', async () => {
    const slow = Array.from({ length: 20 }, () => resolve('slow.example').catch(() => 'not found'))
    expect(await resolve('four.example')).toHaveLength(1)
    expect(await systemLookup('localhost')).not.toEqual([])
    for (const release of held) release()
    expect(new Set(await Promise.all(slow))).toEqual(new Set(['not found']))
  })
})

test.each([
  ['EAI_AGAIN', true],
  ['ETIMEOUT', true],
  ['ECONNREFUSED', true],
  ['ENOTFOUND', false],
  [undefined, false],
])('%s may pass: %s', (code, passes) => {
  expect(mayPass(Object.assign(new Error('x'), { code }))).toBe(passes)
})
