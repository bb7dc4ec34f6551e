import { EventEmitter } from 'node:events'

/** Tells waiting browsers at once that a sign-in moved. A missed word costs a slow poll, never a sign-in. */
export type Changes = {
  announce(signInId: string): void
  /** Calls `listener` at every move of this sign-in until the given function is called. */
  listen(signInId: string, listener: () => void): () => void
}

/** Changes within one process. */
export function createLocalChanges(): Changes {
  const emitter = new EventEmitter()
  emitter.setMaxListeners(0)
  return {
    announce: (id) => void emitter.emit(id),
    listen(id, listener) {
      emitter.on(id, listener)
      return () => void emitter.off(id, listener)
    },
  }
}
