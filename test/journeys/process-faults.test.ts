// What goes wrong outside of any request, in a process of its own.
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createPhone } from '../phone-simulator/phone.ts'
import { ticketOn } from '../support/browser.ts'
import { type CountersignProcess, errorLines, startProcess } from '../support/process.ts'
import { approve, begin, finish, reload } from '../support/stories.ts'

const PRELOADED = new URL('../support/faults.ts', import.meta.url).href

let countersign: CountersignProcess
afterEach(() => countersign.close())

describe('a fault that nobody caught', () => {
  test.each([
    ['SIGUSR2', 'uncaughtException', 'nobody catches this'],
    ['SIGWINCH', 'unhandledRejection', 'nobody waits for this'],
  ] as const)(
    '(%s) is one line of the log, and ends the process with 1',
    async (signal, origin, message) => {
      countersign = await startProcess({ NODE_OPTIONS: `--import=${PRELOADED}` })
      const begun = await begin(countersign)
      const { code, output, errors } = await countersign.end(signal)
      expect({ code, errors }).toEqual({ code: 1, errors: '' })
      const [line, ...more] = errorLines(output)
      expect(more).toEqual([])
      expect(JSON.parse(line ?? '')).toMatchObject({ level: 'error', origin, message, msg: 'fault: the process ends' })
      expect(JSON.parse(line ?? '').stack).toContain(fileURLToPath(PRELOADED))

      // What was open goes on after a start.
      await countersign.start()
      const phone = await createPhone({ url: countersign.url })
      await phone.bind({ ticket: ticketOn(await reload(begun)) ?? '' })
      expect((await approve(phone, begun)).body).toEqual({ outcome: 'approved' })
      expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
    },
    30_000,
  )
})
