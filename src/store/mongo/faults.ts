// What the driver's errors mean for a transaction.
// https://www.mongodb.com/docs/manual/core/transactions-in-applications/#transient-transaction-error
import { refuse } from '../../base/refusal.ts'

type Labelled = { hasErrorLabel?: (label: string) => boolean; code?: unknown; name?: unknown }

const has = (error: unknown, label: string): boolean => (error as Labelled | undefined)?.hasErrorLabel?.(label) ?? false

/** Nothing of the transaction is in: it may be done again. */
const isTransient = (error: unknown): boolean => has(error, 'TransientTransactionError')

/** The commit may have arrived, or not. */
export const isUnknown = (error: unknown): boolean => has(error, 'UnknownTransactionCommitResult')

const AWAY =
  /^(Mongo(ose)?(ServerSelection|Network|NetworkTimeout|NotConnected|TopologyClosed|WaitQueueTimeout|ClientClosed|OperationTimeout)Error|(Mongo)?Pool(Cleared|ClearedOnNetwork|Closed)Error)$/
/** Nobody is primary, or whoever was is going: InterruptedAtShutdown, ShutdownInProgress, PrimarySteppedDown, NotWritablePrimary and kin. */
const NO_PRIMARY: readonly unknown[] = [91, 189, 10107, 11600, 11602, 13435, 13436]

/** MongoDB cannot be reached, or has nobody to write to: it may be back in a moment. */
export const isAway = (error: unknown): boolean =>
  AWAY.test(String((error as Labelled | undefined)?.name)) ||
  NO_PRIMARY.includes((error as Labelled | undefined)?.code) ||
  ['RetryableWriteError', 'RetryableError', 'ResumableChangeStreamError'].some((label) => has(error, label)) ||
  isTransient(error) ||
  isUnknown(error) ||
  // What a bulk of writes failed with stands behind its own error.
  causesOf(error).some(isAway)

const causesOf = (error: unknown): unknown[] => {
  const { cause, errorResponse } = (error ?? {}) as { cause?: unknown; errorResponse?: unknown }
  return [cause, errorResponse].filter((each) => typeof each === 'object' && each !== null && each !== error)
}

/** The same error, or the refusal that it is for whoever waits. */
export const refusedIfAway = (error: unknown): unknown =>
  isAway(error) ? refuse('store.unavailable', (error as Error).message) : error

const DUPLICATE_KEY = 11000

/**
 * A unique value was there already: perhaps written by a transaction that came to its end while this one ran. Done again,
 * this one sees it; a write that was not prepared for it fails then.
 */
export const isDuplicate = (error: unknown): boolean => (error as Labelled | undefined)?.code === DUPLICATE_KEY
