import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Response } from 'express'
import { createWaits } from '../../src/entra/wait.ts'
import { createLocalChanges, type Standing } from '../../src/signin/changes.ts'

/** An answer that, as one that is queued behind another on its connection, does not close when it ends. */
class QueuedAnswer extends EventEmitter {
  req = { method: 'GET' }
  written: string[] = []
  ended = false
  headers: Record<string, string> = {}
  set(headers: Record<string, string>) {
    Object.assign(this.headers, headers)
    return this
  }
  write(text: string) {
    if (this.ended) throw new Error('ERR_STREAM_WRITE_AFTER_END')
    this.written.push(text)
  }
  end() {
    this.ended = true
  }
}

const END = 240_000
const changes = createLocalChanges()
/** The sign-in, open, as it stands at a version. */
const at = (version: number): Standing => ({ version, phase: 'open', expiresAt: END })
let time = 0
let waits: ReturnType<typeof createWaits>
let answer: QueuedAnswer
const open = (version: () => Promise<number | null>, of = answer) =>
  waits.stream(of as unknown as Response, 'id', async () => {
    const current = await version()
    return current === null ? null : at(current)
  })
const turn = () => jest.advanceTimersByTimeAsync(0)
const versions = () =>
  answer.written.filter((text) => text.startsWith('event')).map((text) => /data: (\d+)/.exec(text)?.[1])

beforeEach(() => {
  jest.useFakeTimers()
  time = 0
  waits = createWaits({ signIns: changes, clock: { now: () => time } })
  answer = new QueuedAnswer()
})
afterEach(() => {
  jest.useRealTimers()
})

describe('a waiting browser', () => {
  test('is told the version at once, and at each move, and nothing twice', async () => {
    open(async () => 1)
    await turn()
    changes.announce('id', at(1))
    changes.announce('id', at(2))
    changes.announce('id', at(2))
    expect(versions()).toEqual(['1', '2'])
  })

  test('is told nothing older than it knows, in whatever order word comes', async () => {
    let found = (_version: number): void => {}
    open(() => new Promise((resolve) => (found = resolve)))
    changes.announce('id', at(3))
    changes.announce('id', at(2))
    found(1)
    await turn()
    expect(versions()).toEqual(['3'])
  })

  test('is told of its approval by an event of that name, the last one, without a look at the store', async () => {
    let looks = 0
    open(async () => ++looks)
    await turn()
    changes.announce('id', { ...at(2), phase: 'approved' })
    expect(answer.written.at(-1)).toBe('event: approved\ndata: 2\n\n')
    expect([answer.ended, waits.count()]).toEqual([true, 0])
    await jest.advanceTimersByTimeAsync(15_000)
    expect(looks).toBe(1)
  })

  test('hears the end of its time by the move that writes it down, and by the slow poll', async () => {
    const polled = new QueuedAnswer()
    open(async () => 1)
    await turn()
    time = END
    changes.announce('id', { ...at(2), phase: 'expired' })
    expect([answer.ended, versions()]).toEqual([true, ['1']])
    time = END - 1
    open(async () => 1, polled)
    await turn()
    time = END
    await jest.advanceTimersByTimeAsync(5000)
    expect([polled.ended, polled.written.length]).toEqual([true, 2])
  })

  test('learns by the slow poll of a move that nobody announced', async () => {
    let version = 1
    open(async () => version)
    await turn()
    version = 2
    await jest.advanceTimersByTimeAsync(5000)
    expect(versions()).toEqual(['1', '2'])
  })

  test('a HEAD gets the headers at once, and is not counted among those that wait', async () => {
    answer.req.method = 'HEAD'
    open(async () => 1)
    expect(answer.ended).toBe(true)
    expect(answer.headers).toMatchObject({ 'Content-Type': 'text/event-stream' })
    expect(waits.count()).toBe(0)
    await turn()
    expect(answer.written).toEqual([])
  })

  test('hears nothing, and goes on waiting, while nobody can say how things stand', async () => {
    let version = () => Promise.resolve(1)
    open(() => version())
    await turn()
    version = () => Promise.reject(new Error('the store is not there'))
    await jest.advanceTimersByTimeAsync(5000)
    version = () => Promise.resolve(2)
    await jest.advanceTimersByTimeAsync(5000)
    expect([versions(), answer.ended]).toEqual([['1', '2'], false])
  })

  test('hears a comment every 15 seconds, for the proxies', async () => {
    open(async () => 1)
    await jest.advanceTimersByTimeAsync(30_000)
    expect(answer.written.filter((text) => text === ': here\n\n')).toHaveLength(2)
  })

  test('is written nothing after its sign-in is over, though its connection does not close', async () => {
    open(async () => 1)
    await turn()
    changes.announce('id', null)
    expect(answer.ended).toBe(true)
    // Writing would throw, and in a real answer end the process.
    await jest.advanceTimersByTimeAsync(60_000)
    expect(jest.getTimerCount()).toBe(0)
  })

  test('is written nothing after the service ended all streams', async () => {
    open(async () => 1)
    await turn()
    waits.end()
    changes.announce('id', at(2))
    await jest.advanceTimersByTimeAsync(60_000)
    expect([answer.ended, jest.getTimerCount()]).toEqual([true, 0])
  })

  test('is sent a stream that nobody keeps or holds back, and told when to come again before anything else', async () => {
    open(async () => 1)
    await turn()
    expect(answer.headers).toEqual({
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    })
    expect(answer.written).toEqual(['retry: 1000\n\n', 'event: version\ndata: 1\n\n'])
  })

  test('is written nothing that was looked up before its stream ended', async () => {
    let found = (_version: number): void => {}
    open(() => new Promise((resolve) => (found = resolve)))
    waits.end()
    found(7)
    await turn()
    expect(versions()).toEqual([])
  })

  test('that breaks off, or closes after its stream ended, harms nobody', async () => {
    open(async () => 1)
    await turn()
    answer.emit('error', new Error('ECONNRESET'))
    expect([waits.count(), jest.getTimerCount()]).toEqual([0, 0])
    answer.emit('close')
    answer.emit('error', new Error('EPIPE'))
    expect(waits.count()).toBe(0)
  })

  test('that comes after the end of all is ended at once, told when to come again', async () => {
    waits.end()
    open(async () => 1)
    await turn()
    expect([answer.ended, answer.written, jest.getTimerCount()]).toEqual([true, ['retry: 1000\n\n'], 0])
  })

  test('is counted for as long as it waits', async () => {
    const second = new QueuedAnswer()
    open(async () => 1)
    open(async () => 1, second)
    expect(waits.count()).toBe(2)
    second.emit('close')
    expect(waits.count()).toBe(1)
    waits.end()
    expect(waits.count()).toBe(0)
  })

  test('that went away is forgotten', async () => {
    open(async () => 1)
    answer.emit('close')
    await turn()
    expect(jest.getTimerCount()).toBe(0)
  })

  test('that opens stream after stream keeps the newest four', async () => {
    const answers = Array.from({ length: 6 }, () => new QueuedAnswer())
    for (const each of answers) open(async () => 1, each)
    expect(answers.map(({ ended }) => ended)).toEqual([true, true, false, false, false, false])
    waits.end()
  })

  test('keeps waiting when the store does not answer for a moment', async () => {
    let away = true
    open(async () => (away ? Promise.reject(new Error('away')) : 3))
    await turn()
    away = false
    await jest.advanceTimersByTimeAsync(5000)
    expect([answer.ended, versions()]).toEqual([false, ['3']])
  })
})
