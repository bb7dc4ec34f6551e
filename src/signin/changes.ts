import { EventEmitter } from 'node:events'
import type { SignIn } from './sign-in.ts'

/** What a waiting browser must know at once of how its sign-in stands: nobody has to look it up. */
export type Standing = Pick<SignIn, 'version' | 'phase' | 'expiresAt'>

/**
 * Tells waiting browsers at once how a sign-in stands that moved; null: it is gone. Some of it may come twice, or after what is
 * newer: the version says so. A missed word costs a slow poll, never a sign-in.
 */
export type Changes = {
  announce(signInId: string, standing: Standing | null): void
  /** Calls `listener` at every move of this sign-in until the given function is called. */
  listen(signInId: string, listener: (standing: Standing | null) => void): () => void
}

/** Changes within one process. */
export function createLocalChanges(): Changes {
  const emitter = new EventEmitter()
  emitter.setMaxListeners(0)
  return {
    announce: (id, standing) => void emitter.emit(id, standing),
    listen(id, listener) {
      emitter.on(id, listener)
      return () => void emitter.off(id, listener)
    },
  }
}
