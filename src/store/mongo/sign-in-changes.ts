// A decision that was made through another node wakes the browsers that wait here.
import type { Connection } from 'mongoose'
import type { Changes, Standing } from '../../signin/changes.ts'

export type WatchedChanges = Changes & { close(): Promise<void> }

/**
 * Adds what the store says of sign-ins that moved to what this process says itself. A stream that ends is opened again: who
 * waits meanwhile finds out by their slow poll (entra/wait.ts). `connection` is for this alone.
 */
export function watchSignIns(connection: Connection, local: Changes, failed: (error: Error) => void): WatchedChanges {
  let closed = false
  let stream: ReturnType<ReturnType<Connection['collection']>['watch']> | undefined
  let ended: Promise<void> = Promise.resolve()
  let wake = (): void => undefined

  async function watch(): Promise<void> {
    while (!closed) {
      try {
        stream = connection.collection('sign_in').watch(MOVES)
        for await (const change of stream) {
          if (change.operationType === 'delete') local.announce(String(change.documentKey._id), null)
          if (change.operationType === 'replace')
            local.announce(String(change.documentKey._id), change.fullDocument as unknown as Standing)
        }
      } catch (error) {
        if (!closed) failed(error as Error)
      }
      if (!closed) {
        await new Promise<void>((resolve) => {
          wake = resolve
          setTimeout(resolve, AGAIN_AFTER).unref()
        })
      }
    }
  }
  ended = watch()

  return {
    announce: local.announce,
    listen: local.listen,
    async close() {
      closed = true
      wake()
      // The stream waits for news at the server for up to a second: without its connection it waits no more.
      await connection.close(true)
      await stream?.close().catch(() => undefined)
      await ended
    },
  }
}

/** A move replaces the document: what it is from then on comes with the word of it. */
const MOVES = [
  { $match: { operationType: { $in: ['replace', 'delete'] } } },
  {
    $project: {
      ...{ documentKey: 1, operationType: 1 },
      ...{ 'fullDocument.version': 1, 'fullDocument.phase': 1, 'fullDocument.expiresAt': 1 },
    },
  },
]

const AGAIN_AFTER = 1000
